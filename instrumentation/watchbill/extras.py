"""Optional libraries: asked for where they are needed, and named in one error where they are missing."""

from importlib import import_module
from types import ModuleType

from watchbill.errors import MissingExtra


def required(module: str, *, needed_by: str, distribution: str = "", extra: str = "") -> ModuleType:
    """Imports a library's module.

    Raises MissingExtra when the library is not installed; distribution and extra are called as the module is where
    nothing else is given. What the library itself misses is passed on as it is.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != library:
            raise
        raise MissingExtra(needed_by=needed_by, distribution=distribution or library, extra=extra or library) from None
