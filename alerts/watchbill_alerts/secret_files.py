"""What a development stack writes into secret files, so that receivers find their address there."""

from collections.abc import Mapping
from pathlib import Path

from watchbill.stack import Stack
from watchbill_alerts.receivers import Slack
from watchbill_alerts.routes import receivers


def secret_files(stack: Stack) -> Mapping[Path, str]:
    """The content of each secret file that receivers moved by `delivered_to` read; empty for any other stack."""
    files: dict[Path, str] = {}
    for receiver in receivers(stack).values():
        if isinstance(receiver, Slack):
            files |= receiver.secret_files()
    return files
