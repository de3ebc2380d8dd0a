"""Steady load on the filter, as a locust file: texts seen before, new ones, forbidden ones."""

import random

from locust import HttpUser, constant_throughput, task

from watchbill_reference.filter.verdict import BLOCKED_WORDS

_KNOWN = ("hello world", "a lovely day", "you are stupid", "see you at the casino", "thank you", "what a view")


class Author(HttpUser):
    """Four texts a second; half of them the filter has seen before."""

    wait_time = constant_throughput(4)

    @task(5)
    def known(self) -> None:
        """Say what everybody says."""
        self._publish(random.choice(_KNOWN))  # noqa: S311  # no secret depends on it

    @task(4)
    def new(self) -> None:
        """Say something new."""
        self._publish(f"news number {random.getrandbits(40)} of today")  # as above

    @task(1)
    def forbidden(self) -> None:
        """Say what may not be said."""
        self._publish(f"how to make a {random.choice(sorted(BLOCKED_WORDS))}")  # noqa: S311  # as above

    @task(1)
    def statistics(self) -> None:
        """Look at the totals."""
        self.client.get("/v1/statistics")

    def _publish(self, text: str) -> None:
        user = f"user-{random.randrange(100)}"  # noqa: S311  # as above
        self.client.post("/v1/filter", json={"text": text, "user": user})
