"""Peers' metrics that the exporter does not expose, and why."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Names, with `*` for any letters, and the reason."""

    names: str
    why: str

    def covers(self, name: str) -> bool:
        """Whether a metric is one of them."""
        return fnmatchcase(name, self.names)


LEFT_OUT = (
    LeftOut("redis_key_value_as_string", "contents of keys never become labels"),
    LeftOut("redis_number_of_distinct_key_groups", "groups are the prefixes that the configuration declares"),
    LeftOut("redis_last_key_groups_scrape_duration_milliseconds", "as above"),
    LeftOut("redis_connected_clients_details", "one series for each connection that comes and goes, under an old name"),
    LeftOut("redis_exporter_build_info", "the exporter has build_info of its own"),
    LeftOut("redis_exporter_scrape_duration_seconds", "the duration of the last probe has its own metric"),
    LeftOut("redis_target_scrape_request_errors_total", "counts bad requests; the exporter's own page does so"),
    LeftOut(
        "redis_cluster_stats_messages_*", "messages between nodes by kind; those sent and received are shown in all"
    ),
    LeftOut("pg_stat_database_*_time", "milliseconds without a type; newer names in seconds are shown"),
    LeftOut("pg_stat_wal_receiver_status", "a number for a word, which is a label of the others"),
    LeftOut("pg_stat_wal_receiver_upstream_node", "a number that one tool writes into the names of slots"),
    LeftOut("pg_settings_*", "an allow list of the settings that matter, not all 350"),
)


def reason_for(name: str) -> str | None:
    """Why a peer's metric is not exposed; None when nobody decided that."""
    return next((one.why for one in LEFT_OUT if one.covers(name)), None)
