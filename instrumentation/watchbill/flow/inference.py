"""From the text of an expression to what it gives, what it reads, and what is wrong with it."""

from weakref import WeakKeyDictionary

from watchbill.flow.flow import Inference
from watchbill.flow.memo import Memo
from watchbill.flow.vocabulary import Vocabulary

_MEMOS: WeakKeyDictionary[Vocabulary, Memo] = WeakKeyDictionary()


def infer(text: str, vocabulary: Vocabulary, *, scrape_interval: float = 15.0, is_alert: bool = False) -> Inference:
    """Reads an expression against the series that exist; never raises, whatever the text is.

    An alert's expression is its condition as well, so whether it can be true is checked too. Grafana's variables
    between brackets count as windows that are long enough. Expressions that differ only in the values of their
    matchers, as those of many alike services do, are read once for each vocabulary.
    Raises MissingExtra where promql-parser is not installed.
    """
    memo = _MEMOS.get(vocabulary)
    if memo is None:
        memo = _MEMOS[vocabulary] = Memo(vocabulary)
    return memo.infer(text, vocabulary, scrape_interval, is_alert=is_alert)
