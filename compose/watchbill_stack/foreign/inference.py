"""What the inference says of a foreign expression, as far as it can be trusted."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from watchbill.flow import rules
from watchbill.flow.fault import Fault
from watchbill.flow.flow import Inference
from watchbill.flow.reading import read as inferred
from watchbill.flow.vocabulary import Vocabulary
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.rules import OTHER_LANGUAGE
from watchbill_stack.foreign.dialect import dialect
from watchbill_stack.foreign.expression import Expression
from watchbill_stack.foreign.reading import ANYTHING, Reading
from watchbill_stack.foreign.splice import Splice
from watchbill_stack.foreign.vocabulary import guessed

_ABOUT_VALUES = frozenset({rules.IMPOSSIBLE_VALUE.id, rules.NO_BUCKET_BOUND.id})
_ABOUT_NAMES = frozenset({rules.UNKNOWN_METRIC.id, rules.UNRECORDED_NAME.id})
# What holds of an expression in which some name is a variable's.
_OF_LOOSE = _ABOUT_VALUES | _ABOUT_NAMES | {rules.UNKNOWN_LABEL.id, rules.SHORT_WINDOW.id, rules.QUANTILE_RANGE.id}
_OF_SEVERAL = frozenset({rules.AMBIGUOUS_JOIN.id})


@dataclass(frozen=True, slots=True)
class Judge:
    """With `is_partial`, names are unknown only where the vocabulary knows others with the same first word."""

    vocabulary: Vocabulary
    scrape_interval: float
    is_partial: bool = False
    _first_words: set[str] = field(init=False, repr=False, default_factory=set[str])

    def __post_init__(self) -> None:
        self._first_words.update(_first_word(family.name) for family in self.vocabulary)

    def judged(self, expression: Expression) -> tuple[Inference | None, list[Finding]]:
        """The inference of the likeliest reading that parses, and its findings at the places of the original."""
        text = expression.reading.text
        if not text.strip():
            return None, []
        refused: tuple[Splice, Inference] | None = None
        is_alert = expression.site.role == "alert"
        for splice in expression.reading.texts():
            inference = self._inferred(splice.text, self.vocabulary, is_alert=is_alert)
            if inference.flow is not None:
                return inference, list(self._findings(expression, splice, inference))
            refused = refused or (splice, inference)
        if refused is None:
            return None, []
        return None, list(_refusal(expression, *refused))

    def _inferred(self, text: str, vocabulary: Vocabulary, *, is_alert: bool) -> Inference:
        return inferred(text, vocabulary, self.scrape_interval, is_alert=is_alert)

    def _findings(self, expression: Expression, splice: Splice, inference: Inference) -> Iterator[Finding]:
        for fault in self._believed(expression, splice, inference):
            yield _finding(expression, splice, fault)
        unknown = {one.series for one in inference.references if self.vocabulary.get(one.series) is None}
        wider = guessed(sorted(unknown), self.vocabulary)
        if wider is self.vocabulary:
            return
        known = {(fault.rule.id, fault.start) for fault in inference.faults}
        second = self._inferred(splice.text, wider, is_alert=expression.site.role == "alert")
        for fault in self._believed(expression, splice, second):
            if (fault.rule.id, fault.start) not in known:
                milder = replace(fault.rule, severity="info")
                message = f"{fault.message} (judged by the end of its name)"
                yield _finding(expression, splice, replace(fault, rule=milder, message=message))

    def _believed(self, expression: Expression, splice: Splice, inference: Inference) -> Iterator[Fault]:
        """Faults that do not hang on what a variable was replaced by, nor on a name that nobody was to know."""
        doubtful = _doubtful(splice)
        if expression.site.role == "variable":
            # Of its series a variable takes the labels alone.
            doubtful |= {rules.RAW_COUNTER.id}
        for fault in inference.faults:
            rule, start, end = fault.rule.id, fault.start, fault.end
            marked = splice.text[start:end]
            is_of_variable = rule in _ABOUT_VALUES or marked == ANYTHING
            if rule in doubtful or (is_of_variable and splice.is_put(start, end)):
                continue
            if rule == rules.SHORT_WINDOW.id and splice.is_put(start, end, "["):
                continue
            if self.is_partial and rule in _ABOUT_NAMES and not self._is_near(marked):
                continue
            yield fault

    def _is_near(self, name: str) -> bool:
        return ":" not in name and _first_word(name) in self._first_words


def _doubtful(splice: Splice) -> frozenset[str]:
    """The rules whose findings cannot be trusted in a reading."""
    if Reading.is_loose(splice.text):
        return frozenset(rules.RULES) - _OF_LOOSE
    # A label that must equal a variable has one value, but was left with all.
    has_one = any(old.startswith("=") and not old.startswith("=~") for old, new in splice.replaced() if new[:2] == "=~")
    return _OF_SEVERAL if has_one else frozenset()


def _first_word(name: str) -> str:
    return name.partition("_")[0]


def _finding(expression: Expression, splice: Splice, fault: Fault) -> Finding:
    start, end = splice.origin(fault.start, fault.end) if fault.end > fault.start else (0, 0)
    return Finding(
        rule=fault.rule, site=expression.site, message=fault.message, start=start, end=end, nearest=fault.nearest
    )


def _refusal(expression: Expression, splice: Splice, inference: Inference) -> Iterator[Finding]:
    """One finding for a text that cannot be parsed: another language, or a mistake."""
    found = dialect(splice.text)
    if found is None:
        yield from (_finding(expression, splice, fault) for fault in inference.faults)
        return
    start = max(expression.site.text.find(found.mark), 0)
    message = f"this is {found.language}, by {found.mark!r}; it was not checked"
    yield Finding(rule=OTHER_LANGUAGE, site=expression.site, message=message, start=start, end=start + len(found.mark))
