"""The house keeps its shape: floors, ceilings, names, and one catalogue for all."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import watchbill
from watchbill.catalogue import METRICS

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "watchbill": ROOT / "instrumentation" / "watchbill",
    "watchbill_exporters": ROOT / "exporters" / "watchbill_exporters",
    "watchbill_dashboards": ROOT / "dashboards" / "watchbill_dashboards",
    "watchbill_alerts": ROOT / "alerts" / "watchbill_alerts",
    "watchbill_stack": ROOT / "compose" / "watchbill_stack",
    "watchbill_reference": ROOT / "compose" / "watchbill_reference",
}
ROOF = {"watchbill_stack", "watchbill_reference"}
ROOMS = ("instrumentation", "exporters", "dashboards", "alerts", "compose")
MODULES = sorted(path for folder in PACKAGES.values() for path in folder.rglob("*.py"))
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts)

BASE_LIBRARIES = {"prometheus_client", "opentelemetry", "structlog"}
# A file that is there for one library may import it when it is itself imported; nothing else of ours imports the file.
INTEGRATIONS: dict[str, set[str]] = {}
LIBRARIES = (
    "alembic", "asyncpg", "celery", "click", "django", "fastapi", "flask", "grafanalib", "httpx", "kafka", "locust",
    "opentelemetry", "prometheus_client", "promql_parser", "psycopg", "pydantic", "redis", "requests", "rich",
    "sqlalchemy", "starlette", "structlog", "uvicorn", "yaml",
)  # fmt: skip

LINES, FUNCTION_LINES = 400, 50
EMPTY_NOUNS = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
# Put together here, so that this file does not hold what it looks for.
REGISTRIES = tuple(f"{name}.{end}" for name, end in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org")))
MACHINE_PATHS = tuple(f"/{folder}/" for folder in ("home", "root", "work/main", "work/shared"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def imports_at_module_level(node: ast.AST) -> Iterator[tuple[int, str]]:
    """What is imported when the module is: not within functions, not under TYPE_CHECKING."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from imports(child)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from imports_at_module_level(other)
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from imports_at_module_level(child)


def docstring(node: ast.AST) -> ast.Constant | None:
    """The docstring's own node."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            return first.value
    return None


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The length of a function without its docstring: that of an alert is its runbook page."""
    document = docstring(function)
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    return length if document is None else length - ((document.end_lineno or document.lineno) - document.lineno + 1)


def committed_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("package", PACKAGES)
def test_an_import_goes_down_and_never_up(package: str) -> None:
    allowed = set(PACKAGES) if package in ROOF else {"watchbill", package}
    wrong = [
        f"{named(path)}:{line}: {package} imports {name}"
        for path in PACKAGES[package].rglob("*.py")
        for line, name in imports(ast.parse(path.read_text()))
        if name.split(".")[0] in set(PACKAGES) - allowed
    ]

    assert not wrong, "\n".join(wrong)


def test_no_import_is_relative_and_none_goes_through_a_folder() -> None:
    wrong = [
        f"{named(path)}:{line}: {name}"
        for path in (*MODULES, *TESTS)
        for line, name in imports(ast.parse(path.read_text()))
        if name.startswith(".") or name.split(".")[0] in ROOMS
    ]

    assert not wrong, "\n".join(wrong)


def test_what_an_application_imports_needs_the_base_libraries_alone() -> None:
    floor = PACKAGES["watchbill"]
    wrong = [
        f"{named(path)}:{line}: {name}"
        for path in floor.rglob("*.py")
        for line, name in imports_at_module_level(ast.parse(path.read_text()))
        if name.split(".")[0]
        not in {
            *sys.stdlib_module_names,
            "watchbill",
            *BASE_LIBRARIES,
            *INTEGRATIONS.get(path.relative_to(floor).as_posix(), ()),
        }
    ]

    assert not wrong, "\n".join(wrong)


def test_importing_watchbill_loads_no_optional_library() -> None:
    optional = (
        "fastapi",
        "starlette",
        "grafanalib",
        "promql_parser",
        "redis",
        "psycopg",
        "yaml",
        "sqlalchemy",
        "click",
    )
    program = f"import sys, watchbill; print(*[name for name in {optional!r} if name in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


def test_every_public_name_exists_and_stands_in_order() -> None:
    names = watchbill.__all__

    assert [name for name in names if not hasattr(watchbill, name)] == []
    # As the linter has it: constants, then classes, then functions.
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=named)
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    long_functions = [
        f"{named(path)}:{node.lineno}: {node.name} has {code_lines(node)} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and code_lines(node) > FUNCTION_LINES
    ]

    assert len(text.splitlines()) < LINES
    assert not long_functions, "\n".join(long_functions)


def test_no_module_or_folder_is_named_after_nothing() -> None:
    paths = [path.relative_to(ROOT).with_suffix("") for path in (*MODULES, *TESTS)]

    assert [str(path) for path in paths if EMPTY_NOUNS & {*path.parts}] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_code_folder_holds_no_folder_named_after_a_library(room: str) -> None:
    # In an editable install the folder is on the import path, and an empty folder imports as a namespace package.
    assert [path.name for path in (ROOT / room).iterdir() if path.is_dir() and path.name in LIBRARIES] == []


@pytest.mark.parametrize("room", [*ROOMS, "tests"])
def test_each_room_explains_itself(room: str) -> None:
    text = (ROOT / room / "README.md").read_text()

    assert text.startswith("# ")
    assert len(text.split()) >= 50


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_that_it_is_typed(package: str) -> None:
    assert (PACKAGES[package] / "py.typed").exists()


def test_no_committed_file_names_a_registry_or_a_path_of_a_machine() -> None:
    wrong: list[str] = []
    for path in committed_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            wrong += [f"{named(path)}:{number}: {word}" for word in (*REGISTRIES, *MACHINE_PATHS) if word in line]

    assert not wrong, "\n".join(wrong)


@pytest.mark.golden
def test_every_metric_stands_in_the_reference_page() -> None:
    page = (ROOT / "instrumentation" / "METRICS.md").read_text()

    assert [name for name in METRICS if f"`{name}`" not in page] == []


NAMES = re.compile("|".join(sorted((re.escape(name) for name in METRICS if len(name) > 6), key=len, reverse=True)))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_the_catalogue_spells_metric_names(path: Path) -> None:
    if path.is_relative_to(PACKAGES["watchbill"] / "catalogue"):
        return
    tree = ast.parse(path.read_text())
    documents = {docstring(node) for node in ast.walk(tree)}
    spelled = [
        f"{named(path)}:{node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and node not in documents
        and isinstance(node.value, str)
        and NAMES.search(node.value)
    ]

    assert not spelled, "\n".join(spelled)
