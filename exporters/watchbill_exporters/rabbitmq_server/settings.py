"""What is configured of a RabbitMQ target."""

from dataclasses import dataclass
from typing import ClassVar

from watchbill.catalogue.rabbitmq import MOST_QUEUES
from watchbill_exporters.configuration.settings import Settings

DEFAULT_USER = "watchbill"
DEFAULT_TOP = 200
DEFAULT_VHOST = "/"
MOST_VHOSTS = 8
LARGEST_TOP = MOST_QUEUES


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitmqSettings(Settings):
    """The address is that of the management listener.

    `vhosts` and `queues` choose what is shown; none named means all. Of more than `top` queues those with the most
    messages are shown, beside the ones that are named in full. In `queues` and `dead_letter_queues` a * stands for any
    characters.
    """

    kind: ClassVar[str] = "rabbitmq"

    user: str = DEFAULT_USER
    vhosts: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    top: int = DEFAULT_TOP
    celery_queues: tuple[str, ...] = ()
    dead_letter_queues: tuple[str, ...] = ()
