"""Products in PostgreSQL, through SQLAlchemy's asyncio."""

from collections.abc import Sequence

from sqlalchemy import Index, String, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from watchbill_reference.shop.settings import Settings

PRODUCTS = 2000
_ADJECTIVES = ("red", "blue", "green", "small", "large", "soft", "warm", "light", "plain", "striped")
_NOUNS = ("shirt", "scarf", "lamp", "chair", "kettle", "carpet", "mirror", "jacket", "basket", "clock")


class Base(DeclarativeBase):
    """The shop's tables."""


class Product(Base):
    """Something the shop sells; the price is in cents."""

    __tablename__ = "products"
    __table_args__ = (Index("products_name", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    price: Mapped[int]

    def as_dict(self) -> dict[str, int | str]:
        """The product as the API answers it."""
        return {"id": self.id, "name": self.name, "price": self.price}


class Products:
    """The shop's only repository."""

    def __init__(self, settings: Settings) -> None:
        self.engine: AsyncEngine = create_async_engine(
            settings.database_url, pool_size=5, max_overflow=5, pool_timeout=2, connect_args={"connect_timeout": 2}
        )
        self._sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)

    async def create(self) -> None:
        """Make the tables and fill them, unless they are there."""
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with self._sessions.begin() as session:
            if await session.scalar(select(func.count()).select_from(Product)) == 0:
                session.add_all(_product(number) for number in range(1, PRODUCTS + 1))

    async def search(self, text: str, limit: int = 20) -> Sequence[Product]:
        """Products whose name holds every word of the text, in the order given, cheapest first."""
        pattern = "%" + "%".join(word.replace("\\", r"\\").replace("%", r"\%") for word in text.split()) + "%"
        statement = select(Product).where(Product.name.like(pattern)).order_by(Product.price).limit(limit)
        async with self._sessions() as session:
            return (await session.scalars(statement)).all()

    async def get(self, number: int) -> Product | None:
        """One product, or None."""
        async with self._sessions() as session:
            return await session.get(Product, number)

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _product(number: int) -> Product:
    adjective = _ADJECTIVES[number % len(_ADJECTIVES)]
    noun = _NOUNS[number // len(_ADJECTIVES) % len(_NOUNS)]
    return Product(id=number, name=f"{adjective} {noun} {number}", price=500 + number * 37 % 9500)
