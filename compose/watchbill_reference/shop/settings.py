"""Where the shop finds its database and its cache; passwords come from files."""

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL


@dataclass(frozen=True, slots=True)
class Settings:
    """Addresses are host:port."""

    database_address: str
    database_password_file: Path
    cache_address: str
    cache_password_file: Path

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read `SHOP_*`; raises KeyError naming the variable that is missing."""
        return cls(
            database_address=os.environ["SHOP_DATABASE_ADDRESS"],
            database_password_file=Path(os.environ["SHOP_DATABASE_PASSWORD_FILE"]),
            cache_address=os.environ["SHOP_CACHE_ADDRESS"],
            cache_password_file=Path(os.environ["SHOP_CACHE_PASSWORD_FILE"]),
        )

    @property
    def database_url(self) -> URL:
        """SQLAlchemy's address of the database, with its password."""
        host, port = self.database_address.rsplit(":", 1)
        return URL.create(
            "postgresql+psycopg",
            username="shop",
            password=self.database_password_file.read_text(encoding="utf-8").strip(),
            host=host,
            port=int(port),
            database="shop",
        )
