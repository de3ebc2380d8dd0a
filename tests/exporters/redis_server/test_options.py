"""What a configuration declares of a Redis' keys, streams and queues."""

from pathlib import Path

import pytest

from watchbill_exporters import InvalidConfiguration, RedisSettings, load_configuration
from watchbill_exporters.redis_server.declared import (
    ArqApplication,
    CeleryApplication,
    DeadLetters,
    Declared,
    DeclaredKey,
    Prefixes,
)

_EVERYTHING = r"""
targets:
  cache:
    kind: redis
    address: "127.0.0.1:6379"
    lists: [mails, "a\x06\x16b"]
    sorted_sets: [later]
    streams: [events]
    keys:
      - {name: jobs, db: 3, type: list, time: meta.made, oldest: head}
      - {name: audit, db: 2, type: stream}
      - {name: due, type: sorted_set, scores: milliseconds}
    key_memory: false
    dead_letters:
      - {queue: images, key: images.failed, db: 1, type: set}
    celery:
      queues: [celery, images]
      db: 1
      priority_steps: [0, 5]
      separator: ":"
      unacked_key: taken
      unacked_index_key: taken_index
      key_prefix: shop.
      oldest: false
      read_unacked: 0
      label_prefix: shop/
      service_names: true
    arq:
      - {queues: ["arq:queue", "arq:slow"], db: 4}
    prefixes:
      - {names: ["session:"], db: 1, every: 60, seconds: 5, memory: false}
"""


def _declared(folder: Path, text: str) -> Declared:
    file = folder / "exporter.yaml"
    file.write_text(text, encoding="utf-8")
    settings = load_configuration(file).targets["cache"]
    assert isinstance(settings, RedisSettings)
    return settings.declared


def _mistakes(folder: Path, options: str) -> str:
    with pytest.raises(InvalidConfiguration) as mistakes:
        _declared(folder, f"targets:\n  cache:\n    kind: redis\n    address: 127.0.0.1:6379\n{options}")
    return str(mistakes.value)


def test_every_option_is_read(tmp_path: Path) -> None:
    assert _declared(tmp_path, _EVERYTHING) == Declared(
        keys=(
            DeclaredKey(name="jobs", database=3, type="list", time="meta.made", oldest="head"),
            DeclaredKey(name="due", type="sorted_set", scores="milliseconds"),
            DeclaredKey(name="mails"),
            DeclaredKey(name="a\x06\x16b"),
            DeclaredKey(name="later", type="sorted_set"),
        ),
        streams=(
            DeclaredKey(name="audit", database=2, type="stream"),
            DeclaredKey(name="events", type="stream"),
        ),
        key_memory=False,
        dead_letters=(DeadLetters(queue="images", key=DeclaredKey(name="images.failed", database=1, type="set")),),
        celery=(
            CeleryApplication(
                queues=("celery", "images"),
                database=1,
                priority_steps=(0, 5),
                separator=":",
                unacked_key="taken",
                unacked_index_key="taken_index",
                key_prefix="shop.",
                oldest=False,
                read_unacked=0,
                label_prefix="shop/",
                service_names=True,
            ),
        ),
        arq=(ArqApplication(queues=("arq:queue", "arq:slow"), database=4),),
        prefixes=(Prefixes(names=("session:",), database=1, every=60, seconds=5, memory=False),),
    )


def test_without_options_nothing_is_declared(tmp_path: Path) -> None:
    text = "targets:\n  cache:\n    kind: redis\n    address: 127.0.0.1:6379\n"
    assert _declared(tmp_path, text) == Declared()


def test_a_key_that_is_declared_twice_is_read_as_it_is_declared_in_detail(tmp_path: Path) -> None:
    text = _EVERYTHING.replace("lists: [mails,", "lists: [mails, due,")
    assert _declared(tmp_path, text) == _declared(tmp_path, _EVERYTHING)


@pytest.mark.parametrize(
    ("options", "cause", "remedy"),
    [
        ("    keys: [{db: 1}]\n", "has no 'name'", "give the key's name"),
        ("    keys: [{name: a, type: strean}]\n", "'type' of key 1", "use one of: list, set, sorted_set"),
        ("    keys: [{name: a, db: -1}]\n", "'db' of key 1", "give a whole number from 0"),
        ("    keys: [{name: a, tipe: list}]\n", "unknown key 'tipe'", "did you mean 'type'?"),
        ("    keys: [{name: a, type: set, time: at}]\n", "has 'time', which a set has not", "use type: list"),
        ("    keys: [{name: a, oldest: left}]\n", "'oldest' of key 1", "use one of: head, tail"),
        ("    dead_letters: [{key: a}]\n", "has no 'queue'", "give the queue's name"),
        ("    celery: {db: 1}\n", "has no 'queues'", "list the queues"),
        ("    celery: {queues: [a], priority_steps: [x]}\n", "priority_steps", "give whole numbers from 0 to 255"),
        ("    celery: [{queues: [a]}, {queues: [a], db: 1}]\n", "queues of the same name", "give one"),
        ("    arq: [{}, {db: 1}]\n", "queues of the same name", "a label_prefix"),
        ("    prefixes: {every: 60}\n", "has no 'names'", "list the prefixes"),
        ('    prefixes: {names: ["a:"], every: 1}\n', "'every' of prefixes", "give seconds from 10 to 86400"),
        ('    prefixes: [{names: ["a:"]}, {names: ["b:"]}]\n', "prefixes of database 0 twice", "put them together"),
    ],
)
def test_a_mistake_names_its_line_its_cause_and_its_remedy(
    tmp_path: Path, options: str, cause: str, remedy: str
) -> None:
    told = _mistakes(tmp_path, options)

    assert "exporter.yaml:5: " in told
    assert cause in told
    assert remedy in told


def test_more_queues_under_the_names_of_services_than_those_may_have_are_refused(tmp_path: Path) -> None:
    queues = ", ".join(f"q{number}" for number in range(31))
    assert "more than 30 queues" in _mistakes(tmp_path, f"    celery: {{queues: [{queues}], service_names: true}}\n")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = _mistakes(tmp_path, "    keys: [{db: 1}]\n    celery: {db: 1}\n    prefixes: {every: 60}\n")
    assert [part in told for part in ("'name'", "'queues'", "'names'")] == [True, True, True]
