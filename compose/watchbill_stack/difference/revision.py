"""Generated files as a git revision holds them, read without touching the working tree."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from watchbill.errors import WatchbillError
from watchbill_stack.output import RENDERED

_REGULAR = {b"100644", b"100755"}


class NoRevision(WatchbillError, LookupError):
    """A revision cannot be read: git is missing, there is no repository, or it does not know the revision."""


def rendered_at(revision: str, folder: Path) -> tuple[str, Mapping[PurePosixPath, bytes]]:
    """The revision's commit and every file of `*/rendered/` below a folder of a repository, by path from there.

    Raises NoRevision.
    """
    if not revision or revision.startswith("-"):
        raise NoRevision(f"{revision!r} is no revision: give a branch, a tag or a commit")
    try:
        _git(folder, "rev-parse", "--is-inside-work-tree")
    except NoRevision as error:
        raise NoRevision(f"{error}; give a folder with rendered output as BASE") from None
    named = _git(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", accepted=(0, 1, 128)
    )
    commit = named.decode().strip()
    if not commit:
        raise NoRevision(
            f"git knows no revision {revision!r}, and no folder of that name holds rendered output;"
            " a shallow clone lacks older revisions until `git fetch --unshallow`"
        )
    blobs = dict(_blobs(_git(folder, "ls-tree", "-r", "-z", commit)))
    return commit, dict(zip(blobs, _contents(folder, tuple(blobs.values())), strict=True))


def _blobs(listing: bytes) -> Iterator[tuple[PurePosixPath, bytes]]:
    for entry in filter(None, listing.split(b"\0")):
        head, _, name = entry.partition(b"\t")
        mode, _, identity = head.split(b" ")
        path = PurePosixPath(name.decode("utf-8", "surrogateescape"))
        if mode in _REGULAR and len(path.parts) > 2 and path.parts[1] == RENDERED:
            yield path, identity


def _contents(folder: Path, identities: tuple[bytes, ...]) -> Iterator[bytes]:
    if not identities:
        return
    answer = _git(folder, "cat-file", "--batch", given=b"\n".join(identities) + b"\n")
    position = 0
    for _ in identities:
        end = answer.index(b"\n", position)
        size = int(answer[position:end].rsplit(b" ", 1)[1])
        yield answer[end + 1 : end + 1 + size]
        position = end + 1 + size + 1


def _git(folder: Path, *arguments: str, given: bytes = b"", accepted: tuple[int, ...] = (0,)) -> bytes:
    command = ("git", "-C", str(folder), *arguments)
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False, env=environment)  # noqa: S603  # no shell, and no argument of the user's can be an option
    except FileNotFoundError:
        raise NoRevision("git is not installed; give a folder with rendered output as BASE") from None
    if done.returncode not in accepted:
        raise NoRevision(f"git {arguments[0]} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
