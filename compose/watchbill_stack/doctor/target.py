"""Finding the application that MODULE:APP names."""

import importlib
import inspect
import sys
import traceback
from pathlib import Path
from typing import Any

import watchbill
import watchbill_stack
from watchbill.errors import MissingExtra, WatchbillError
from watchbill.problem import Place

_EXAMPLE = "give a module and the application in it, such as shop.main:app"
_APPLICATION = ("build_middleware_stack", "routes")


class NoApplication(WatchbillError):
    """MODULE:APP leads to no application; the message names the place, the cause and the remedy."""

    def __init__(self, place: Place | str, cause: str, remedy: str) -> None:
        super().__init__(f"{place}: {cause}\n  remedy: {remedy}")


def load(target: str, folder: Path, *, makes: bool = False) -> object:
    """What a target names, imported with a folder first on the path; with `makes`, what the function there returns.

    Raises NoApplication for whatever goes wrong, the application's own errors included.
    """
    module_name, names = _parts(target)
    sys.path.insert(0, str(folder.resolve()))
    module = _imported(module_name, target, folder)
    found = _attribute(module, names, target)
    return _made(found, target, folder) if makes else _application(found, target)


def _parts(target: str) -> tuple[str, list[str]]:
    module, colon, attribute = target.partition(":")
    if module.endswith(".py") or "/" in module:
        dotted = module.removesuffix(".py").strip("./").replace("/", ".")
        raise NoApplication(target, "this is a path, not a module", f"give {dotted}:{attribute or 'app'}")
    if not colon or not attribute:
        raise NoApplication(target, "no application is named", _EXAMPLE)
    names = attribute.split(".")
    if not all(name.isidentifier() for name in (*module.split("."), *names)):
        raise NoApplication(target, "this is no name in Python", _EXAMPLE)
    return module, names


def _imported(name: str, target: str, folder: Path) -> object:
    try:
        return importlib.import_module(name)
    except SyntaxError as error:
        place = Place(error.filename or name, error.lineno or 0)
        raise NoApplication(place, f"no Python: {error.msg}", "mend the syntax") from None
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            cause = f"there is no module {error.name!r}, neither in {folder.resolve()} nor installed"
            raise NoApplication(target, cause, "go to the folder that holds it, or give --app-dir") from None
        remedy = f"install {error.name} into this environment, or mend the import"
        raise NoApplication(_place(name, folder), str(error), remedy) from None
    except MissingExtra as error:
        cause, _, remedy = str(error).partition("\n")
        raise NoApplication(_place(name, folder), cause, remedy) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  a module of the user's may raise anything
        raise NoApplication(
            _place(name, folder), _text(error), "set what it needs, or mend this line: the module must import"
        ) from None


def _attribute(module: object, names: list[str], target: str) -> object:
    found = module
    for name in names:
        if not _has(found, name):
            others = ", ".join(key for key, value in vars(module).items() if _is_application(value))
            remedy = f"it has: {others}" if others else "name the variable that holds the application"
            raise NoApplication(target, f"there is no {name!r} in {target.partition(':')[0]}", remedy)
        found = getattr(found, name)
    return found


def _application(found: Any, target: str) -> object:
    if _is_application(found):
        return found
    if inspect.isroutine(found) and not _takes_three(found) and not _needed(found):
        raise NoApplication(target, "this is a function that makes an application", "add --factory")
    if inspect.isclass(found):
        raise NoApplication(target, f"this is the class {found.__name__}", "name an application made from it")
    if _has(found, "wsgi_app"):
        raise NoApplication(target, "this is a WSGI application", "Watchbill measures ASGI applications")
    if not callable(found) or not _takes_three(found):
        raise NoApplication(target, f"it is {_kind(found)}, not an ASGI application", _EXAMPLE)
    return found


def _made(found: Any, target: str, folder: Path) -> object:
    if _is_application(found):
        raise NoApplication(target, "this is an application already", "leave --factory out")
    if not callable(found):
        cause = f"it is {_kind(found)}, not a function"
        raise NoApplication(target, cause, "name the function that makes the application")
    needed = _needed(found)
    if needed:
        cause = f"the function needs {', '.join(needed)}"
        raise NoApplication(target, cause, "name a function that needs no arguments")
    try:
        made = found()
    except (Exception, SystemExit) as error:  # noqa: BLE001  as above
        remedy = "set what it needs, or mend this line: it is called without arguments"
        raise NoApplication(_place(target, folder), _text(error), remedy) from None
    if inspect.iscoroutine(made):
        made.close()
        raise NoApplication(target, "the function is a coroutine function", "servers call it plainly: use def")
    if not _is_application(made) and not (callable(made) and _takes_three(made)):
        cause = f"what the function returned is {_kind(made)}, not an ASGI application"
        raise NoApplication(target, cause, "return the application from it")
    return made


def _is_application(value: object) -> bool:
    return not inspect.isclass(value) and all(_has(value, name) for name in _APPLICATION)


def _has(value: object, name: str) -> bool:
    try:
        return hasattr(value, name)
    except Exception:  # noqa: BLE001  a proxy may raise where it stands for nothing
        return False


def _takes_three(value: Any) -> bool:
    try:
        inspect.signature(value).bind(None, None, None)
    except Exception:  # noqa: BLE001  as above, or it takes something else
        return False
    return True


def _needed(value: Any) -> list[str]:
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return []
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one.name for one in parameters if one.default is one.empty and one.kind not in variable]


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _place(module_name: str, folder: Path) -> Place | str:
    """The deepest line of the application's own in the exception being handled, or else of no library."""
    frames = [frame for frame in traceback.extract_tb(sys.exc_info()[2]) if not _is_library(Path(frame.filename))]
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(folder.resolve())] or frames
    return Place(own[-1].filename, own[-1].lineno or 0) if own else module_name


def _is_library(path: Path) -> bool:
    ours = (Path(watchbill.__file__).parent, Path(watchbill_stack.__file__).parent)
    standard = Path(importlib.__file__).parents[1]
    beside = any(path.is_relative_to(folder) for folder in (*ours, standard))
    return beside or "site-packages" in path.parts or str(path).startswith("<")
