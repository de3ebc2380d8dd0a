"""The one place that writes generated files, and the one that finds drift."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

RENDERED = "rendered"
LISTING = "GENERATED.md"
_LISTING_HEAD = """# Generated

`watchbill build` wrote these files from a stack file. Do not edit them: change the stack and build again.

"""


@dataclass(frozen=True, slots=True)
class Drift:
    """How a folder differs from what the stack renders to."""

    missing: tuple[PurePosixPath, ...]
    changed: tuple[PurePosixPath, ...]
    stale: tuple[PurePosixPath, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.stale)

    def lines(self) -> Iterable[str]:
        """One line a file, in a word and a path."""
        for word, paths in (("missing", self.missing), ("changed", self.changed), ("stale", self.stale)):
            for path in paths:
                yield f"{word:8} {path}"


def listed(files: Mapping[PurePosixPath, str]) -> dict[PurePosixPath, str]:
    """The files, with a list of them in each room's `rendered` folder."""
    rooms: dict[PurePosixPath, list[str]] = {}
    for path in sorted(files):
        room = PurePosixPath(*path.parts[: path.parts.index(RENDERED) + 1])
        rooms.setdefault(room, []).append(str(path.relative_to(room)))
    lists = {room / LISTING: _LISTING_HEAD + "".join(f"- {name}\n" for name in names) for room, names in rooms.items()}
    return {**files, **lists}


def drift(files: Mapping[PurePosixPath, str], folder: Path) -> Drift:
    """What `write` would change in a folder."""
    wanted = listed(files)
    present = {path for path in wanted if (folder / path).is_file()}
    changed = [path for path in present if (folder / path).read_bytes() != wanted[path].encode()]
    return Drift(
        missing=tuple(sorted(set(wanted) - present)),
        changed=tuple(sorted(changed)),
        stale=tuple(sorted(_written_before(wanted, folder) - set(wanted))),
    )


def write(files: Mapping[PurePosixPath, str], folder: Path) -> Drift:
    """Bring a folder up to date: touches only what differs, removes only what an earlier build wrote."""
    wanted = listed(files)
    difference = drift(files, folder)
    for path in difference.stale:
        (folder / path).unlink(missing_ok=True)
    for path in (*difference.missing, *difference.changed):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(wanted[path], encoding="utf-8")
    return difference


def _written_before(wanted: Mapping[PurePosixPath, str], folder: Path) -> set[PurePosixPath]:
    """Files that the listings of earlier builds name and that still exist."""
    found: set[PurePosixPath] = set()
    for listing in (path for path in wanted if path.name == LISTING):
        if (folder / listing).is_file():
            lines = (folder / listing).read_text(encoding="utf-8", errors="replace").splitlines()
            found |= {listing.parent / line[2:] for line in lines if line.startswith("- ")}
    inside = {path for path in found if not path.is_absolute() and ".." not in path.parts}
    return {path for path in inside if (folder / path).is_file()}
