"""One service at a glance: is it healthy, and if not, where."""

from watchbill.catalogue import ENV, INSTANCE, SERVICE
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.catalogue.process import BUILD_INFO, PROCESS_START_TIME, REVISION, VERSION
from watchbill.catalogue.unit import Unit
from watchbill.catalogue.watching import ALERT_NAME, SEVERITY, UP
from watchbill.expression import Expression, Raw, select
from watchbill.links import overview_uid
from watchbill.service import Service
from watchbill_dashboards.annotation import Mark
from watchbill_dashboards.business import business
from watchbill_dashboards.dashboard import Dashboard
from watchbill_dashboards.dependencies import dependencies
from watchbill_dashboards.explore import Sources
from watchbill_dashboards.health import firing, health
from watchbill_dashboards.objectives import objectives
from watchbill_dashboards.scope import Scope
from watchbill_dashboards.signals import errors, latency, saturation, traffic
from watchbill_dashboards.variable import Choice, DataSource


def overview(service: Service, sources: Sources | None = None) -> Dashboard:
    """The dashboard of a service, in its names; links to traces and logs lead to `sources`."""
    scope = Scope(service)
    found = sources or Sources()
    return Dashboard(
        uid=overview_uid(service.name),
        declared=service.place,
        title=f"{service.name}: overview",
        description=f"Is {service.name} healthy, and if not, where? Owned by team {service.team.name}.",
        tags=["watchbill", f"service:{service.name}", f"team:{service.team.name}", f"tier:{service.tier}"],
        variables=_variables(service),
        marks=_marks(scope),
        layout=[
            health(scope),
            traffic(scope),
            errors(scope, found),
            latency(scope, found),
            saturation(scope),
            business(scope),
            dependencies(scope),
            objectives(scope),
        ],
    )


def _variables(service: Service) -> list[DataSource | Choice]:
    own = SERVICE.equals(service.name)
    here = Scope(service).whole.matchers
    return [
        DataSource(),
        Choice(
            of=ENV,
            among=select(UP, own),
            title="Environment",
            help="Where the service runs.",
            names=service.names,
            default=service.env,
        ),
        Choice(
            of=INSTANCE,
            among=select(UP, *here),
            title="Instance",
            help="Processes of the service; the first row always shows all.",
            names=service.names,
        ),
        Choice(
            of=ROUTE,
            among=select(HTTP_REQUESTS, *here),
            title="Route",
            help="Routes of the service; the first row always shows all.",
            names=service.names,
        ),
    ]


def _marks(scope: Scope) -> list[Mark]:
    names = scope.service.names
    version, revision = names.label(VERSION), names.label(REVISION)
    return [
        Mark(
            name="Starts and deploys",
            expression=_started(scope),
            colour="blue",
            title=f"Started {{{{{version}}}}}",
            text=f"{{{{{INSTANCE.name}}}}} started version {{{{{version}}}}}, revision {{{{{revision}}}}}",
            tags=f"{version},{revision}",
            at_value=True,
            names=names,
        ),
        Mark(
            name="Alerts",
            expression=firing(scope),
            colour="red",
            title=f"{{{{{ALERT_NAME.name}}}}}",
            text=f"{{{{{ALERT_NAME.name}}}}} fired ({{{{{SEVERITY.name}}}}})",
            tags=SEVERITY.name,
        ),
    ]


def _started(scope: Scope) -> Expression:
    """When each process started, in milliseconds, with the build it runs."""
    instance = INSTANCE.name
    begun = f"max by ({instance}) ({scope.gauge(PROCESS_START_TIME).promql()})"
    build = f"max by ({instance}, {VERSION.name}, {REVISION.name}) ({scope.gauge(BUILD_INFO).promql()})"
    return Raw(
        f"{begun} * 1000 * on ({instance}) group_right () {build}",
        (PROCESS_START_TIME, BUILD_INFO),
        frozenset({INSTANCE, VERSION, REVISION}),
        Unit.TIMESTAMP,
    )
