"""What a span says of a Redis command: never a key, a value or a script."""

from typing import Any

from opentelemetry.semconv.attributes.db_attributes import (
    DB_NAMESPACE,
    DB_OPERATION_BATCH_SIZE,
    DB_OPERATION_NAME,
    DB_RESPONSE_STATUS_CODE,
    DB_SYSTEM_NAME,
)
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT

Attributes = dict[str, str | int | float | bool]
_FEWEST_IN_BATCH = 2


def attributes_of(client: Any, system: str, operation: str, size: int = 0) -> Attributes:
    """Those of an operation; the address is known where a client has one server."""
    found: Attributes = {DB_SYSTEM_NAME: system, DB_OPERATION_NAME: operation}
    if size >= _FEWEST_IN_BATCH:
        found[DB_OPERATION_BATCH_SIZE] = size
    settings = getattr(getattr(client, "connection_pool", None), "connection_kwargs", None)
    if settings is None:
        return found
    address = settings.get("host") or settings.get("path")
    if address:
        found[SERVER_ADDRESS] = str(address)
        found[DB_NAMESPACE] = str(settings.get("db") or 0)
        if "host" in settings:
            found[SERVER_PORT] = int(settings.get("port") or 6379)
    return found


def told(error: BaseException) -> BaseException:
    """The error without its text, which may quote keys and values: Redis' own code for it alone."""
    code = status_of(error)
    bare = type(error).__new__(type(error))
    bare.args = (code,) if code else ()
    return bare


def status_of(error: BaseException) -> str:
    """Redis' word for an error, such as WRONGTYPE, where the library leaves it in the text."""
    word = str(error.args[0]).partition(" ")[0] if error.args else ""
    return word if word.isalpha() and word.isupper() else ""


def with_status(attributes: Attributes, error: BaseException) -> Attributes:
    """The attributes, and Redis' word for the error."""
    code = status_of(error)
    if code:
        attributes[DB_RESPONSE_STATUS_CODE] = code
    return attributes
