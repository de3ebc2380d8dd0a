"""When to ask again."""

_TREMBLE = 0.05


def is_due(since: float, interval: float) -> bool:
    """Whether so many seconds after the last asking began it is time for the next.

    A scraper with the same interval comes now and then a little early: it would be turned away each second time.
    """
    return since >= interval * (1 - _TREMBLE)
