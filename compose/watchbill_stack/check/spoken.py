"""What the expressions of one service may say, recorded names included."""

from collections.abc import Collection
from dataclasses import dataclass

from watchbill.flow.flow import Inference
from watchbill.flow.inference import infer
from watchbill.flow.vocabulary import Vocabulary

_ANY_NAME = "__name__"


@dataclass(frozen=True, slots=True)
class Spoken:
    """`shared` is the whole without the service's `own` names: the same object for all services alike in the rest."""

    whole: Vocabulary
    shared: Vocabulary
    own: Collection[str] = ()

    def infer(self, text: str, scrape_interval: float, *, is_alert: bool) -> Inference:
        """An expression read against the whole; where it names nothing of the service's own, with all alike services.

        What is wrong is said in the words of the whole, whose names are the nearest.
        """
        if self.is_general(text):
            inference = infer(text, self.shared, scrape_interval=scrape_interval, is_alert=is_alert)
            if self.whole is self.shared or not inference.faults:
                return inference
        return infer(text, self.whole, scrape_interval=scrape_interval, is_alert=is_alert)

    def is_general(self, text: str) -> bool:
        """Whether an expression cannot read the service's own metrics."""
        return _ANY_NAME not in text and not any(name in text for name in self.own)
