"""Steady load on the shop, as a locust file: searches mostly, some products, a few checkouts."""

import random

from locust import HttpUser, constant_throughput, task
from requests import PreparedRequest

from watchbill_reference.shop.database import PRODUCTS

_SAMPLED = 20
_WORDS = ("red shirt", "blue lamp", "warm scarf", "light chair", "clock", "striped carpet", "green kettle", "mirror")
_NOT_SOLD = "purple submarine"
_PAYMENTS = ("card", "card", "card", "invoice", "voucher")


class Customer(HttpUser):
    """Four requests a second, with a few favourites that the cache can serve."""

    wait_time = constant_throughput(4)

    def on_start(self) -> None:
        """Come through a gateway that samples one request in twenty for tracing."""
        self.client.auth = _sampled

    @task(6)
    def search(self) -> None:
        """Look for something, mostly for what others look for too."""
        words = random.choice((*_WORDS, _NOT_SOLD))  # noqa: S311  # no secret depends on it
        self.client.get("/api/search", params={"q": words}, name="/api/search")

    @task(3)
    def product(self) -> None:
        """Look at one product."""
        number = random.randint(1, PRODUCTS)  # noqa: S311  # no secret depends on it
        self.client.get(f"/api/products/{number}", name="/api/products/{number}")

    @task(1)
    def checkout(self) -> None:
        """Buy."""
        basket = {"payment": random.choice(_PAYMENTS), "value": round(random.uniform(5, 150), 2)}  # noqa: S311  # as above
        self.client.post("/api/checkout", params=basket, name="/api/checkout")


def _sampled(request: PreparedRequest) -> PreparedRequest:
    if random.randrange(_SAMPLED) == 0:  # noqa: S311  # no secret depends on it
        trace, span = random.getrandbits(128), random.getrandbits(64)  # as above
        request.headers["traceparent"] = f"00-{trace:032x}-{span:016x}-01"
    return request
