"""What a template or a legend mentions."""

import pytest

from watchbill_stack.check.shown_labels import labels_of_legend, labels_of_template, queries_of_template


@pytest.mark.parametrize(
    ("template", "labels"),
    [
        ("{{ $labels.pod }} and {{$labels.zone}}", {"pod", "zone"}),
        ("{{ .Labels.pod }}", {"pod"}),
        ('{{ index $labels "pod" }} {{ index .Labels `zone` }}', {"pod", "zone"}),
        ('{{ range query "up" }}{{ .Labels.pod }}{{ end }} {{ $labels.zone }}', {"zone"}),
        ("$labels.pod is no action", set[str]()),
    ],
)
def test_the_labels_of_the_alert_are_shown(template: str, labels: set[str]) -> None:
    assert labels_of_template(template) == labels


def test_a_query_is_read_where_it_is_written_in_full() -> None:
    assert list(queries_of_template(r'{{ query "up{job=\"x\"}" | first | value }} {{ query `down` }}')) == [
        'up{job="x"}',
        "down",
    ]
    assert list(queries_of_template('query "up" {{ printf "up" | query }}')) == []


def test_a_legend_shows_labels_alone() -> None:
    assert labels_of_legend("{{pod}} in {{ zone }}, $labels.job") == {"pod", "zone"}
