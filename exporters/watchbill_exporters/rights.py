"""The rights that the exporter's accounts need, as the lines that grant them."""

from watchbill_exporters.configuration.settings import PostgresSettings, RedisSettings, Settings

REDIS_ACL = "ACL SETUSER {user} on >PASSWORD resetkeys resetchannels -@all +ping +info +config|get +client|setname"
"""Makes an account that can read the server's state and no key."""
REDIS_ACL_ADD = "ACL SETUSER {user} +{right}"
POSTGRES_ROLE = "CREATE ROLE {user} LOGIN PASSWORD 'PASSWORD'"
POSTGRES_GRANT = "GRANT pg_monitor TO {user}"


def remedy_for(settings: Settings, right: str) -> str:
    """The line that gives a target's account a right it lacks."""
    match settings:
        case RedisSettings():
            return REDIS_ACL_ADD.format(user=settings.username or "default", right=right)
        case PostgresSettings():
            return POSTGRES_GRANT.format(user='"' + settings.user.replace('"', '""') + '"')
        case _:
            return f"grant {right}"
