"""Several processes have one page: nothing that one counted is lost, and nothing is counted twice."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram

from tests.plugins.forked import forked, run_forked
from watchbill import Observability
from watchbill.catalogue.process import PROCESS_RESIDENT_MEMORY, WORKER
from watchbill.catalogue.watching import COMPONENT, INTERNAL_ERRORS, WORKERS
from watchbill.emission import Emission
from watchbill.exposition import OPENMETRICS
from watchbill.names import CLASSIC
from watchbill.store.company import Company
from watchbill.store.layout import Header
from watchbill.store.segment import PREFIX
from watchbill.testing import Exposition

ORDERS, QUEUE = "test_orders", "test_queue"


class Shop:
    """One service in this process, whose workers meet in a directory of the test's own."""

    def __init__(self, directory: Path) -> None:
        self.observability = Observability("shop", tracing=None, logging=None, workers=directory)
        self.registry = self.observability.registry
        self.orders = Counter(ORDERS, "Orders.", ["kind"], registry=self.registry)
        self.queue = Gauge(QUEUE, "Waiting.", registry=self.registry)

    def order(self, count: int = 1, kind: str = "book") -> None:
        self.orders.labels(kind).inc(count)

    def samples(self, name: str) -> dict[tuple[str, ...], float]:
        """Values by label values."""
        found = Exposition.of(self.observability).samples
        return {tuple(one.labels.values()): one.value for one in found if one.name == name}

    @property
    def ordered(self) -> float:
        """All orders on the page."""
        return sum(self.samples(f"{ORDERS}_total").values())

    @property
    def directory(self) -> Path:
        """Where the numbers are."""
        company = Emission(self.registry, CLASSIC).store.company
        assert isinstance(company, Company)
        return company.group.directory


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_what_a_forked_process_counts_is_on_its_parents_page(shop: Shop) -> None:
    shop.order(2)
    with forked(lambda: shop.order(3)):
        assert shop.samples(f"{ORDERS}_total") == {("book",): 5}


def test_what_a_parent_had_counted_is_counted_once(shop: Shop) -> None:
    shop.order(7)
    with forked(lambda: None), forked(lambda: None):
        assert shop.ordered == 7


def test_a_child_sees_what_its_parent_counts(shop: Shop) -> None:
    def seen() -> None:
        shop.order()
        assert shop.ordered == 3

    shop.order(2)
    run_forked(seen)


def test_what_a_killed_process_counted_stays_and_is_counted_once(shop: Shop) -> None:
    with forked(lambda: shop.order(4)) as child:
        child.end(signal.SIGKILL)
        assert [shop.ordered for _ in range(4)] == [4, 4, 4, 4]


def test_a_series_that_only_a_dead_process_had_stays(shop: Shop) -> None:
    run_forked(lambda: shop.order(1, "map"))
    assert shop.samples(f"{ORDERS}_total") == {("map",): 1}


def test_histograms_of_all_processes_add_up(shop: Shop) -> None:
    seconds = Histogram("test_seconds", "Time.", buckets=(1, 2), registry=shop.registry)
    seconds.observe(0.5)
    run_forked(lambda: seconds.observe(1.5))
    with forked(lambda: seconds.observe(9)):
        assert shop.samples("test_seconds_bucket") == {("1.0",): 1, ("2.0",): 2, ("+Inf",): 3}
        assert shop.samples("test_seconds_sum") == {(): 11}


MODES = {
    "all": {("0",): 5, ("1",): 2, ("2",): 8},
    "liveall": {("0",): 5, ("1",): 2, ("2",): 8},
    "sum": {(): 15},
    "livesum": {(): 15},
    "max": {(): 8},
    "livemax": {(): 8},
    "min": {(): 2},
    "livemin": {(): 2},
    "mostrecent": {(): 8},
    "livemostrecent": {(): 8},
}
AFTER_DEATH = {
    "all": {("0",): 5, ("1",): 2},
    "liveall": {("0",): 5, ("1",): 2},
    "sum": {(): 7},
    "livesum": {(): 7},
    "max": {(): 5},
    "livemax": {(): 5},
    "min": {(): 2},
    "livemin": {(): 2},
    "mostrecent": {(): 8},
    "livemostrecent": {(): 2},
}


@pytest.mark.parametrize("mode", MODES)
def test_a_gauge_is_merged_as_its_multiprocess_mode_says(shop: Shop, mode: str) -> None:
    gauge = Gauge("test_gauge", "Any.", registry=shop.registry, multiprocess_mode=mode)  # type: ignore[arg-type]  # any
    gauge.set(5)
    with forked(lambda: gauge.set(2)), forked(lambda: gauge.set(8)) as last:
        assert shop.samples("test_gauge") == MODES[mode]
        last.end()
        assert shop.samples("test_gauge") == AFTER_DEATH[mode]
        assert shop.samples("test_gauge") == AFTER_DEATH[mode]


def test_the_label_that_keeps_workers_apart_gives_way_to_the_applications_own(shop: Shop) -> None:
    gauge = Gauge("test_gauge", "Any.", ["worker"], registry=shop.registry)
    gauge.labels("loader").set(1)
    text = shop.observability.exposition()
    assert 'test_gauge{worker="loader",watchbill_worker="0"} 1\n' in text


def test_a_worker_has_the_lowest_number_that_is_free(shop: Shop) -> None:
    def numbers() -> frozenset[str]:
        return Exposition.of(shop.observability).values_of(PROCESS_RESIDENT_MEMORY, WORKER)

    with forked(lambda: None) as first, forked(lambda: None):
        assert numbers() == {"0", "1", "2"}
        first.end()
        assert numbers() == {"0", "2"}
        with forked(lambda: None):
            assert numbers() == {"0", "1", "2"}
            assert Exposition.of(shop.observability).value(WORKERS) == 3


def test_exemplars_of_living_and_dead_processes_are_on_the_page(shop: Shop) -> None:
    seconds = Histogram("test_seconds", "Time.", buckets=(1, 2), registry=shop.registry)
    run_forked(lambda: seconds.observe(0.5, {"trace_id": "dead"}))
    with forked(lambda: seconds.observe(1.5, {"trace_id": "living"})):
        for _ in range(3):
            text = shop.observability.exposition(OPENMETRICS)
            found = [one.exemplar.labels for one in Exposition.parse(text).samples if one.exemplar is not None]
            assert found == [{"trace_id": "dead"}, {"trace_id": "living"}]


def test_a_counter_never_falls_while_processes_die(shop: Shop) -> None:
    seen, stopping = [0.0], threading.Event()

    def scrape() -> None:
        while not stopping.is_set():
            seen.append(shop.ordered)

    scraper = threading.Thread(target=scrape)
    scraper.start()
    for _ in range(25):
        run_forked(lambda: shop.order(5))
    stopping.set()
    scraper.join()
    assert seen == sorted(seen)
    assert shop.ordered == 125


def test_a_process_that_only_reads_never_sees_a_counter_fall(shop: Shop) -> None:
    """Another worker folds the dead while this one reads."""

    def fold() -> None:
        for _ in range(20):
            run_forked(lambda: shop.order(5))
            shop.observability.exposition()

    with forked(lambda: None):
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            fold()
            os._exit(0)
        seen = [0.0]
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            seen.append(shop.ordered)
    assert seen == sorted(seen)
    assert shop.ordered == 100


def test_a_thousand_processes_one_after_the_other_leave_a_handful_of_files(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from watchbill.store.schema import Schema\n"
        "from watchbill.store.workers import store_for\n"
        "store = store_for('shop', Path(sys.argv[1]), 'worker')\n"
        f"orders = store.family(Schema('{ORDERS}_total', 'counter', 'Orders.'))\n"
        "at = store.series(orders, ())\n"
        "most = 0\n"
        "for number in range(1000):\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        store.cells[at] += 1\n"
        "        os._exit(0)\n"
        "    os.waitpid(pid, 0)\n"
        "    most = max(most, len(os.listdir(Path(sys.argv[1]) / 'shop')))\n"
        "page = store.snapshot()\n"
        f"print(most, int(page.cells[page.families['{ORDERS}_total'].series[()]]))\n"
    )
    found = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, capture_output=True, text=True)
    most, counted = map(int, found.stdout.split())
    assert counted == 1000
    assert most < 15


def test_two_services_do_not_mix(tmp_path: Path) -> None:
    one, other = Shop(tmp_path / "one"), Shop(tmp_path / "other")

    def both() -> None:
        one.order(1)
        other.order(2)

    run_forked(both)
    assert (one.ordered, other.ordered) == (1, 2)


def test_a_file_of_a_dead_process_whose_id_is_in_use_again_counts_as_dead(shop: Shop) -> None:
    def work() -> None:
        shop.order(4)
        shop.queue.set(9)

    with forked(work) as child:
        child.end()
    left = next(path for path in shop.directory.iterdir() if path.name.startswith(f"worker-{child.pid}-"))
    with forked(lambda: None) as living:
        with left.open("r+b") as file:
            header = Header.read(file.fileno())
            file.write(
                Header(
                    living.pid, header.number, header.directories_at, header.created, 0, 0, header.directory_bytes
                ).packed()
            )
        left.rename(left.with_name(f"worker-{living.pid}-0123456789ab"))
        assert [shop.ordered for _ in range(3)] == [4, 4, 4]
        assert 9 not in shop.samples(QUEUE).values()


def test_files_that_are_none_of_ours_are_left_out_and_reported_once(shop: Shop) -> None:
    shop.order(1)
    (shop.directory / "notes.txt").write_text("not ours")
    (shop.directory / "worker-1-text").write_text("no numbers at all, but long enough to be a header" * 10)
    (shop.directory / "worker-1-empty").touch()
    (shop.directory / "worker-1-folder").mkdir()
    os.mkfifo(shop.directory / "worker-1-pipe")
    (shop.directory / "worker-1-link").symlink_to("/etc/passwd")
    with forked(lambda: shop.order(2)) as child:
        own = next(path for path in shop.directory.iterdir() if path.name.startswith(f"worker-{child.pid}-"))
        cut = (shop.directory / "worker-1-cut").open("wb")
        with own.open("rb") as source, cut:
            cut.write(source.read(9000))
        assert [shop.ordered for _ in range(3)] == [3, 3, 3]
    found = Exposition.of(shop.observability)
    assert found.value(INTERNAL_ERRORS, {COMPONENT: "workers"}) == 6


def test_a_file_that_cannot_be_opened_just_then_is_read_the_next_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []
    real = os.open

    def scarce(path: str | os.PathLike[str], flags: int, mode: int = 0o777) -> int:
        if Path(path).name.startswith(PREFIX) and not refused:
            refused.append(str(path))
            raise OSError(errno.EMFILE, "Too many open files")
        return real(path, flags, mode)

    with forked(lambda: shop.order(4)):
        monkeypatch.setattr(os, "open", scarce)
        assert [shop.ordered for _ in range(3)] == [4, 4, 4]
    assert len(refused) == 1


def test_a_damaged_archive_loses_the_dead_and_nothing_else(shop: Shop) -> None:
    run_forked(lambda: shop.order(2))
    shop.order(1)
    assert [shop.ordered, shop.ordered] == [3, 3]
    (shop.directory / "archive").write_bytes(b"damaged" * 100)
    assert shop.ordered == 1
    run_forked(lambda: shop.order(5))
    assert [shop.ordered, shop.ordered] == [6, 6]


def test_a_worker_whose_files_were_removed_is_seen_again(shop: Shop) -> None:
    with forked(lambda: None):
        shutil.rmtree(shop.directory)
        shop.observability.exposition()
        shop.order(3)
        assert shop.ordered == 3
        with forked(lambda: shop.order(1)):
            assert shop.ordered == 4


def test_when_workers_disagree_about_a_metric_the_newest_is_right(shop: Shop) -> None:
    metric = Counter("test_changed", "Before.", registry=shop.registry)
    metric.inc()

    def change() -> None:
        shop.registry.unregister(metric)
        Counter("test_changed", "After.", ["how"], registry=shop.registry).labels("new").inc(2)

    with forked(change):
        assert shop.samples("test_changed_total") == {("new",): 2}
        assert Exposition.of(shop.observability).value(INTERNAL_ERRORS, {COMPONENT: "workers"}) == 1
        assert shop.samples("test_changed_total") == {("new",): 2}


def test_a_process_forked_while_threads_count_does_not_wait_for_their_locks(shop: Shop) -> None:
    stopping = threading.Event()

    def count(number: int) -> None:
        while not stopping.is_set():
            shop.orders.labels(str(number % 7)).inc()
            shop.observability.registry.get_sample_value("absent")

    threads = [threading.Thread(target=count, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()

    def work() -> None:
        # A thread of the parent may have held any of these locks.
        shop.order(1, "child")
        shop.orders.labels("3").inc()
        Counter("test_of_the_child", "Any.", registry=shop.registry).inc()
        assert shop.samples("test_of_the_child_total")[()] >= 1

    try:
        for _ in range(25):
            run_forked(work)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    assert shop.samples(f"{ORDERS}_total")["child",] == shop.samples("test_of_the_child_total")[()] == 25


def test_workers_off_keeps_a_child_out_of_the_page() -> None:
    observability = Observability("shop", tracing=None, logging=None, workers="off")
    orders = Counter(ORDERS, "Orders.", registry=observability.registry)
    run_forked(lambda: orders.inc(3))
    assert f"{ORDERS}_total 0\n" in observability.exposition()


def test_what_is_no_choice_of_workers_is_refused() -> None:
    with pytest.raises(ValueError, match="workers='all': give 'auto', 'off' or the Path"):
        Observability("shop", workers="all", series_limit=0)  # type: ignore[arg-type]  # a user's mistake
