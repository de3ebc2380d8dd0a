"""Query languages near to PromQL: what the parser cannot read and is no mistake for that."""

import re
from dataclasses import dataclass

# A string that is not closed ends with the text.
_STRING_OR_COMMENT = re.compile(r""""(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`[^`]*`?|\#[^\n]*""", re.DOTALL)
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*(?:(?:by|without)\s*\([^)]*\)\s*)?\(")

_METRICSQL_FUNCTION = re.compile(
    r"(?:range|running|rollup|label|outliers|bitmap|remove|drop|timezone|smooth|hoeffding)_\w+"
    r"|(?:topk|bottomk)_(?:avg|last|max|median|min)"
    r"|(?:aggr|ascent|count_(?:eq|gt|le|ne|values)|decreases|descent|distinct|duration|geomean|histogram|increases"
    r"|iqr|median|mode|outlier_iqr|quantiles|share_(?:eq|gt|le)|stale_samples|sum2|sum_(?:eq|gt|le)"
    r"|tfirst|tlast|tlast_change|tmax|tmin|zscore)_over_time"
    r"|histogram_(?:avg|share|stddev|stdvar)|vmrange_buckets|prometheus_buckets|buckets_limit"
    r"|(?:increase|rate|delta|changes)_(?:pure|prometheus)|rate_over_sum|default_rollup|rollup"
    r"|keep_(?:last|next)_value|limit_offset|sort_by_label_numeric(?:_desc)?|scrape_interval"
    r"|alias|any|distinct|geomean|histogram|integrate|interpolate|lag|lifetime|mad|median|mode|now|quantiles|ru|share"
    r"|rand(?:_normal|_exponential)?|sum2|union|zscore|outliersk|ttf|deriv_fast|labels_equal|day_of_year"
)
_OF_PROMQL = frozenset({"label_replace", "label_join", "histogram_avg", "histogram_stddev", "histogram_stdvar"})
_METRICSQL_SYNTAX = re.compile(
    r"\bWITH\s*\(|(?<=[\w)\]}])\s+(?:default|ifnot|if)\s+[\w(\"{]|\bkeep_metric_names\b|\blimit\s+\d+\s*$"
    r"|\[\s*+(?:\d*\.)?\d++i\b|\b\d++(?:\.\d++)?(?:[KMGT]i?B?)\b|\bgroup_(?:left|right)\s*\(\s*\*"
)
_NEWER_SYNTAX = re.compile(
    r"\[[^\]\[\"\-+*/^%(]*[-+*/^%(][^\]\[]*\]|\boffset\s*-?\s*\(|</|>/|\]\s*(?:offset\s+\w+\s*)?(?:anchored|smoothed)\b"
)
_LOGQL = re.compile(r"\|[=~>]|\|\s*(?:json|logfmt|unwrap|pattern|regexp|line_format|label_format)\b")
_NEWER_FUNCTIONS = frozenset({"histogram_quantiles", "range"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """`language` is what the text is written in, `mark` the word or sign that tells it."""

    language: str
    mark: str


def dialect(text: str) -> Dialect | None:
    """What a text is that the parser refused; None where it is simply broken."""
    code = _STRING_OR_COMMENT.sub(lambda found: '"' + " " * max(len(found[0]) - 2, 0) + '"', text)
    for name in _CALL.findall(code):
        if name not in _OF_PROMQL and _METRICSQL_FUNCTION.fullmatch(name):
            return Dialect("MetricsQL", name)
    if found := _LOGQL.search(code):
        return Dialect("LogQL", found[0])
    if found := _METRICSQL_SYNTAX.search(code):
        return Dialect("MetricsQL", found[0].strip())
    if found := _NEWER_SYNTAX.search(code):
        return Dialect("a newer PromQL", found[0])
    newer = (name for name in _CALL.findall(code) if name in _NEWER_FUNCTIONS)
    return next((Dialect("a newer PromQL", name) for name in newer), None)
