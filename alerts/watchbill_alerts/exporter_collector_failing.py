"""ExporterCollectorFailing: a part of a dependency's inventory cannot be read."""

from watchbill.catalogue import Gauge
from watchbill.catalogue.exporter import COLLECTOR
from watchbill.dependency import Dependency
from watchbill.expression import select
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.annotation import shown
from watchbill_alerts.dependency_probe import Probe
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.span import held
from watchbill_alerts.traffic import probe_of
from watchbill_alerts.trial import Case, Series, Trial, blip, level, never_existed

_PENDING = 600


def exporter_collector_failing(
    stack: Stack, dependency: Dependency, up: Gauge, success: Gauge, duration: Gauge, profile: Profile
) -> Alert:
    """A collector of the exporter fails.

    ## Meaning
    The exporter reaches $name, but one of its collectors has failed $held: the query is refused, takes too long, or
    does not fit the server's version. `$up` stays 1 all the while, so nothing else tells.

    ## Impact
    No user is hurt by this. The panels and alerts that read this collector's metrics see nothing.

    ## First checks
    1. See which collectors fail (0):

       $collectors

    2. See whether they take long; those near the probe's timeout are too slow rather than refused:

       $durations

    3. Read the exporter's log: it names the collector and the server's own error.

    ## Mitigation
    - A right is missing: grant the exporter's user what the log asks for (on PostgreSQL: the role pg_monitor).
    - The server is too slow to answer: look for what loads it before you raise the timeout.
    - The server was just upgraded: upgrade the exporter too.
    """
    probe = Probe(stack, dependency, up)
    pending = profile.pending(_PENDING)
    failing = {**probe_of(dependency), COLLECTOR: "memory"}
    return Alert(
        name="ExporterCollectorFailing",
        expression=select(success, *probe.conditions).equal_to(0),
        severity="warning",
        role="watching",
        team=probe.owner,
        declared=dependency.place,
        scope=dependency.name,
        own_labels=probe.labels,
        pending=pending,
        summary=f'The exporter cannot read a part of {dependency.title} "{dependency.name}".',
        description=(
            f"Collector {shown(COLLECTOR)} of {dependency.name} has failed {held(pending)}. No user is hurt, but the"
            " panels and alerts that read it see nothing."
        ),
        runbook=Runbook.of(
            exporter_collector_failing,
            name=dependency.name,
            up=up.name,
            held=held(pending),
            collectors=select(success, *probe.conditions),
            durations=select(duration, *probe.conditions),
        ),
        panel=Panel(probe.dependants[0], "dependencies"),
        trials=(
            Trial(case=Case.FIRES, series=(Series(success, failing, level(0)),), fires=failing),
            Trial(case=Case.HEALTHY, series=(Series(success, failing, blip(1, 0)),)),
            never_existed(),
        ),
    )
