"""A node of a Redis cluster."""

from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

REDIS_CLUSTER_ENABLED = Gauge(
    name="redis_cluster_enabled", help="1 when the server is a node of a cluster.", unit=Unit.BOOLEAN
)
REDIS_CLUSTER_STATE = Gauge(
    name="redis_cluster_state", help="1 when the node can reach enough of the cluster to serve.", unit=Unit.BOOLEAN
)
REDIS_CLUSTER_SLOTS = Gauge(name="redis_cluster_slots_assigned", help="Slots that some node has.")
REDIS_CLUSTER_SLOTS_OK = Gauge(name="redis_cluster_slots_ok", help="Slots whose node answers.")
REDIS_CLUSTER_SLOTS_PFAIL = Gauge(name="redis_cluster_slots_pfail", help="Slots whose node does not answer this one.")
REDIS_CLUSTER_SLOTS_FAIL = Gauge(name="redis_cluster_slots_fail", help="Slots whose node is agreed to have failed.")
REDIS_CLUSTER_NODES = Gauge(name="redis_cluster_known_nodes", help="Nodes that this one knows.")
REDIS_CLUSTER_SIZE = Gauge(name="redis_cluster_size", help="Masters that have slots.")
REDIS_CLUSTER_EPOCH = Gauge(name="redis_cluster_current_epoch", help="The newest epoch of the cluster.")
REDIS_CLUSTER_MY_EPOCH = Gauge(name="redis_cluster_my_epoch", help="The epoch of this node's slots.")
REDIS_CLUSTER_SENT = Counter(name="redis_cluster_messages_sent_total", help="Messages sent to other nodes.")
REDIS_CLUSTER_RECEIVED = Counter(
    name="redis_cluster_messages_received_total", help="Messages received from other nodes."
)
REDIS_CLUSTER_LINKS_EXCEEDED = Counter(
    name="redis_cluster_links_buffer_limit_exceeded_total",
    help="Links to other nodes dropped because too much waited on them.",
)
