"""PostgreSQL as a kind of target."""

from collections.abc import Iterable

from watchbill.catalogue.postgres_server.indexes import MOST_INDEXES
from watchbill.catalogue.postgres_server.statements import MOST_STATEMENTS
from watchbill.catalogue.postgres_server.tables import MOST_TABLES
from watchbill_exporters.advice import Advice, Findings
from watchbill_exporters.configuration.section import Section
from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.kind import Kind
from watchbill_exporters.postgres_server.rights import GRANT
from watchbill_exporters.postgres_server.settings import (
    DEFAULT_DATABASE,
    DEFAULT_INDEXES,
    DEFAULT_STATEMENTS,
    DEFAULT_TABLES,
    DEFAULT_USER,
    PostgresSettings,
)
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.session import Driver


def _settings(section: Section, common: Settings) -> PostgresSettings:
    database, user = section.text("database"), section.text("user")
    return PostgresSettings.of(
        common,
        database=database or DEFAULT_DATABASE,
        user=user or DEFAULT_USER,
        databases=tuple(section.texts("databases")),
        exclude_databases=tuple(section.texts("exclude_databases")),
        aliases=section.flag("aliases", default=True),
        tables=_number(section, "tables", DEFAULT_TABLES, MOST_TABLES),
        indexes=_number(section, "indexes", DEFAULT_INDEXES, MOST_INDEXES),
        statements=_number(section, "statements", DEFAULT_STATEMENTS, MOST_STATEMENTS // 2),
    )


def _number(section: Section, key: str, default: int, most: int) -> int:
    number = section.whole(key, least=1, most=most)
    return default if number is None else number


def _driver(settings: PostgresSettings, resolver: Resolver) -> Driver:
    from watchbill_exporters.postgres_server.driver import PostgresDriver  # for such targets alone

    return PostgresDriver(settings, resolver)


def _remedy(settings: PostgresSettings, right: str) -> str:
    role = '"' + settings.user.replace('"', '""') + '"'
    return GRANT.format(right=right, user=role)


def _advice(findings: Findings) -> Iterable[Advice]:
    from watchbill_exporters.postgres_server.advice import advice  # for such targets alone

    return advice(findings)


KIND = Kind(
    name=PostgresSettings.kind,
    keys=("database", "user", "databases", "exclude_databases", "aliases", "tables", "indexes", "statements"),
    settings=_settings,
    driver=_driver,
    remedy=_remedy,
    advice=_advice,
)
