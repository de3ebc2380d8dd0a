"""Why a check failed, in one line that a stranger may read."""

from watchbill.logs.secrets import redact

_LONGEST = 200


def reason_of(error: BaseException | str) -> str:
    """The first line of an error's text with its kind, without the secrets that its shape betrays."""
    if isinstance(error, str):
        return _shown(error)
    text = _text(error)
    kind = type(error).__name__
    return f"{kind}: {_shown(text)}" if text else kind


def _text(error: BaseException) -> str:
    try:
        return next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    except Exception:  # noqa: BLE001  an exception whose text cannot be made
        return ""


def _shown(text: str) -> str:
    text = redact(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
