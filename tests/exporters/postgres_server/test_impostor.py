"""What a server that means harm can do: nothing to the exporter, and nothing to other targets."""

import struct

from tests.exporters.postgres_server.impostor import Impostor, row
from tests.exporters.probing import Exporter
from tests.plugins.exposition import selected, values
from watchbill.catalogue.exporter import COLLECTOR, REASON
from watchbill.catalogue.postgres_server.probe import PG_COLLECTOR_SUCCESS, PG_UP, PG_UP_REASON
from watchbill_exporters import PostgresSettings

_JSON, _NUMERIC = 114, 1700
_HUGE = struct.pack("!hhHhH", 1, 32_000, 0, 0, 1)


async def test_numbers_of_a_hundred_thousand_digits_cost_nothing() -> None:
    async with Impostor(kind=_NUMERIC, rows=row([_HUGE]) * 1_000) as impostor, _exporter(impostor) as exporter:
        answer = await exporter.probe("orders", scrape_timeout=4)
    assert answer.seconds < 4
    assert selected(answer.text, PG_COLLECTOR_SUCCESS, {COLLECTOR: "replication"}) == [0]


async def test_a_type_that_no_query_asks_for_is_not_decoded() -> None:
    async with Impostor(kind=_JSON, rows=row([b"1"])) as impostor, _exporter(impostor) as exporter:
        text = (await exporter.probe("orders", scrape_timeout=4)).text
    assert selected(text, PG_COLLECTOR_SUCCESS, {COLLECTOR: "replication"}) == [0]


async def test_a_server_that_never_ends_its_welcome_is_left() -> None:
    async with Impostor(talkative=True) as impostor, _exporter(impostor) as exporter:
        text = (await exporter.probe("orders", scrape_timeout=4)).text
    assert values(text, PG_UP) == [0]
    assert selected(text, PG_UP_REASON, {REASON: "protocol"}) == [1]


def _exporter(impostor: Impostor) -> Exporter:
    return Exporter(PostgresSettings(name="orders", address=impostor.address))
