"""The runtime metrics of one Observability."""

import asyncio

from watchbill.emission import Emission
from watchbill.fault import Faults
from watchbill.runtime.series import RuntimeSeries, runtime_series
from watchbill.runtime.watch import WATCH


class Runtime:
    """Has the process watched while an application of its Observability is instrumented."""

    def __init__(self, emission: Emission, faults: Faults) -> None:
        self._emission = emission
        self._faults = faults
        self._series: RuntimeSeries | None = None

    def begin(self) -> None:
        """Asks for the readings; InvalidDeclaration when a metric's name is taken by something else."""
        if self._series is None:
            faults = self._faults
            # The registry keeps its series, so nothing in them may keep the registry.
            series = runtime_series(self._emission, lambda error: faults.report("runtime", error))
            WATCH.join(series)
            self._series = series

    def meet(self) -> None:
        """Watches the running event loop; another kind than asyncio's is left alone."""
        if self._series is None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        try:
            WATCH.meet(loop)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("runtime", error)

    def end(self) -> None:
        """Asks no more."""
        series, self._series = self._series, None
        if series is not None:
            WATCH.leave(series)
