"""The shop's API under Watchbill."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from sqlalchemy.exc import SQLAlchemyError

import watchbill
from watchbill import Observability
from watchbill_reference.shop.cache import SECONDS_TO_LIVE, Answer, SearchCache
from watchbill_reference.shop.database import Products
from watchbill_reference.shop.metrics import BASKET_VALUE, ORDERS, SEARCHES
from watchbill_reference.shop.settings import Settings
from watchbill_reference.stack import shop


def create() -> FastAPI:
    """The application, configured by the environment."""
    settings = Settings.from_environment()
    products, cache = Products(settings), SearchCache(settings)
    obs = Observability(shop, version=watchbill.__version__)
    obs.sqlalchemy(products.engine, name="orders").redis(cache.client, name="cache")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await products.create()
        yield
        await cache.close()
        await products.close()

    app = FastAPI(title="shop", lifespan=lifespan)
    _add_catalogue(app, products, cache, obs)
    _add_checkout(app, obs)
    obs.instrument(app)
    return app


def _add_catalogue(app: FastAPI, products: Products, cache: SearchCache, obs: Observability) -> None:
    watched = obs.cache("search", layer="l2", ttl=SECONDS_TO_LIVE)
    searches = obs.counter(SEARCHES)

    @watched.loader
    async def found(text: str) -> Answer:
        return [product.as_dict() for product in await products.search(text)]

    get_or_load = watched(cache.get_or_load)

    @app.get("/api/search")
    async def search(q: Annotated[str, Query(min_length=1, max_length=80)]) -> Answer:
        """Products whose name holds the words asked for."""
        try:
            answer = await get_or_load(q.lower(), found)
        except SQLAlchemyError as error:
            raise HTTPException(503, "the database does not answer") from error
        searches.labels(result="found" if answer else "nothing").inc()
        return answer

    @app.get("/api/products/{number}")
    async def product(number: int) -> dict[str, int | str]:
        """One product."""
        try:
            one = await products.get(number)
        except SQLAlchemyError as error:
            raise HTTPException(503, "the database does not answer") from error
        if one is None:
            raise HTTPException(404, f"there is no product {number}")
        return one.as_dict()


def _add_checkout(app: FastAPI, obs: Observability) -> None:
    orders, basket_value = obs.counter(ORDERS), obs.histogram(BASKET_VALUE)

    @app.post("/api/checkout")
    async def checkout(
        delay: Annotated[float, Query(ge=0, le=10)] = 0,
        fail: bool = False,
        payment: Annotated[str, Query(max_length=20)] = "card",
        value: Annotated[Decimal, Query(gt=0)] = Decimal("19.90"),
    ) -> dict[str, str]:
        """Pretend to sell: as slow (`delay`, in seconds) and as broken (`fail`) as asked."""
        await asyncio.sleep(delay)
        if fail:
            raise HTTPException(500, "checkout failed, as asked")
        orders.labels(payment=payment).inc()
        basket_value.observe(value)
        return {"state": "sold"}
