"""Dashboards as text."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from watchbill import Service
from watchbill.stack import Stack
from watchbill_dashboards.overview import overview
from watchbill_dashboards.rendering import render, render_dashboards

Shop = Callable[..., Service]


def test_rendering_twice_gives_equal_bytes(shop: Shop) -> None:
    assert render(overview(shop())) == render(overview(shop()))


def test_bytes_do_not_depend_on_the_seed_of_hashes() -> None:
    """Sets have another order in another process."""
    program = (
        "from watchbill import Names, Redis, Service, availability\n"
        "from watchbill_dashboards.overview import overview\n"
        "from watchbill_dashboards.rendering import render\n"
        "from watchbill.team import Team\n"
        "team = Team('t', page=None, ticket=None)\n"
        "print(render(overview(Service('s', team=team, uses=[Redis('r')], objectives=[availability(99)]))), end='')\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(path for path in sys.path if path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_the_text_is_json_with_sorted_keys_and_ends_with_one_newline(shop: Shop) -> None:
    text = render(overview(shop()))
    assert text.endswith("}\n")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_nothing_in_it_tells_when_it_was_made(shop: Shop) -> None:
    dashboard = json.loads(render(overview(shop())))
    assert {"id", "iteration", "gnetId", "__inputs"}.isdisjoint(dashboard)
    assert (dashboard["schemaVersion"], dashboard["version"]) == (42, 1)


def test_a_stack_renders_one_file_for_each_service(shop: Shop) -> None:
    files = render_dashboards(Stack(shop()))
    assert set(files) == {PurePosixPath("shop-overview.json")}
    assert json.loads(files[PurePosixPath("shop-overview.json")])["uid"] == Path("shop-overview.json").stem
