"""Generated tests of alerts, for `promtool test rules`, and how many alerts they cover."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from watchbill import duration
from watchbill.catalogue.watching import ALERT_NAME, ALERT_STATE, ALERTS
from watchbill.expression.selector import quoted
from watchbill_alerts.alert import Alert
from watchbill_alerts.rule_group import RuleGroup
from watchbill_alerts.trial import STEP, Case, Trial
from watchbill_alerts.yaml_document import yaml_document

_FIRING = "firing"
_Input = tuple[tuple[str, str], ...]


def render_rule_tests(rule_file: str, groups: Iterable[RuleGroup]) -> str:
    """A test file for a rule file, which it names by a path relative to itself.

    Tests that feed the same series are one test with many questions, since each evaluates every rule of the file.
    """
    groups = tuple(groups)
    inputs: dict[_Input, list[tuple[Alert, Trial]]] = {}
    for alert in (alert for group in groups for alert in group.alerts):
        for trial in alert.trials:
            steps = _steps(alert, trial)
            series = tuple(line for one in trial.series for line in one.lines(alert.names, steps))
            inputs.setdefault(series, []).append((alert, trial))
    return yaml_document(
        {
            "rule_files": [rule_file],
            "evaluation_interval": duration.text(STEP),
            "group_eval_order": [group.name for group in groups],
            "tests": [_test(trials, series) for series, trials in inputs.items()],
        }
    )


def uncovered(alerts: Iterable[Alert]) -> tuple[str, ...]:
    """Every case that an alert is not tested for, as `alert (scope): case`."""
    return tuple(
        f"{alert.name} ({alert.scope or alert.folder}): {case.value}"
        for alert in alerts
        for case in Case
        if case not in {trial.case for trial in alert.trials}
    )


def coverage(alerts: Iterable[Alert]) -> float:
    """The share of alerts that are tested for every case, 0 to 1."""
    covered = [not uncovered([alert]) for alert in alerts]
    return sum(covered) / len(covered)


def _test(trials: Sequence[tuple[Alert, Trial]], series: _Input) -> dict[str, object]:
    names = dict.fromkeys(f"{alert.name} {alert.scope}".rstrip() + f" {trial.case.value}" for alert, trial in trials)
    return {
        "name": ", ".join(names) if series else "nothing ever existed",
        "interval": duration.text(STEP),
        "input_series": [{"series": selector, "values": values} for selector, values in series],
        "promql_expr_test": [_question(alert, trial) for alert, trial in trials],
    }


def _question(alert: Alert, trial: Trial) -> dict[str, object]:
    identity = {ALERT_NAME.name: alert.name, ALERT_STATE.name: _FIRING}
    added = {label.name: value for label, value in alert.labels.items()}
    samples: list[dict[str, object]] = []
    if trial.fires is not None:
        carried = {alert.names.label(label): value for label, value in trial.fires.items()}
        samples.append({"labels": _series(identity | carried | added), "value": 1})
    return {
        "expr": _series(identity | added),
        "eval_time": duration.text(_steps(alert, trial) * STEP),
        "exp_samples": samples,
    }


def _steps(alert: Alert, trial: Trial) -> int:
    return trial.settle + ceil(alert.pending / STEP) if trial.at is None else trial.at


def _series(labels: Mapping[str, str]) -> str:
    return f"{ALERTS.name}{{{', '.join(f'{name}={quoted(value)}' for name, value in labels.items())}}}"
