"""Prometheus' configuration is accepted by Prometheus and scrapes what the stack declares."""

import subprocess
from pathlib import Path

import yaml

from watchbill import Postgres, Redis, Service, Team
from watchbill.catalogue import DEPENDENCY, SERVICE
from watchbill.profile import Profile
from watchbill.service import TAKEN_NAMES
from watchbill_stack import Slack, Stack, Webhook
from watchbill_stack.prometheus import render_prometheus


def _stack() -> Stack:
    team = Team("shop", page=Webhook("https://pager.example.com"), ticket=Slack("#shop", url_file="/run/secrets/slack"))
    uses = [Redis("cache", address="redis:6379"), Redis("sessions", address="redis:6380"), Postgres("orders")]
    return Stack(Service("shop", team=team, targets=["a:8000", "b:8000"], uses=uses), exporter="exporter:9121")


def _rendered() -> str:
    return render_prometheus(
        _stack(),
        Profile.production(),
        rules=["rules/*.yaml"],
        alertmanager="alertmanager:9093",
        prometheus="127.0.0.1:9090",
    )


def test_promtool_accepts_it(tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(_rendered())

    done = subprocess.run(["promtool", "check", "config", file], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_every_target_of_a_service_carries_its_name() -> None:
    jobs = {job["job_name"]: job for job in yaml.safe_load(_rendered())["scrape_configs"]}

    (targets,) = jobs["shop"]["static_configs"]
    assert targets["targets"] == ["a:8000", "b:8000"]
    assert targets["labels"][SERVICE.name] == "shop"


def test_every_dependency_is_probed_by_name_through_the_exporter() -> None:
    jobs = {job["job_name"]: job for job in yaml.safe_load(_rendered())["scrape_configs"]}

    probed = [(one["targets"], one["labels"]) for one in jobs["redis"]["static_configs"]]
    assert probed == [(["cache"], {DEPENDENCY.name: "cache"}), (["sessions"], {DEPENDENCY.name: "sessions"})]
    assert jobs["redis"]["metrics_path"] == "/probe"
    assert jobs["redis"]["relabel_configs"][-1] == {"target_label": "__address__", "replacement": "exporter:9121"}


def test_no_service_can_take_the_name_of_another_job() -> None:
    jobs = {job["job_name"] for job in yaml.safe_load(_rendered())["scrape_configs"]}

    assert jobs - {"shop"} <= TAKEN_NAMES


def test_no_scrape_takes_longer_than_its_interval() -> None:
    for profile in (Profile.production(), Profile.development()):
        text = render_prometheus(_stack(), profile, rules=[], alertmanager="a:1", prometheus="p:1")
        settings = yaml.safe_load(text)["global"]
        assert int(settings["scrape_timeout"][:-1]) <= int(settings["scrape_interval"][:-1])
