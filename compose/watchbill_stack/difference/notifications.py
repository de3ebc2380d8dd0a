"""Routes, receivers and inhibitions of alertmanager.yml that came, went or changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from watchbill.catalogue import DEPENDENCY
from watchbill.catalogue.watching import ALERT_NAME
from watchbill_stack.difference.change import Change, Verb
from watchbill_stack.difference.leaves import differences
from watchbill_stack.difference.rule import listed, mappings
from watchbill_stack.difference.state import Content

_TIMING = ("group_by", "group_wait", "group_interval", "repeat_interval", "continue")
_MUTING = ("mute_time_intervals", "active_time_intervals")
_READ = {"route", "receivers", "inhibit_rules"}


def notification_changes(before: Content, after: Content, known: Mapping[str, Change]) -> Iterator[Change]:
    """Every change of who hears of what, and of what is silent meanwhile.

    `known` are alerts, `dependency=NAME` and `service=NAME` that came or went: inhibitions that change for them alone
    are carried by their changes.
    """
    yield from _routes(dict(_flat(before.get("route"))), dict(_flat(after.get("route"))))
    yield from _receivers(_named(before), _named(after))
    rules = [[*mappings(content.get("inhibit_rules"))] for content in (before, after)]
    for change, words in _inhibitions(*rules):
        if all(word in known for word in words):
            known[words[0]].carries("inhibitions")
        else:
            yield change
    for path, one, other in differences(_unread(before), _unread(after)):
        yield Change("route", path.replace(".", " ", 1), "changed", f"{one} → {other}")


def _unread(content: Content) -> Content:
    return {key: value for key, value in content.items() if key not in _READ}


def _flat(route: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Content]]:
    """Every route by the matchers that lead to it."""
    if not isinstance(route, dict):
        return
    content = cast("Content", route)
    yield path, content
    for child in mappings(content.get("routes")):
        yield from _flat(child, (*path, _matchers(child.get("matchers"))))


def _matchers(value: object) -> str:
    return ", ".join(map(str, listed(value))) or "everything"


def _routes(before: Mapping[tuple[str, ...], Content], after: Mapping[tuple[str, ...], Content]) -> Iterator[Change]:
    for path in {**before, **after}:
        name = " → ".join(path) or "what nobody claims"
        old, new = before.get(path), after.get(path)
        if old is None or new is None:
            receiver = (new or old or {}).get("receiver")
            verb: Verb = "removed" if new is None else "added"
            yield Change("route", name, verb, f"{verb}: {'notified' if new is None else 'notifies'} {receiver}")
            continue
        details = [f"notifies {old.get('receiver')} → {new.get('receiver')}"]
        details = details if old.get("receiver") != new.get("receiver") else []
        details += [
            f"{key} {_shown(old.get(key))} → {_shown(new.get(key))}" for key in _TIMING if old.get(key) != new.get(key)
        ]
        details += [
            f"{key} {_shown(old.get(key) or 'none')} → {_shown(new.get(key) or 'none')}"
            for key in _MUTING
            if old.get(key) != new.get(key)
        ]
        if details:
            yield Change("route", name, "changed", ", ".join(details))


def _shown(value: object) -> str:
    return ", ".join(map(str, cast("list[object]", value))) if isinstance(value, list) else str(value or "inherited")


def _named(content: Content) -> dict[str, Content]:
    return {str(one.get("name")): one for one in mappings(content.get("receivers"))}


def _receivers(before: Mapping[str, Content], after: Mapping[str, Content]) -> Iterator[Change]:
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old is None:
            yield Change("receiver", name, "added", f"added: {_ways(new)}")
        elif new is None:
            yield Change("receiver", name, "removed")
        elif old != new:
            yield Change("receiver", name, "changed", ", ".join(_receiver_details(old, new)))


def _receiver_details(old: Content, new: Content) -> Iterator[str]:
    """A way that came or went is named alone: all that it sets came or went with it."""
    ways = _ways(old), _ways(new)
    if ways[0] != ways[1]:
        yield f"{ways[0]} → {ways[1]}"
    kept = old.keys() & new.keys()
    both = [{key: one[key] for key in one if key in kept} for one in (old, new)]
    yield from (f"{path} {one} → {other}" for path, one, other in differences(both[0], both[1]))


def _ways(receiver: Content | None) -> str:
    kinds = [key.removesuffix("_configs") for key in receiver or {} if key.endswith("_configs")]
    return ", ".join(kinds) or "notifies nobody"


def _inhibitions(before: Sequence[Content], after: Sequence[Content]) -> Iterator[tuple[Change, list[str]]]:
    """Every change with the words that came or went in it."""
    removed = [one for one in before if one not in after]
    for new in (one for one in after if one not in before):
        old = next((one for one in removed if _near(one, new)), None)
        if old is None:
            yield Change("inhibition", _source(new), "added", f"silences {_targets(new)}{_equal(new)}"), _narrow(new)
            continue
        removed.remove(old)
        detail, words = _inhibition_details(old, new)
        yield Change("inhibition", _source(old), "changed", detail), words
    for old in removed:
        yield Change("inhibition", _source(old), "removed", f"no longer silences {_targets(old)}"), _narrow(old)


def _near(old: Content, new: Content) -> bool:
    """Whether two rules agree in two of their three parts."""
    parts = ("source_matchers", "target_matchers", "equal")
    return len([part for part in parts if old.get(part) == new.get(part)]) == len(parts) - 1


def _inhibition_details(old: Content, new: Content) -> tuple[str, list[str]]:
    if old.get("equal") != new.get("equal"):
        return f"when both agree in {_shown(old.get('equal'))} → {_shown(new.get('equal'))}", ["equal"]
    is_source = old.get("source_matchers") != new.get("source_matchers")
    key = "source_matchers" if is_source else "target_matchers"
    one, other = _words(old.get(key)), _words(new.get(key))
    gone, come = [word for word in one if word not in other], [word for word in other if word not in one]
    verbs = ("no longer while", "also while") if is_source else ("no longer silences", "silences")
    said = [f"{verb} {', '.join(words)}" for verb, words in zip(verbs, (gone, come), strict=True) if words]
    return ", ".join(said) or "other matchers", [*gone, *come] or ["other"]


def _narrow(rule: Content) -> list[str]:
    """The words of a rule's source that are of one dependency, or all of them."""
    words = _words(rule.get("source_matchers"))
    own = [word for word in words if word.startswith(f"{DEPENDENCY.name}=")]
    return own or words or ["any"]


def _words(matchers: object) -> list[str]:
    """Each value of the matchers' alternatives, so that one more alert is one word more."""
    found: list[str] = []
    for matcher in listed(matchers):
        name, quote, rest = str(matcher).partition('"')
        label = name.rstrip("=~!")
        operator = "!=" if "!" in name else "="
        values = rest.strip('"').split("|") if quote else [""]
        found += [value if label == ALERT_NAME.name else f"{label}{operator}{value}" for value in values]
    return found


def _source(rule: Content) -> str:
    return " ".join(_words(rule.get("source_matchers"))) or "anything"


def _targets(rule: Content) -> str:
    return ", ".join(_words(rule.get("target_matchers"))) or "everything"


def _equal(rule: Content) -> str:
    return f" of the same {_shown(rule.get('equal'))}" if rule.get("equal") else ""
