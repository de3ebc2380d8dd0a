"""Addresses as messages may show them."""


def without_credentials(address: str) -> str:
    """The address without what stands before an @, which may hold a password, however it is written."""
    scheme, separator, rest = address.rpartition("://")
    return f"{scheme}{separator}…@{rest.rpartition('@')[2]}" if "@" in rest else address
