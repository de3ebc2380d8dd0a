"""An error that nobody foresaw, in words that hold nothing a server sent."""

from pathlib import PurePath


def place_of(error: Exception) -> str:
    """The error's class and the line that raised it; its message may repeat data or a secret."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} at {PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
