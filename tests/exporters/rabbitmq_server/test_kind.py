"""The options of a RabbitMQ target, and the mistakes one can make in them."""

from pathlib import Path

import pytest

from watchbill_exporters import InvalidConfiguration, load_configuration
from watchbill_exporters.kinds import KINDS
from watchbill_exporters.rabbitmq_server.rights import MONITORING, VHOST
from watchbill_exporters.rabbitmq_server.settings import RabbitmqSettings


def loaded(tmp_path: Path, *lines: str) -> RabbitmqSettings:
    """The settings of one target with these lines."""
    path = tmp_path / "exporter.yaml"
    head = ("kind: rabbitmq", "address: mq.example:15672")
    path.write_text("targets:\n  broker:\n" + "".join(f"    {line}\n" for line in (*head, *lines)))
    settings = load_configuration(path, {}).targets["broker"]
    assert isinstance(settings, RabbitmqSettings)
    return settings


def test_what_the_page_shows_loads(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "exporters" / "RABBITMQ.md"
    (example,) = (
        part.removeprefix("yaml\n") for part in page.read_text().split("```")[1::2] if part.startswith("yaml")
    )
    (tmp_path / "exporter.yaml").write_text(example)
    settings = load_configuration(tmp_path / "exporter.yaml", {}).targets["broker"]
    assert isinstance(settings, RabbitmqSettings)
    assert [key for key in KINDS[settings.kind].keys if f"{key}:" not in example] == []


def test_options_are_read(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path, "password_file: secret", "vhosts: [/, shop]", 'queues: ["a.*"]', "top: 7", "celery_queues: [images]"
    )
    assert (settings.user, settings.vhosts, settings.queues) == ("watchbill", ("/", "shop"), ("a.*",))
    assert (settings.top, settings.celery_queues) == (7, ("images",))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), "3: target 'broker' has no 'password_file'"),
        (("password_file: secret", "user: 'a:b'"), "6: target 'broker' has a user with a colon"),
        (("password_file: secret", "top: 501"), "6: 'top' of target 'broker' is out of range"),
        (("password_file: secret", f"queues: ['{'x' * 6001}']"), "6: 'queues' of target 'broker' is too long"),
        (
            # Each dot takes four characters of a request, and names of both lists stand in it together.
            ("password_file: secret", f"queues: ['{'a.' * 700}']", f"celery_queues: ['{'b.' * 700}']"),
            "6: 'queues' of target 'broker' is too long",
        ),
        (
            ("password_file: secret", f"dead_letter_queues: ['{'é' * 1100}']"),
            "6: 'dead_letter_queues' of target 'broker' is too long",
        ),
        (("password_file: secret", "queue: a"), "6: target 'broker' has the unknown key 'queue'"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidConfiguration) as failure:
        loaded(tmp_path, *lines)
    assert message in str(failure.value)


def test_the_line_that_grants_a_right_names_the_account(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "password_file: secret", "user: eye", "vhosts: [shop]")
    remedy = KINDS[RabbitmqSettings.kind].remedy
    assert remedy(settings, MONITORING) == "rabbitmqctl set_user_tags eye monitoring"
    assert remedy(settings, VHOST) == "rabbitmqctl set_permissions -p shop eye '^$' '^$' '^$'"
