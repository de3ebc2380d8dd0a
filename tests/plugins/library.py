"""Shelves and books: a database with a parent and its children, and an application that asks for them."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine, ForeignKey, create_engine, insert
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from tests.plugins.application import client, exposed, quiet
from watchbill import Observability
from watchbill.catalogue.database import N_PLUS_ONE
from watchbill.database.settings import Queries


class Base(AsyncAttrs, DeclarativeBase):
    """All tables."""


class Shelf(Base):
    """A parent."""

    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    """A child."""

    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    title: Mapped[str] = mapped_column(default="")


def filled(url: str) -> Engine:
    """An engine of a new database, with a hundred shelves of three books each."""
    made = create_engine(url)
    Base.metadata.create_all(made)
    with Session(made) as session:
        session.execute(insert(Shelf), [{"id": number} for number in range(1, 101)])
        session.execute(insert(Book), [{"shelf_id": number % 100 + 1} for number in range(300)])
        session.commit()
    return made


def watched(engine: Any, *, bound: int = 10, **given: Any) -> tuple[FastAPI, Observability]:
    """An application whose database is measured."""
    app = FastAPI()
    observability = quiet(**given).sqlalchemy(engine, name="library", queries=Queries(n_plus_one=bound))
    return app, observability.instrument(app)


async def called(app: FastAPI, page: Callable[..., Any], times: int = 1) -> None:
    """Calls a page of the application."""
    app.get("/page")(page)
    async with client(app) as calls:
        for _ in range(times):
            assert (await calls.get("/page")).status_code == 200


def found(observability: Observability) -> float:
    """How often the counter was raised."""
    return exposed(observability).value(N_PLUS_ONE)
