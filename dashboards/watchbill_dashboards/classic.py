"""grafanalib's JSON made clean: Grafana's Classic model, schemaVersion 42.

grafanalib writes the model of Grafana 6 to 8. What Classic 42 does not know is left out, what it requires is
filled in; panels of types that Grafana no longer draws are refused.
"""

from collections.abc import Mapping
from typing import Any, cast

from watchbill.errors import InvalidDeclaration
from watchbill_dashboards.dashboard import SCHEMA_VERSION
from watchbill_dashboards.grafana import CoreDashboard, plain
from watchbill_dashboards.target import PROMETHEUS

Json = dict[str, Any]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DASHBOARD = _words(
    "uid title description tags timezone editable graphTooltip time timepicker fiscalYearStartMonth refresh"
    " schemaVersion version panels templating annotations links"
)
_PANEL = _words(
    "type id title description transparent datasource gridPos links targets transformations options fieldConfig"
    " interval maxDataPoints timeFrom timeShift repeat repeatDirection maxPerRow"
)
_ROW = _words("type id title collapsed gridPos panels")
_TARGET = _words("datasource editorMode exemplar expr format hide instant interval legendFormat range refId")
_VARIABLE = _words(
    "type name label description hide query datasource current multi options refresh sort includeAll allValue"
    " regex definition skipUrlSync auto auto_min auto_count"
)
_DEFAULTS = _words("unit decimals min max noValue mappings thresholds color custom links displayName")

_OPTIONS: Mapping[str, Json] = {
    "timeseries": {
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showPercentChange": False,
        "textMode": "auto",
        "wideLayout": True,
    },
    "table": {"frameIndex": 0, "showHeader": True},
}
_CUSTOM: Mapping[str, Json] = {"timeseries": {}, "stat": {}, "table": {"align": "auto", "inspect": False}}
_REPLACED_BY = {"graph": "TimeSeries", "singlestat": "Stat", "table-old": "Table"}


def classic(dashboard: CoreDashboard) -> Json:
    """The dashboard as Grafana takes it; raises InvalidDeclaration that names every panel of an unknown type."""
    raw = plain(dashboard)
    faults = [fault for panel in raw["panels"] for fault in _faults(panel)]
    if faults:
        raise InvalidDeclaration(f"dashboard {raw['title']!r}", faults)
    clean = _kept(raw, _DASHBOARD) | {"schemaVersion": SCHEMA_VERSION}
    clean["panels"] = [_panel(panel) for panel in raw["panels"]]
    clean["templating"] = {"list": [_variable(one) for one in raw["templating"]["list"]]}
    clean["annotations"] = {"list": [_without_null(one) for one in raw["annotations"]["list"]]}
    clean["timepicker"] = _kept(raw["timepicker"], frozenset({"refresh_intervals"}))
    return _object(_without_noise(clean))


def _faults(panel: Json) -> list[str]:
    kind = panel["type"]
    if kind == "row":
        return [fault for inner in panel["panels"] for fault in _faults(inner)]
    if kind in _OPTIONS:
        return []
    remedy = _REPLACED_BY.get(kind, "TimeSeries, Stat or Table")
    return [f"panel {panel.get('title', '')!r} has the type {kind!r}, which is not drawn; use {remedy}"]


def _panel(panel: Json) -> Json:
    kind = panel["type"]
    if kind == "row":
        return _kept(panel, _ROW) | {"panels": [_panel(inner) for inner in panel["panels"]]}
    clean = _kept(panel, _PANEL)
    clean["datasource"] = _source(panel)
    clean["targets"] = [_target(target, clean["datasource"]) for target in panel["targets"]]
    clean["options"] = _options(kind, panel["options"])
    clean["fieldConfig"] = _field_config(kind, panel["fieldConfig"])
    for empty in ("links", "transformations"):
        if not clean.get(empty):
            clean.pop(empty, None)
    return clean


def _options(kind: str, given: Json) -> Json:
    options = _without_null(given)
    for key, default in _OPTIONS[kind].items():
        value = options.get(key, default)
        options[key] = default | _object(value) if isinstance(default, dict) else value
    return options


def _field_config(kind: str, given: Json) -> Json:
    defaults = _kept(_object(given.get("defaults")), _DEFAULTS)
    defaults["custom"] = _CUSTOM[kind] | _without_null(_object(defaults.get("custom")))
    defaults["thresholds"] = _thresholds(_object(defaults.get("thresholds")))
    for empty in ("mappings", "links"):
        if not defaults.get(empty):
            defaults.pop(empty, None)
    return {"defaults": defaults, "overrides": given.get("overrides", [])}


def _thresholds(given: Json) -> Json:
    base, *levels = given.get("steps") or [{"color": "text"}]
    steps = [{"color": base["color"], "value": None}]
    steps += [{"color": level["color"], "value": level["value"]} for level in levels]
    return {"mode": given.get("mode", "absolute"), "steps": steps}


def _target(target: Json, source: Json) -> Json:
    clean = _kept(target, _TARGET)
    clean["datasource"] = _object(target.get("datasource")) or source
    clean.setdefault("editorMode", "code")
    clean.setdefault("range", not clean.get("instant", False))
    return clean


def _variable(variable: Json) -> Json:
    clean = _kept(variable, _VARIABLE)
    current = _object(clean.pop("current", None))
    if current.get("value") is not None:
        clean["current"] = _kept(current, _words("selected text value"))
    if "datasource" in clean:
        clean["datasource"] = _source(clean)
    return clean


def _source(owner: Json) -> Json:
    """The data source of a panel or variable; a name, as grafanalib used to write it, becomes the reader's choice."""
    return _object(owner.get("datasource")) or dict(PROMETHEUS)


def _kept(given: Json, known: frozenset[str]) -> Json:
    return {key: value for key, value in given.items() if key in known and value is not None}


def _without_null(given: Json) -> Json:
    return {key: value for key, value in given.items() if value is not None}


def _object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _without_noise(value: Any) -> Any:
    """Whole numbers without a fraction, others with 12 digits: no binary noise reaches a diff."""
    match value:
        case {}:
            return {key: _without_noise(inner) for key, inner in value.items()}
        case [*members]:
            return [_without_noise(inner) for inner in members]
        case float():
            return int(value) if value.is_integer() else float(f"{value:.12g}")
        case _:
            return value
