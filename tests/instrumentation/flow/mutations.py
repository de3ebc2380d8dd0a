"""Seeded mistakes: each expression has one, which is to be found by the rule meant for it, at the place marked."""

from dataclasses import dataclass

from watchbill.flow import rules
from watchbill.flow.rule import Rule


@dataclass(frozen=True, slots=True)
class Mutation:
    """`marked` is the text the finding points at, `nearest` what it says was probably meant."""

    text: str
    rule: Rule
    marked: str
    nearest: str = ""
    is_alert: bool = False


def _alert(text: str, rule: Rule, marked: str, nearest: str = "") -> Mutation:
    return Mutation(text, rule, marked, nearest, is_alert=True)


NAMES = (
    Mutation("rate(parcel_total[5m])", rules.UNKNOWN_METRIC, "parcel_total", "parcels_total"),
    Mutation("sum(up) / sum(ups)", rules.UNKNOWN_METRIC, "ups", "up"),
    Mutation("belt_depth - belt_deep", rules.UNKNOWN_METRIC, "belt_deep", "belt_depth"),
    Mutation("sum(rate(sorting_seconds[5m]))", rules.UNKNOWN_METRIC, "sorting_seconds", "sorting_seconds_bucket"),
    Mutation('{__name__="belt_dept"}', rules.UNKNOWN_METRIC, "{", "belt_depth"),
    Mutation('sum({__name__=~"conveyor_.+"})', rules.UNKNOWN_METRIC, "{"),
    Mutation("hall:requests:rate10m > 5", rules.UNRECORDED_NAME, "hall:requests:rate10m", "hall:requests:rate5m"),
    _alert(
        "hall:error_ratio:rate1h > 0.1", rules.UNRECORDED_NAME, "hall:error_ratio:rate1h", "hall:error_ratio:rate5m"
    ),
)
LABELS = (
    Mutation('belt_depth{hal="a"}', rules.UNKNOWN_LABEL, "hal", "hall"),
    Mutation('sum(rate(parcels_total{carrier="x", door!="1"}[5m]))', rules.UNKNOWN_LABEL, "door", ""),
    Mutation('hall:requests:rate5m{instance="a:1"}', rules.UNKNOWN_LABEL, "instance", ""),
    Mutation("sum by (carier) (rate(parcels_total[5m]))", rules.LOST_LABEL, "carier", "carrier"),
    Mutation("sum(rate(parcels_total[5m])) by (carrier, hall)", rules.LOST_LABEL, "hall", ""),
    Mutation("sum by (outcome) (sum by (carrier) (rate(parcels_total[5m])))", rules.LOST_LABEL, "outcome", ""),
    Mutation("max by (le) (rate(sorting_seconds_count[5m]))", rules.LOST_LABEL, "le", ""),
    Mutation("belt_depth / on (hal) belt_load_ratio", rules.LOST_LABEL, "hal", "hall"),
    Mutation('label_replace(belt_depth, "site", "$1", "hal", "(.*)-.*")', rules.LOST_LABEL, '"hal"', "hall"),
    Mutation('label_join(belt_depth, "where", "/", "hall", "door")', rules.LOST_LABEL, '"door"', ""),
    Mutation(
        "rate(pod_restarts_total[5m]) * on (namespace_name, pod_name) group_left (nod) pod_info",
        rules.LOST_LABEL,
        "nod",
        "node",
    ),
    Mutation("sum without (instanse) (belt_depth)", rules.NEEDLESS_LABEL, "instanse", "instance"),
    Mutation("belt_depth / ignoring (dor) belt_load_ratio", rules.NEEDLESS_LABEL, "dor", ""),
)
VALUES = (
    Mutation('rate(parcels_total{outcome="lots"}[5m])', rules.IMPOSSIBLE_VALUE, '"lots"', "lost"),
    Mutation('desk_requests_total{code=~"50."} offset 1h == 0', rules.IMPOSSIBLE_VALUE, '"50."', ""),
    Mutation('rate(desk_requests_total{code=~"500|503"}[5m])', rules.IMPOSSIBLE_VALUE, '"500|503"', ""),
    Mutation('pod_phase{phase="failed"} == 1', rules.IMPOSSIBLE_VALUE, '"failed"', "Failed"),
    Mutation('pod_phase{phase!~".+"} == 1', rules.IMPOSSIBLE_VALUE, '".+"', ""),
    Mutation('rate(parcels_total{outcome="lost",outcome="late"}[5m])', rules.IMPOSSIBLE_VALUE, '"late"', "lost"),
    Mutation('sum(rate(sorting_seconds_bucket{le="0.3"}[5m]))', rules.NO_BUCKET_BOUND, '"0.3"', "0.5"),
    Mutation('sum(rate(sorting_seconds_bucket{le="1"}[5m]))', rules.NO_BUCKET_BOUND, '"1"', "1.0"),
)
COUNTERS = (
    Mutation("rate(belt_depth[5m])", rules.RATE_OF_GAUGE, "rate"),
    Mutation("sum(increase(belt_memory_bytes[1h]))", rules.RATE_OF_GAUGE, "increase"),
    Mutation("irate(hall:sorting:p99[5m])", rules.RATE_OF_RATE, "irate"),
    _alert("parcels_total > 100", rules.RAW_COUNTER, "parcels_total"),
    _alert("store_rejected_total > 0", rules.RAW_COUNTER, "store_rejected_total"),
    Mutation("sum by (carrier) (parcels_total)", rules.RAW_COUNTER, "parcels_total"),
    Mutation("topk(3, sum by (carrier) (parcels_total))", rules.RAW_COUNTER, "parcels_total"),
    Mutation("quantile(0.5, parcels_total)", rules.RAW_COUNTER, "parcels_total"),
    Mutation(
        'sum(rate(desk_requests_total{code="5xx"}[5m])) / sum(desk_requests_total)',
        rules.RAW_COUNTER,
        "desk_requests_total",
    ),
    Mutation(
        "histogram_quantile(0.9, sum by (le) (sorting_seconds_bucket))", rules.RAW_COUNTER, "sorting_seconds_bucket"
    ),
    Mutation("delta(parcels_total[1h])", rules.DELTA_OF_COUNTER, "delta"),
    Mutation("predict_linear(parcel_bytes_total[1h], 3600)", rules.DELTA_OF_COUNTER, "predict_linear"),
    Mutation("avg_over_time(parcels_total[1h])", rules.DELTA_OF_COUNTER, "avg_over_time"),
    Mutation("deriv(sorting_seconds_count[10m])", rules.DELTA_OF_COUNTER, "deriv"),
    Mutation("rate(sum by (carrier) (parcels_total)[5m:1m])", rules.RATE_AFTER_SUM, "rate"),
    Mutation("increase(carrier:parcels:sum[1h])", rules.RATE_AFTER_SUM, "increase"),
    Mutation("rate(rate(parcels_total[5m])[1h:1m])", rules.RATE_OF_RATE, "rate"),
    Mutation("increase(hall:requests:rate5m[1h])", rules.RATE_OF_RATE, "increase"),
    Mutation("rate(parcels_total[30s])", rules.SHORT_WINDOW, "[30s]", "[60s]"),
    Mutation("sum(rate(parcels_total[5m])) / sum(rate(parcels_total[45s]))", rules.SHORT_WINDOW, "[45s]", "[60s]"),
    Mutation("irate(parcels_total[20s])", rules.SHORT_WINDOW, "[20s]", "[30s]"),
)
HISTOGRAMS = (
    Mutation("histogram_quantile(0.9, sum by (hall) (rate(sorting_seconds_bucket[5m])))", rules.LOST_LE, "sum", "le"),
    Mutation("sum(rate(sorting_seconds_bucket[5m]))", rules.LOST_LE, "sum", "le"),
    Mutation("histogram_quantile(0.9, avg(hall:sorting_bucket:rate5m))", rules.LOST_LE, "avg", "le"),
    Mutation("histogram_quantile(0.9, rate(sorting_seconds_sum[5m]))", rules.NO_BUCKETS, "histogram_quantile"),
    Mutation(
        'histogram_quantile(0.9, rate(sorting_seconds_bucket{le="0.5"}[5m]))', rules.NO_BUCKETS, "histogram_quantile"
    ),
    Mutation("histogram_quantile(0.9, rate(belt_depth[5m]))", rules.RATE_OF_GAUGE, "rate"),
    Mutation("histogram_quantile(0.9, belt_wait_seconds)", rules.NO_BUCKETS, "histogram_quantile"),
    Mutation("histogram_quantile(95, rate(sorting_seconds_bucket[5m]))", rules.QUANTILE_RANGE, "95", "0.95"),
    Mutation("quantile_over_time(1.5, belt_depth[1h])", rules.QUANTILE_RANGE, "1.5", "0.015"),
    Mutation("quantile by (hall) (99, belt_depth)", rules.QUANTILE_RANGE, "99", "0.99"),
    Mutation(
        "avg(histogram_quantile(0.9, sum by (le, instance) (rate(sorting_seconds_bucket[5m]))))",
        rules.AGGREGATED_QUANTILE,
        "avg",
    ),
    Mutation("sum by (hall) (hall:sorting:p99)", rules.AGGREGATED_QUANTILE, "sum"),
)
JOINS = (
    Mutation("rate(parcels_total[5m]) / sum by (carrier) (rate(parcels_total[5m]))", rules.IMPOSSIBLE_JOIN, "/"),
    Mutation("belt_depth / on (hall) sum by (instance) (belt_depth)", rules.IMPOSSIBLE_JOIN, "hall"),
    Mutation("belt_depth and door_open == 1", rules.IMPOSSIBLE_JOIN, "and"),
    Mutation("belt_depth unless door_open", rules.IMPOSSIBLE_JOIN, "unless"),
    Mutation(
        'rate(desk_requests_total{code="5xx"}[5m]) / rate(desk_requests_total{code="2xx"}[5m])',
        rules.IMPOSSIBLE_JOIN,
        "/",
    ),
    Mutation(
        "sum by (hall, code) (rate(desk_requests_total[5m])) / on (hall) sum by (hall) (rate(desk_requests_total[5m]))",
        rules.AMBIGUOUS_JOIN,
        "/",
    ),
    Mutation(
        "rate(sorting_seconds_bucket[5m]) / ignoring (le) rate(sorting_seconds_count[5m])", rules.AMBIGUOUS_JOIN, "/"
    ),
    Mutation(
        "belt_depth * on (hall) group_left () sum by (hall, code) (rate(desk_requests_total[5m]))",
        rules.AMBIGUOUS_JOIN,
        "*",
    ),
    Mutation("sum by (hall) (belt_depth) or vector(0)", rules.OR_WITHOUT_LABELS, "or", "or on ()"),
    Mutation("max by (hall) (belt_depth or vector(0))", rules.OR_WITHOUT_LABELS, "or", "or on ()"),
    Mutation("belt_wait_seconds > belt_memory_bytes", rules.MIXED_UNITS, ">"),
    Mutation(
        "sum(rate(sorting_seconds_sum[5m])) / sum(rate(sorting_seconds_count[5m])) > sum(belt_memory_bytes)",
        rules.MIXED_UNITS,
        ">",
    ),
)
CONDITIONS = (
    _alert("belt_load_ratio > 90", rules.NEVER_FIRES, ">"),
    _alert("1 - belt_load_ratio < 0", rules.NEVER_FIRES, "<"),
    _alert("count(up == 0) == 0", rules.NEVER_FIRES, "=="),
    _alert("rate(parcels_total[5m]) < 0", rules.NEVER_FIRES, "<"),
    _alert("hall:error_ratio:rate5m > 14.4 * 0.1", rules.NEVER_FIRES, ">"),
    _alert("histogram_quantile(0.99, sum by (le) (rate(sorting_seconds_bucket[5m]))) > 10", rules.NEVER_FIRES, ">"),
    _alert("belt_depth > 5 and on (hall) belt_load_ratio > 1", rules.NEVER_FIRES, ">"),
    _alert("up >= 0", rules.ALWAYS_FIRES, ">="),
    _alert("belt_depth > bool 5", rules.ALWAYS_FIRES, ">"),
    _alert("hour() < 24", rules.ALWAYS_FIRES, "<"),
    _alert("sum(rate(parcels_total[5m]))", rules.NO_CONDITION, "sum(rate(parcels_total[5m]))"),
    _alert(
        "1 - hall:good:rate5m / (hall:requests:rate5m > 0)",
        rules.NO_CONDITION,
        "1 - hall:good:rate5m / (hall:requests:rate5m > 0)",
    ),
    _alert("scalar(sum(up)) < bool 2", rules.NO_CONDITION, "scalar(sum(up)) < bool 2"),
    _alert(
        "sum(rate(parcels_total[5m]) > 5) or vector(0)",
        rules.NO_CONDITION,
        "sum(rate(parcels_total[5m]) > 5) or vector(0)",
    ),
    Mutation("belt_load_ratio > 80", rules.EMPTY_RESULT, ">"),
    Mutation("count(door_open == 2)", rules.EMPTY_RESULT, "=="),
    Mutation("sum(rate(parcels_total[5m])", rules.SYNTAX, "sum(rate(parcels_total[5m])"),
    Mutation("rate(parcels_total)", rules.SYNTAX, "rate(parcels_total)"),
    Mutation("belt_depth[5m]", rules.WRONG_TYPE, "belt_depth[5m]"),
    Mutation("(" * 150 + "belt_depth" + ")" * 150, rules.TOO_DEEP, "(" * 150 + "belt_depth" + ")" * 150),
)
MUTATIONS = (*NAMES, *LABELS, *VALUES, *COUNTERS, *HISTOGRAMS, *JOINS, *CONDITIONS)
