"""What is instrumented beside applications: clients, engines, pools, brokers."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple, Protocol, cast
from weakref import ref

from watchbill.report import Entry

Key = tuple[str, int]


class Attachment(Protocol):
    """Our part in one object of another library, or in all of its objects."""

    @property
    def kind(self) -> str:
        """The integration, as in `redis`."""
        ...

    @property
    def target(self) -> object:
        """What it is in: a client, an engine; the library's module or class where it is in all of them."""
        ...

    def attach(self) -> None:
        """Puts it in. Raises InvalidDeclaration when the target is none of the library's."""
        ...

    def detach(self) -> None:
        """Takes it out: everything is as it was."""
        ...

    def entry(self) -> Entry:
        """What the report says of it."""
        ...


class Attachments:
    """Those of one Observability. A target has one attachment of a kind, whoever asked first.

    A target that can hold its attachment does: it is not kept alive, and what is instrumented and dropped is gone.
    """

    def __init__(self) -> None:
        self._notes: dict[tuple[str, str], Entry] = {}
        self._provisional: list[Attachment] = []

    def add(self, attachment: Attachment) -> bool:
        """Attaches it unless there is one; whether it did."""
        key = (attachment.kind, id(attachment.target))
        present = _ATTACHED.get(key)
        found = present.attachment() if present is not None else None
        # An id is given anew once its object is gone.
        if present is not None and found is not None and found.target is attachment.target:
            if present.owner is not self:
                subject = attachment.entry().subject
                self._notes[attachment.kind, subject] = Entry(subject, "off", "instrumented by another Observability")
            if all(one is not found for one in self._provisional):
                return False
            self.remove(found.target)
        attachment.attach()
        _ATTACHED[key] = Held(self, _reference(attachment, key))
        self.forget(attachment.kind)
        return True

    def yields(self, attachment: Attachment) -> None:
        """An attachment in place makes room for the next of its kind in the same target."""
        self._provisional.append(attachment)

    def note(self, kind: str, entry: Entry) -> None:
        """What the report says of something that is not attached, until one of its kind is."""
        self._notes[kind, entry.subject] = entry

    def forget(self, kind: str) -> None:
        """Takes back what was noted of a kind."""
        for noted in [one for one in self._notes if one[0] == kind]:
            self._notes.pop(noted)

    def remove(self, target: object) -> bool:
        """Detaches all that is in a target; whether there was something."""
        found = [one for one in self.all if one.target is target]
        for attachment in found:
            _ATTACHED.pop((attachment.kind, id(target)), None)
            (_place(target) or {}).pop(_mark(attachment.kind), None)
            self._provisional = [one for one in self._provisional if one is not attachment]
            attachment.detach()
        return bool(found)

    @property
    def all(self) -> list[Attachment]:
        """Those whose targets are still there, in the order they were added."""
        held = [one.attachment() for one in list(_ATTACHED.values()) if one.owner is self]
        return [one for one in held if one is not None]

    def of_kind(self, kind: str) -> list[Attachment]:
        """Those of one integration."""
        return [one for one in self.all if one.kind == kind]

    def clear(self) -> None:
        """Detaches everything."""
        for attachment in self.all:
            self.remove(attachment.target)

    def entries(self) -> list[Entry]:
        """What the report says."""
        return [*(one.entry() for one in self.all), *self._notes.values()]


class Held(NamedTuple):
    """An attachment in place, and whose it is."""

    owner: Attachments
    attachment: Callable[[], Attachment | None]


_ATTACHED: dict[Key, Held] = {}


def _reference(attachment: Attachment, key: Key) -> Callable[[], Attachment | None]:
    """Leaves an attachment to its target where that can hold it, so that the two are collected together."""
    place = _place(attachment.target)
    if place is None:
        return lambda: attachment
    try:
        found = ref(attachment, lambda gone: _forget(key, gone))
    except TypeError:
        return lambda: attachment
    place[_mark(attachment.kind)] = attachment
    return found


def _forget(key: Key, gone: object) -> None:
    held = _ATTACHED.get(key)
    if held is not None and held.attachment is gone:
        del _ATTACHED[key]


def _place(target: object) -> dict[str, Any] | None:
    """The attributes of an object; None for a module or a class, which stay, and where there are none to add to."""
    attributes: Any = getattr(target, "__dict__", None)
    if isinstance(target, type | ModuleType) or type(attributes) is not dict:
        return None
    return cast("dict[str, Any]", attributes)


def _mark(kind: str) -> str:
    return f"_watchbill_{kind}"
