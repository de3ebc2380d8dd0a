"""Every rule about one expression: what it looks for, how bad that is, and why."""

from collections.abc import Mapping
from types import MappingProxyType

from watchbill.flow.rule import Rule

SYNTAX = Rule(
    "syntax",
    "error",
    "Text that is no PromQL",
    "Prometheus refuses to load a rule file with an expression it cannot read, together with every other rule in that "
    "file, and a panel with such an expression shows an error. The parser's own word is in the message. Syntax "
    "that the parser does not know yet and the extensions of other databases count as mistakes too.",
)
TOO_DEEP = Rule(
    "too-deep",
    "error",
    "An expression nested too deep to be read",
    "The expression has more brackets inside one another, or more operators in a row, than the checker follows. "
    "Prometheus may still read it, but nobody can check it. Record parts of it under names of their own, or replace a "
    "long chain of `or` by one selector with a regular expression.",
)
WRONG_TYPE = Rule(
    "wrong-type",
    "error",
    "A range of samples, or a text, where a value is needed",
    "A rule or a panel needs one value per series and moment. An expression that ends in a range such as `[5m]`, or "
    "that is a bare text, gives none, and Prometheus refuses it. Put a function around the range: `rate` for a "
    "counter, `avg_over_time` or `max_over_time` for a gauge.",
)
UNKNOWN_METRIC = Rule(
    "unknown-metric",
    "error",
    "A metric that nobody exposes",
    "No code, exporter or recording rule gives a series of this name, so the expression is always empty: an alert "
    "stays silent for ever and a panel shows no data, both of which look like good news. Most often the metric was "
    "renamed or the name is misspelt; a histogram has no series of its bare name, only `_bucket`, `_sum` and "
    "`_count`.",
)
UNRECORDED_NAME = Rule(
    "unrecorded-name",
    "error",
    "A recorded name that no rule records",
    "A name with a colon belongs to a recording rule, and there is no rule that records it. The expression is always "
    "empty. Either the rule was removed or renamed and this consumer was left behind, or its window differs from "
    "those that are recorded.",
)
UNKNOWN_LABEL = Rule(
    "unknown-label",
    "error",
    "A condition on a label the metric does not have",
    "The metric has no such label. A condition that asks for a value then matches no series at all; one that excludes "
    "values excludes nothing. Neither says so. Use a label that the metric has; a label of the target, such as `job`, "
    "is on every scraped series but only on those recorded series whose rule kept it.",
)
LOST_LABEL = Rule(
    "lost-label",
    "error",
    "A label used after it was lost",
    "Here the expression groups, joins or copies by a label that its operand does not carry, because the metric never "
    "had it or an inner aggregation dropped it. Prometheus treats the missing label as empty: grouping falls together "
    "into one series, a join matches everything with everything or nothing, a copied label is blank. Add the label to "
    "the inner `by (…)`, or leave it out here.",
)
NEEDLESS_LABEL = Rule(
    "needless-label",
    "warning",
    "A label left out that was never there",
    "`without (…)` or `ignoring (…)` names a label that no operand carries, so it does nothing. Most often it is "
    "misspelt, and the label that was meant still splits the result or keeps a join from matching.",
)
IMPOSSIBLE_VALUE = Rule(
    "impossible-value",
    "error",
    "A label value that does not exist",
    "The label takes its values from a closed set, and none of them meets the condition. The selector is always "
    "empty. Look at the values the label really has: a status may be a class such as 5xx or a code such as 503, and "
    "upper and lower case differ.",
)
NO_BUCKET_BOUND = Rule(
    "no-bucket-bound",
    "error",
    "A bucket that the histogram does not have",
    "A histogram has a series for each of its bounds and for none between, and `le` is compared as text: 1 is not 1.0. "
    "The selector is always empty, so a latency objective built on it never counts a good request. Use a bound that "
    "the histogram has, or add one to its declaration.",
)
RATE_OF_GAUGE = Rule(
    "rate-of-gauge",
    "error",
    "rate() of a gauge",
    "`rate`, `increase` and `irate` take every fall of a value for a restart of the process and add the value once "
    "more. Of a gauge, which falls all the time, they make numbers far too large that mean nothing. Use `deriv` or "
    "`delta` for how a gauge changes, or `avg_over_time` for its level.",
)
RAW_COUNTER = Rule(
    "raw-counter",
    "error",
    "A counter's total since its process started",
    "The value of a counter is a sum since its process started: it falls to zero at every restart and grows with the "
    "process's age, so a threshold on it fires late, for ever, or never, and a curve of it only climbs. What is meant "
    "is its growth: `rate(…[5m])` per second or `increase(…[1h])` in a window. Asking whether a counter exists, or is "
    "zero, is fine.",
)
DELTA_OF_COUNTER = Rule(
    "delta-of-counter",
    "error",
    "A function for gauges over a counter",
    "`delta`, `deriv`, `predict_linear`, `avg_over_time` and the like do not know that a counter starts again at zero "
    "with its process: after a deployment they give a large negative number or an average of unrelated totals. Use "
    "`rate` or `increase`, and take averages or predictions of that.",
)
RATE_AFTER_SUM = Rule(
    "rate-after-sum",
    "error",
    "rate() of a sum of counters",
    "Counters were added up first and rated afterwards. When one of the processes restarts, the sum falls a little, "
    "`rate` takes that for a restart of everything, and adds the whole sum once more: a huge spike out of nothing. "
    "Rate first, then sum: `sum(rate(x[5m]))`, never `rate(sum(x)[5m:])`, and never record a sum of raw counters.",
)
RATE_OF_RATE = Rule(
    "rate-of-rate",
    "error",
    "rate() of what is a rate already",
    "A rate goes up and down like a gauge. Rating it again takes every fall for a restart of the process and gives "
    "numbers that mean nothing. For the change of a rate use `deriv` over a subquery; for its mean over a longer "
    "window use `avg_over_time`, or take the rate over that window at once.",
)
LOST_LE = Rule(
    "lost-le",
    "error",
    "Buckets added up over their bounds",
    "The buckets of a classic histogram contain one another: the one of 1 s counts everything under 0.5 s too. Without "
    "the label `le` they are added up, each observation many times over, and `histogram_quantile` gives nothing. Write "
    "`sum by (le, …)` inside a quantile, and use the `_count` series to count observations.",
)
NO_BUCKETS = Rule(
    "no-buckets",
    "error",
    "histogram_quantile() of what are no buckets",
    "`histogram_quantile` and `histogram_fraction` need the `_bucket` series of a histogram with their label `le`, or "
    "a native histogram. Of a gauge, of `_sum`, `_count`, or of a single bucket they give an empty result. Write "
    "`histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))`.",
)
QUANTILE_RANGE = Rule(
    "quantile-range",
    "error",
    "A quantile outside 0 to 1",
    "Quantiles are written from 0 to 1: the 95th percentile is 0.95. Anything above 1 gives +Inf and anything below 0 "
    "gives -Inf, for every series, so an alert on it fires always or never.",
)
AGGREGATED_QUANTILE = Rule(
    "aggregated-quantile",
    "warning",
    "Quantiles that are added or averaged",
    "The mean of several 95th percentiles is not the 95th percentile of anything: a quiet instance weighs as much as a "
    "busy one, and a sum of quantiles is no time that anybody waited. Add up the buckets first and take one quantile "
    "of the sum; `max` over quantiles is sound and means the worst of them.",
)
IMPOSSIBLE_JOIN = Rule(
    "impossible-join",
    "error",
    "Two sides that can never match",
    "An operator between two vectors pairs series whose labels are equal, or equal in those of `on (…)`. Here one side "
    "always carries a label that the other never has, or the two can never have the same value of it, so no series "
    "finds a partner: arithmetic, comparisons and `and` are always empty, and `unless` never takes anything away. "
    "Say with `on (…)` or `ignoring (…)` which labels are to match, or make both sides carry the same.",
)
AMBIGUOUS_JOIN = Rule(
    "ambiguous-join",
    "error",
    "Several series on a side that must have one",
    "Arithmetic and comparisons pair one series with one. Here a side keeps several series that are alike in all the "
    "labels that are matched, and Prometheus stops with an error as soon as two of them exist. Write `group_left` or "
    "`group_right` on the operator for the side that has many, or sum the labels away that do not take part.",
)
OR_WITHOUT_LABELS = Rule(
    "or-without-labels",
    "warning",
    "A default that stands beside, not in place",
    "`sum by (x) (…) or vector(0)` does not fill gaps: the zero has no labels, so it equals none of the series on the "
    "left and is added beside them always. Legends show a nameless zero, and an alert on low values fires on it. Write "
    "`or on () vector(0)` for a zero only when there is nothing at all, or build the zero from a series that has the "
    "labels, as in `or (sum by (x) (y) * 0)`.",
)
SHORT_WINDOW = Rule(
    "short-window",
    "error",
    "A window of too few samples",
    "A rate needs two samples within its window. Under four scrape intervals one failed or late scrape leaves it with "
    "one, and the result has gaps exactly when the target is slow; under two intervals it is mostly empty. Take at "
    "least four scrape intervals, `$__rate_interval` in panels.",
)
NEVER_FIRES = Rule(
    "never-fires",
    "error",
    "A condition that can never be true",
    "The value lies in known limits (a ratio between 0 and 1, a counter above 0, a count of at least 1, a quantile "
    "under the last bucket bound), and the threshold is outside of them. The alert can never fire and nobody will "
    "notice. `count(x) == 0` belongs here too: with nothing to count there is no result, so write `absent(x)`.",
)
ALWAYS_FIRES = Rule(
    "always-fires",
    "error",
    "A condition that is always true",
    "The value lies in known limits and the threshold does not cut them, so the alert fires for every series all the "
    "time. With `bool` a comparison gives 0 or 1 and drops nothing, and an alert fires on any value, on 0 too: leave "
    "out `bool` in an alert's condition.",
)
NO_CONDITION = Rule(
    "no-condition",
    "error",
    "An alert on a value that is compared with nothing",
    "An alert fires for every series its expression gives, whatever the value, even 0. A rate, a quantile or a "
    "counter exists as long as its target does, so this alert fires all the time. Compare the value with a threshold.",
)
EMPTY_RESULT = Rule(
    "empty-result",
    "warning",
    "A comparison that leaves nothing",
    "A comparison keeps the series for which it is true. The value lies in known limits (a ratio between 0 and 1, a "
    "counter above 0, a count of at least 1) and the number is outside of them, so nothing is ever left. Perhaps one "
    "of the two is in percent and the other is a ratio.",
)
MIXED_UNITS = Rule(
    "mixed-units",
    "warning",
    "Values of different units added or compared",
    "One side is measured in another unit than the other, so their sum, difference or comparison means nothing. Most "
    "often a metric is the wrong one, or a rate is missing on one side. A product with a constant is taken as a "
    "conversion and never reported.",
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.id: rule for rule in list(vars().values()) if isinstance(rule, Rule)}
)
"""Every rule by its id."""
