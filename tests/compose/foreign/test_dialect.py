"""What is no PromQL, and no mistake either."""

import pytest

from watchbill_stack.foreign.dialect import Dialect, dialect


@pytest.mark.parametrize(
    ("text", "language", "mark"),
    [
        ("rollup_rate(x[5m])", "MetricsQL", "rollup_rate"),
        ("median by (job) (x)", "MetricsQL", "median"),
        ("topk_avg(3, x)", "MetricsQL", "topk_avg"),
        ("quantiles_over_time('q', 0.5, x[5m])", "MetricsQL", "quantiles_over_time"),
        ("WITH (a = x) a", "MetricsQL", "WITH ("),
        ("x default 0", "MetricsQL", "default 0"),
        ("sum(x) keep_metric_names", "MetricsQL", "keep_metric_names"),
        ("x / 1Ki", "MetricsQL", "1Ki"),
        ("rate(x[10i])", "MetricsQL", "[10i"),
        ("rate(x[5m * 2])", "a newer PromQL", "[5m * 2]"),
        ("x offset (5m)", "a newer PromQL", "offset ("),
        ("h </ 5", "a newer PromQL", "</"),
        ('{job="a"} |= "b" | json', "LogQL", "|="),
    ],
)
def test_another_language_is_told_by_a_word_or_sign(text: str, language: str, mark: str) -> None:
    assert dialect(text) == Dialect(language, mark)


@pytest.mark.parametrize(
    "text",
    [
        "sum(rate(x[5m])",
        "rate(x)",
        "foo(x)",
        "sum(x) offset 5m",
        'x{job="default 0"} and',
        'label_replace(x, "a" "b")',
        'x{a="keep_metric_names"} +',
        f"rate(x[{'0' * 19_000}",
    ],
)
def test_a_mistake_is_no_language(text: str) -> None:
    assert dialect(text) is None
