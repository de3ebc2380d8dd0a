"""Every rule of the checker: those about one expression, and those about objects of a stack."""

from collections.abc import Mapping
from types import MappingProxyType

from watchbill.flow import rules as expression_rules
from watchbill.flow.rule import Rule

TEMPLATE_LOST_LABEL = Rule(
    "template-lost-label",
    "error",
    "A text shows a label that its expression does not carry",
    "Summaries, descriptions, first steps, legends, titles of marks and table columns show labels by name. A label"
    " that an aggregation dropped, that the series never had, or that the rule itself adds, such as `severity`, is"
    " shown as nothing: the reader sees `of  in ` and cannot tell which. Keep the label in `by (…)` or join it back"
    " with `group_left (…)`, or leave it out of the text.",
)
UNKNOWN_TARGET = Rule(
    "unknown-target",
    "warning",
    "A matcher asks for a service, dependency or job that the stack does not have",
    "The labels `service`, `dependency` and `job` say which target a series comes from; the stack file names them all."
    " A matcher with another value finds nothing: its panel stays empty, and its alert can never fire. Write a name of"
    " the stack. Where the same Prometheus is given targets by somebody else, suppress the finding with that reason.",
)
OVERWRITTEN_LABEL = Rule(
    "overwritten-label",
    "error",
    "A rule adds a label that its expression carries already",
    "The labels of an alert, such as `team` and `severity`, replace those of its series. Series that differed in such a"
    " label alone become one and the same alert, and Prometheus then refuses the whole evaluation: the alert never"
    " fires again while there are two of them. Aggregate the label away, or call the metric's own label otherwise.",
)
BROKEN_TEMPLATE = Rule(
    "broken-template",
    "error",
    "Prometheus cannot fill in the text of an alert",
    "Summaries, descriptions and first steps are templates in Go's language. One that does not parse, or that uses a"
    " variable or function that is not there, makes Prometheus refuse the whole rule file: after a reload it goes on"
    " with the old rules, after a restart it does not start. Mend the text; its variables are `$labels`, `$value`,"
    " `$externalLabels` and `$externalURL`.",
)
VALUE_IN_SUMMARY = Rule(
    "value-in-summary",
    "error",
    "A summary shows the value of the expression",
    "A summary is the headline by which people tell one alert from another. With `$value` in it, it changes at each"
    " evaluation, so that chat threads, tickets and searches no longer find the same words. Put the value into the"
    " description.",
)
ALERT_WITHOUT_OWNER = Rule(
    "alert-without-owner",
    "error",
    "An alert's team owns no service of the stack",
    "Routes are made from the teams of the stack's services. An alert of any other team matches none of them and ends"
    " in the catch-all, where nobody feels meant. Give the alert the team of its service.",
)
ALERT_WITHOUT_RUNBOOK = Rule(
    "alert-without-runbook",
    "error",
    "An alert does not say what it means and what to do",
    "Whoever is woken needs four things: what it means, whom it hurts, what to look at first, and how to make it"
    " stop. An alert without them is acknowledged and forgotten. Write the sections Meaning, Impact, First checks and"
    " Mitigation.",
)
ALERT_WITHOUT_DASHBOARD = Rule(
    "alert-without-dashboard",
    "error",
    "An alert's link opens a panel that is not there",
    "Each notification links to one panel of the service's dashboard. When no panel has that key, Grafana opens the"
    " dashboard with an empty view, at the worst moment. Name a panel that the dashboard has.",
)
ALERT_WITHOUT_TEST = Rule(
    "alert-without-test",
    "warning",
    "An alert is not tested for all three cases",
    "An alert that was never seen firing may never fire, and one that was never seen silent may never be. Each has"
    " generated tests that it fires, that it is silent when all is well, and that it is silent (or fires) when the"
    " target never existed. Give the missing trials, or suppress this with the reason why it cannot be tested.",
)
TEST_LOST_LABEL = Rule(
    "test-lost-label",
    "error",
    "A rule test expects labels that the alert cannot fire with",
    "A test names the labels of the alert that fires. When the expression cannot carry one of them, or always carries"
    " one more, the test fails whatever it is fed. Expect exactly the labels of the expression's result.",
)
RECORDED_LABELS = Rule(
    "recorded-labels",
    "error",
    "A recording rule writes other labels than its metric declares",
    "Whatever reads a recorded metric relies on the labels it is declared with. A rule whose expression lost one of"
    " them, or carries more, writes series that no reader finds or that many match at once. Aggregate by the declared"
    " labels, or declare what is written.",
)
RECORDED_UNIT = Rule(
    "recorded-unit",
    "warning",
    "A recording rule writes another unit than its metric declares",
    "The declared unit of a recorded metric becomes the unit of each panel that draws it. When the expression gives"
    " seconds and the metric says ratio, every axis is wrong. Declare the unit that the expression has.",
)
RECORDED_LATER = Rule(
    "recorded-later",
    "warning",
    "A rule reads a name that its group records further down",
    "The rules of a group run in order. A rule that reads what a later one records sees the value of the evaluation"
    " before, and at the first evaluation nothing: ratios of two such values mix two moments. Put the recording rule"
    " first.",
)
UNUSED_RECORDING = Rule(
    "unused-recording",
    "warning",
    "Nothing reads what a recording rule writes",
    "A recording rule costs evaluations and storage for as long as it runs. No alert, panel, rule or runbook query of"
    " the stack reads this one. Remove it, or suppress this with the name of whoever reads it outside of the stack.",
)
UNUSED_METRIC = Rule(
    "unused-metric",
    "info",
    "Nothing reads a metric that a service declares",
    "A service's own metric costs series at each target, whether or not anybody looks. No panel, alert, rule or"
    " objective of the stack reads this one. Draw it, alert on it, or leave it out.",
)
DUPLICATE_RULE = Rule(
    "duplicate-rule",
    "error",
    "Two rules write the same series",
    "Two alerts with one name and the same labels, or two recording rules with one name and the same labels, write"
    " the same series: Prometheus refuses the second sample of each evaluation, and people see one alert that flaps"
    " between two meanings. Remove one, or tell them apart by a label.",
)
CLASHING_PANELS = Rule(
    "clashing-panels",
    "error",
    "Two panels of a dashboard have the same id",
    "Links open a panel by its id, which comes from its key. Where two panels share it, Grafana opens the first and"
    " may drop the other when the dashboard is saved. Give each panel its own key.",
)
UNKNOWN_VARIABLE = Rule(
    "unknown-variable",
    "error",
    "A query or link uses a variable that its dashboard does not have",
    "Grafana leaves a variable that it does not know as it is written, so that the query matches the literal text"
    " `$name` and shows nothing. Use one of the dashboard's variables or one of Grafana's own.",
)
UNKNOWN_COLUMN = Rule(
    "unknown-column",
    "error",
    "A table or link reads a column that its query does not give",
    "A table has a column for each label of its queries' results. One that is sorted, renamed or linked by a column"
    " it does not have shows blanks and links that lead nowhere. Use a label that all of its queries carry.",
)
DEAD_LINK = Rule(
    "dead-link",
    "error",
    "A link leads to a dashboard, panel, variable or runbook that is not there",
    "Links between the stack's dashboards name a dashboard's uid, a panel's id and values of variables. One that does"
    " not exist opens an error page or silently shows everything. Link to what the stack has.",
)
UNROUTED_ALERT = Rule(
    "unrouted-alert",
    "error",
    "No route claims an alert",
    "Alertmanager walks its routes from the top; what none claims falls through to the catch-all, whose readers do"
    " not own it. Routes are made from teams and severities: give the alert a team of the stack and one of the"
    " severities critical, warning, info and none.",
)
UNREACHABLE_ROUTE = Rule(
    "unreachable-route",
    "warning",
    "No alert reaches a route",
    "A route that none of the stack's alerts reaches is either a leftover or claims something that an earlier route"
    " takes first; whoever is behind it believes to be told and is not. Remove it, or mend what it matches.",
)
UNREACHABLE_INHIBITION = Rule(
    "unreachable-inhibition",
    "warning",
    "An inhibition can never silence anything",
    "An inhibition needs an alert that meets its source, another that meets its target, and agreement in its equal"
    " labels. Where no two alerts of the stack do, the silence that somebody relies on never comes. Mend its matchers,"
    " or remove it.",
)
UNFIREABLE_OBJECTIVE = Rule(
    "unfireable-objective",
    "error",
    "An objective is so low that its fastest page can never fire",
    "A burn-rate alert fires when the error ratio exceeds factor × budget. Where that is 1 or more, not even a total"
    " outage is enough: at 14.4 times the budget, every objective of 93.06 % or less is out of reach. Ask for more.",
)
UNUSED_SUPPRESSION = Rule(
    "unused-suppression",
    "warning",
    "A suppression covers nothing",
    "A suppression that covers no finding is either left over from a mistake that was mended, or stands at the wrong"
    " object; some day it hides a new mistake of the same kind. Remove it.",
)
WRONG_SUPPRESSION = Rule(
    "wrong-suppression",
    "error",
    "A suppression names no rule or gives no reason",
    "A suppression is a mapping from the rule's id to the reason why its finding does not count here. Without a"
    " reason nobody can tell whether it still holds, and with an id that is no rule it covers nothing. `watchbill"
    " check --list` shows every id.",
)
OVER_BUDGET = Rule(
    "over-budget",
    "error",
    "more series than the declared budget allows",
    "A service or the stack declares `series_budget`: how many series it may have at worst, when every label takes as"
    " many values as it may. Every series costs memory and disk in Prometheus, and a label that grows without bound is"
    " the usual way to lose one. Each process keeps to `label_limits` and folds further values into `_other`, so that"
    " the worst case of one process is a promise. `watchbill cost` shows what costs most.",
)
OTHER_LANGUAGE = Rule(
    "other-language",
    "info",
    "an expression is in MetricsQL, LogQL or a newer PromQL",
    "What stands here is no PromQL that this version reads, and most likely no mistake: VictoriaMetrics and Loki have"
    " query languages of their own, and newer versions of Prometheus add syntax. Nothing in it was checked. If"
    " Prometheus is to run it, write it in PromQL.",
)
OBJECT_RULES = (
    TEMPLATE_LOST_LABEL,
    UNKNOWN_TARGET,
    OVERWRITTEN_LABEL,
    BROKEN_TEMPLATE,
    VALUE_IN_SUMMARY,
    ALERT_WITHOUT_OWNER,
    ALERT_WITHOUT_RUNBOOK,
    ALERT_WITHOUT_DASHBOARD,
    ALERT_WITHOUT_TEST,
    TEST_LOST_LABEL,
    RECORDED_LABELS,
    RECORDED_UNIT,
    RECORDED_LATER,
    UNUSED_RECORDING,
    UNUSED_METRIC,
    DUPLICATE_RULE,
    CLASHING_PANELS,
    UNKNOWN_VARIABLE,
    UNKNOWN_COLUMN,
    DEAD_LINK,
    UNROUTED_ALERT,
    UNREACHABLE_ROUTE,
    UNREACHABLE_INHIBITION,
    UNFIREABLE_OBJECTIVE,
    OVER_BUDGET,
    UNUSED_SUPPRESSION,
    WRONG_SUPPRESSION,
    OTHER_LANGUAGE,
)
RULES: Mapping[str, Rule] = MappingProxyType(dict(expression_rules.RULES) | {rule.id: rule for rule in OBJECT_RULES})
"""Every rule by its id."""
