"""Texts that show labels which their expression does not carry."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from watchbill.flow.flow import Flow, Inference
from watchbill_alerts.alert import Alert
from watchbill_alerts.annotation import renamed, shows_value
from watchbill_dashboards.annotation import Mark
from watchbill_dashboards.target import Target
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.rules import BROKEN_TEMPLATE, TEMPLATE_LOST_LABEL, VALUE_IN_SUMMARY
from watchbill_stack.check.shown_labels import labels_of_legend, labels_of_template
from watchbill_stack.check.site import Site
from watchbill_stack.check.template import faults_of_template

_FIELD = "{{"
_NAME = "__name__"
Text = tuple[str, frozenset[str]]


def text_findings(read: Iterable[Site], inferences: Mapping[Site, Inference]) -> Iterator[Finding]:
    """For each text of an alert, a query's legend or a mark: every label it shows in vain."""
    for site in read:
        subject = site.subject
        inference = inferences.get(site)
        flow = None if inference is None else inference.flow
        if isinstance(subject, Alert) and site.role == "alert":
            yield from lost_labels(site, flow, _texts_of_alert(subject), added=site.labels)
            yield from _broken(site, subject)
            if shows_value(subject.summary):
                yield Finding(rule=VALUE_IN_SUMMARY, site=site, message="the summary shows the value")
        elif isinstance(subject, Target):
            yield from lost_labels(site, flow, [("legend", _in_legend(subject.legend_format))])
        elif isinstance(subject, Mark):
            yield from lost_labels(site, flow, _texts_of_mark(subject))


def lost_labels(
    site: Site,
    flow: Flow | None,
    texts: Iterable[Text],
    *,
    added: Collection[str] = (),
    always: Collection[str] = (),
) -> Iterator[Finding]:
    """Each label that a text shows and no series has; `added` are a rule's own, `always` is known from elsewhere."""
    if flow is None or flow.is_open:
        return
    for name, shown in texts:
        if not shown:
            continue
        carried = set(flow.labels)
        for label in sorted(shown - carried.union(always)):
            has = f"it carries {', '.join(sorted(carried))}" if carried else "it carries none"
            # Prometheus fills in texts from the expression alone, before it adds labels.
            lost = "the rule adds too late for its texts" if label in added else "the expression lost"
            message = f"the {name} shows the label {label!r}, which {lost}; {has}"
            yield Finding(rule=TEMPLATE_LOST_LABEL, site=site, message=message, nearest=nearest(label, sorted(carried)))


def _broken(site: Site, alert: Alert) -> Iterator[Finding]:
    for name, text in alert.texts.items():
        for fault in faults_of_template(text) if _FIELD in text else ():
            yield Finding(rule=BROKEN_TEMPLATE, site=site, message=f"in the {name}, {fault}")


def _texts_of_alert(alert: Alert) -> Iterator[Text]:
    names: dict[str, str] = {}
    for name, text in alert.texts.items():
        if _FIELD in text:
            names = names or {label.name: alert.names.label(label) for label in alert.expression.labels}
            yield name, labels_of_template(renamed(text, names))


def _texts_of_mark(mark: Mark) -> Iterator[Text]:
    yield "title", _in_legend(mark.title)
    yield "text", _in_legend(mark.text)
    yield "list of tags", frozenset(tag.strip() for tag in mark.tags.split(",") if tag.strip())


def _in_legend(text: str) -> frozenset[str]:
    return labels_of_legend(text) - {_NAME} if _FIELD in text else frozenset()
