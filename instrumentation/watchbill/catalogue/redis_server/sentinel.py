"""What a Sentinel knows of its masters."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.unit import Unit

REDIS_MASTER_NAME = Label(name="master_name", help="What Sentinel calls the master.", bound=64)
REDIS_MASTER_ADDRESS = Label(name="master_address", help="The master's host and port.", bound=64)
REDIS_MASTER_STATUS = Label(name="master_status", help="What this Sentinel thinks of the master.", bound=5)
REDIS_CKQUORUM_MESSAGE = Label(name="message", help="What Sentinel said of its quorum.", bound=64)
_MASTER = (REDIS_MASTER_NAME, REDIS_MASTER_ADDRESS)
REDIS_SENTINEL_MASTERS = Gauge(name="redis_sentinel_masters", help="Masters that this Sentinel watches.")
REDIS_SENTINEL_TILT = Gauge(
    name="redis_sentinel_tilt",
    help="1 while the Sentinel does not trust its clock and only watches.",
    unit=Unit.BOOLEAN,
)
REDIS_SENTINEL_RUNNING_SCRIPTS = Gauge(name="redis_sentinel_running_scripts", help="Notification scripts that run.")
REDIS_SENTINEL_SCRIPTS = Gauge(name="redis_sentinel_scripts_queue_length", help="Notification scripts that wait.")
REDIS_SENTINEL_SIMULATED = Gauge(
    name="redis_sentinel_simulate_failure_flags", help="Failures that somebody told the Sentinel to simulate."
)
REDIS_SENTINEL_STATUS = Gauge(
    name="redis_sentinel_master_status",
    help="Always 1; the label says what the Sentinel thinks of the master.",
    unit=Unit.BOOLEAN,
    labels=(*_MASTER, REDIS_MASTER_STATUS),
    at_most=64,
)
REDIS_SENTINEL_SLAVES = Gauge(
    name="redis_sentinel_master_slaves",
    help="Replicas of the master that the Sentinel knows.",
    labels=_MASTER,
    at_most=64,
)
REDIS_SENTINEL_OK_SLAVES = Gauge(
    name="redis_sentinel_master_ok_slaves", help="Those of them that answer.", labels=_MASTER, at_most=64
)
REDIS_SENTINEL_SENTINELS = Gauge(
    name="redis_sentinel_master_sentinels",
    help="Sentinels that watch the master, this one included.",
    labels=_MASTER,
    at_most=64,
)
REDIS_SENTINEL_OK_SENTINELS = Gauge(
    name="redis_sentinel_master_ok_sentinels",
    help="Those of them that answer, this one included.",
    labels=_MASTER,
    at_most=64,
)
REDIS_SENTINEL_CKQUORUM = Gauge(
    name="redis_sentinel_master_ckquorum_status",
    help="1 when enough Sentinels answer to replace the master.",
    unit=Unit.BOOLEAN,
    labels=(REDIS_MASTER_NAME, REDIS_CKQUORUM_MESSAGE),
    at_most=64,
)
REDIS_SENTINEL_QUORUM = Gauge(
    name="redis_sentinel_master_setting_ckquorum",
    help="Sentinels that must agree that the master is down.",
    labels=_MASTER,
    at_most=64,
)
REDIS_SENTINEL_FAILOVER_TIMEOUT = Gauge(
    name="redis_sentinel_master_setting_failover_timeout",
    help="Milliseconds a failover may take.",
    labels=_MASTER,
    at_most=64,
)
REDIS_SENTINEL_PARALLEL_SYNCS = Gauge(
    name="redis_sentinel_master_setting_parallel_syncs",
    help="Replicas that change to a new master at a time.",
    labels=_MASTER,
    at_most=64,
)
REDIS_SENTINEL_DOWN_AFTER = Gauge(
    name="redis_sentinel_master_setting_down_after_milliseconds",
    help="Milliseconds without an answer after which the master counts as down.",
    labels=_MASTER,
    at_most=64,
    community_name=True,
)
REDIS_SENTINEL_EPOCH = Gauge(
    name="redis_sentinel_master_config_epoch", help="How often the master was replaced.", labels=_MASTER, at_most=64
)
REDIS_SENTINEL_LAST_PING = Gauge(
    name="redis_sentinel_master_last_ok_ping_reply_seconds",
    help="Seconds since the master last answered a PING.",
    unit=Unit.SECONDS,
    labels=_MASTER,
    at_most=64,
)
