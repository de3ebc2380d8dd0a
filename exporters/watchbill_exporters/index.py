"""The page at `/`: what can be probed."""

from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

from watchbill_exporters.configuration.settings import Settings

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Watchbill exporter</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem }</style>
<h1>Watchbill exporter</h1>
<p><a href="metrics">Metrics of the exporter itself</a> · <a href="-/healthy">Health</a></p>
<h2>Targets</h2>
"""


def page(targets: Iterable[Settings]) -> str:
    """HTML with a link to the probe of each target; addresses and accounts are not shown."""
    lines = [
        f'<li><a href="probe?{escape(urlencode({"target": target.name}))}">{escape(target.name)}</a>'
        f" ({escape(target.kind)})</li>"
        for target in targets
    ]
    return _HEAD + ("<ul>\n" + "\n".join(lines) + "\n</ul>\n" if lines else "<p>None is configured.</p>\n")
