"""The exporter's probe of a PostgreSQL server."""

from watchbill.catalogue.exporter import (
    collector_age,
    collector_dropped,
    collector_duration,
    collector_success,
    connect_time,
    permission,
    scrape_error,
    scrapes,
    up_reason,
)
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.unit import Unit

PG_UP = Gauge(name="pg_up", help="1 when the server answered in time.", unit=Unit.BOOLEAN)
PG_UP_REASON = up_reason("pg")
PG_PROBE_DURATION = Gauge(
    name="pg_exporter_last_scrape_duration_seconds", help="How long the whole probe took.", unit=Unit.SECONDS
)
PG_PING = Gauge(
    name="pg_exporter_last_scrape_ping_time_seconds", help="Round trip of one empty query.", unit=Unit.SECONDS
)
PG_COLLECTOR_SUCCESS = collector_success("pg")
PG_COLLECTOR_DURATION = collector_duration("pg")
PG_COLLECTOR_AGE = collector_age("pg")
PG_COLLECTOR_DROPPED = collector_dropped("pg")
PG_SCRAPE_ERROR = scrape_error("pg")
PG_PERMISSION = permission("pg")
PG_CONNECT_TIME = connect_time("pg")
PG_SCRAPES = scrapes("pg")
PG_DATABASE_READ = Gauge(
    name="pg_exporter_database_success",
    help="1 when the database beside the main one could be read in full.",
    unit=Unit.BOOLEAN,
    labels=(PG_DATABASE,),
)
