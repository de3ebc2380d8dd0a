"""The rights that the exporter's account needs on a Redis server, as the lines that grant them."""

_SIGN_IN = "ACL SETUSER {user} on >PASSWORD resetkeys resetchannels -@all +ping +client|setname"
_STATE = "+info +config|get +slowlog|get +slowlog|len +latency|latest +cluster|info +client|list"
ACL = f"{_SIGN_IN} {_STATE} +latency|histogram"
"""Makes an account that can read the server's state and no key; for Redis 7 and Valkey."""
ACL_OF_REDIS_6 = f"{_SIGN_IN} {_STATE}"
"""The same for Redis 6.2, which knows no LATENCY HISTOGRAM."""
ACL_OF_SENTINEL = (
    f"{_SIGN_IN} +info +client|list +sentinel|masters +sentinel|replicas +sentinel|sentinels +sentinel|ckquorum"
)
"""The same for a Sentinel."""
ACL_OF_KEYS = (
    "ACL SETUSER {user} %R~* +select +llen +scard +zcard +hlen +strlen +xlen +memory|usage +lindex +zrange +zcount"
    " +xinfo|stream +xinfo|groups +xinfo|consumers +xpending +xrange +hrandfield +get +mget +pttl"
)
"""Adds what declared keys, streams and queues need: to read, and nothing else; for Redis 7 and Valkey."""
ACL_OF_PREFIXES = "ACL SETUSER {user} %R~* +select +scan +dbsize +type +memory|usage +object|freq"
"""Adds what prefixes and samples need."""
ACL_ADD = "ACL SETUSER {user} +{right}"
KEYS = "keys"
"""Names the right to read declared keys, whichever command reads them."""
ACL_ADD_KEYS = "ACL SETUSER {user} %R~KEY"
"""Lets an account read one key, or a pattern of keys; for Redis 7 and Valkey."""
