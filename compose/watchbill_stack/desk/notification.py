"""What arrives in the inbox, from whichever receiver, in one shape."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One alert of one delivery; a message without structure (Slack) fills `summary` and `description` alone."""

    id: int
    received_at: str
    receiver: str
    status: str
    alertname: str = ""
    severity: str = ""
    service: str = ""
    summary: str = ""
    description: str = ""
    runbook_url: str = ""
    dashboard_url: str = ""
    starts_at: str = ""

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


def notifications(receiver: str, body: object, first_id: int) -> Iterator[Notification]:
    """The alerts of a delivery: an Alertmanager webhook or a Slack message. Raises ValueError for anything else."""
    content = _object(body)
    received_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    if isinstance(content.get("alerts"), list):
        found = [_from_alert(alert) for alert in _objects(content["alerts"])]
    elif "attachments" in content or "text" in content:
        found = [_from_slack(part) for part in _objects(content.get("attachments")) or [content]]
    else:
        raise ValueError("neither an Alertmanager webhook nor a Slack message")
    for offset, fields in enumerate(found):
        yield Notification(id=first_id + offset, received_at=received_at, receiver=receiver, **fields)


def _from_alert(alert: Mapping[str, object]) -> dict[str, str]:
    labels, annotations = _object(alert.get("labels")), _object(alert.get("annotations"))
    wanted = dict.fromkeys(("alertname", "severity", "service"), labels)
    wanted |= dict.fromkeys(("summary", "description", "runbook_url", "dashboard_url"), annotations)
    fields = {name: _text(source.get(name)) for name, source in wanted.items()}
    return {**fields, "status": _text(alert.get("status")), "starts_at": _text(alert.get("startsAt"))}


def _from_slack(message: Mapping[str, object]) -> dict[str, str]:
    status = "resolved" if message.get("color") == "good" else "firing"
    summary = _text(message.get("title") or message.get("fallback"))
    return {
        "status": status,
        "summary": summary,
        "description": _text(message.get("text")),
        "dashboard_url": _text(message.get("title_link")),
    }


def _text(value: object) -> str:
    """Text that has an encoding: JSON can spell half a character."""
    return "" if value is None else str(value).encode(errors="replace").decode()


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, object]]:
    return [_object(item) for item in cast("list[object]", value)] if isinstance(value, list) else []
