"""A service and a stack with nothing but what a test is about."""

from typing import Any

from watchbill.profile import Profile
from watchbill.service import Service
from watchbill.stack import Stack
from watchbill.team import Team
from watchbill_alerts.receivers import Slack
from watchbill_stack.cost.estimate import Estimate
from watchbill_stack.cost.prediction import Prediction, predict

PACE = Profile.production()


def service(name: str = "shop", **changes: Any) -> Service:
    """A service of one target."""
    channel = Slack("#storefront", url_file="/run/secrets/slack")
    declaration: dict[str, Any] = {
        "team": Team("storefront", page=channel, ticket=channel),
        "targets": [f"{name}:8000"],
    }
    return Service(name, **{**declaration, **changes})


def predicted(*services: Service, **changes: Any) -> Prediction:
    """The cost of a stack of these services, or of one."""
    stack = Stack(*(services or (service(),)), **changes)
    assert stack.problems() == ()
    return predict(stack, PACE)


def estimate_of(prediction: Prediction, name: str, owner: str = "shop") -> Estimate:
    """What is predicted of a metric on a target, by its exposed name."""
    (found,) = [
        one
        for job in prediction.jobs
        if job.kind != "rules" and job.owner == owner
        for one in job.estimates
        if one.name == name
    ]
    return found


def names_of(prediction: Prediction, owner: str = "shop") -> set[str]:
    """The exposed names of everything a service's, dependency's or the exporter's targets may expose."""
    return {one.name for job in prediction.jobs if job.kind != "rules" and job.owner == owner for one in job.estimates}
