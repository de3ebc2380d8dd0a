"""Whatever a file or an environment holds: it loads, or every mistake is told with its place, and no traceback."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from watchbill_exporters import InvalidConfiguration, load_configuration
from watchbill_exporters.configuration.document import ROOT_KEYS
from watchbill_exporters.configuration.targets import MODULE_KEYS, TARGET_KEYS
from watchbill_exporters.configuration.web import TLS_KEYS, WEB_KEYS
from watchbill_exporters.kinds import KINDS

_SECRET = "hunter2"
_OPTIONS = sorted({key for kind in KINDS.values() for key in kind.keys})
# The path of a file is shown, whatever it is.
_WEB_KEYS = {*WEB_KEYS, *TLS_KEYS} - {"config_file"}
_INNER = (
    "name",
    "url",
    "type",
    "db",
    "queues",
    "names",
    "key",
    "queue",
    "every",
    "priority_steps",
    "json_pointer",
    "time",
)
_PLAIN = st.one_of(
    st.sampled_from(
        [*KINDS, "127.0.0.1:6379", "cache:1", "m", "a", "HEAD", "true", "/x", "*.svc:1", "x.yml", _SECRET, ""]
    ),
    st.sampled_from(
        [True, None, 0, 5, -1, 1.5, 10**30, float("inf"), f"redis://:{_SECRET}@a:1", f"https://u:{_SECRET}@h/"]
    ),
)
_LEAF = st.one_of(_PLAIN, st.lists(_PLAIN, max_size=3), st.dictionaries(st.sampled_from(_INNER), _PLAIN, max_size=3))
_VALUE = st.one_of(_LEAF, st.lists(st.dictionaries(st.sampled_from(_INNER), _LEAF, max_size=4), max_size=2))


def _mapping(*keys: str) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(sorted({*keys})), _VALUE, max_size=5)


def _of_kind(*keys: str) -> st.SearchStrategy[dict[str, object]]:
    """Settings of one kind, so that its own reader is reached."""

    def settings_of(kind: str) -> st.SearchStrategy[dict[str, object]]:
        own = st.dictionaries(st.sampled_from(sorted({*keys, *KINDS[kind].keys})), _VALUE, max_size=5)
        return own.map(lambda found: {**found, "kind": kind, "address": "127.0.0.1:1"})

    return st.sampled_from(sorted(KINDS)).flatmap(settings_of)


_FILES = st.fixed_dictionaries(
    {},
    optional={
        "listen": _VALUE,
        "timeout": _VALUE,
        "web": st.one_of(_VALUE, _mapping(*_WEB_KEYS)),
        "modules": st.dictionaries(st.sampled_from("ma"), _of_kind(*MODULE_KEYS), max_size=2),
        "targets": st.dictionaries(
            st.sampled_from(["a", "b-c", "D"]),
            st.one_of(_VALUE, _of_kind(*TARGET_KEYS), _mapping(*TARGET_KEYS)),
            max_size=3,
        ),
    },
)
_VARIABLES = st.dictionaries(
    st.sampled_from(
        [
            "LISTEN",
            "TIMEOUT",
            "TARGETS",
            *(f"A_{key.upper()}" for key in (*TARGET_KEYS, *_OPTIONS)),
            "ODD",
        ]
    ).map(lambda name: f"WATCHBILL_EXPORTER_{name}"),
    st.one_of(
        _VALUE.map(json.dumps),
        st.sampled_from(
            [
                "a=redis://h:1",
                "a=nginx,b=cdn",
                f"a=postgres://u:{_SECRET}@h:1/x",
                f"a=redis://h:1?{_SECRET}",
                "[",
                "=,=",
            ]
        ),
    ),
    max_size=6,
)


def _mistakes(path: Path | None, environ: dict[str, str]) -> InvalidConfiguration | None:
    try:
        load_configuration(path, environ)
    except InvalidConfiguration as error:
        return error
    return None


@settings(max_examples=150, deadline=None)
@given(_FILES, _VARIABLES)
def test_nothing_ends_in_a_traceback_or_repeats_a_secret(file: dict[str, object], environ: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "exporter.yaml"
        path.write_text(json.dumps(file), encoding="utf-8")
        both = (_mistakes(path, environ), _mistakes(None, environ))
    for error in filter(None, both):
        assert all(problem.cause and problem.remedy for problem in error.problems)
        assert error.problems
        assert _SECRET not in str(error)


def test_every_root_key_is_among_those_tried() -> None:
    assert {"listen", "timeout", "web", "modules", "targets"} == {*ROOT_KEYS}
