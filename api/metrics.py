"""Which figures does this process give to Prometheus? Those it measures, and those it counts when it is asked.

No label ever carries a patient, a case or a person: labels are pathway keys, kinds and states. docs/operations.md says
what each figure means and when it should alarm.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.watchdog.keeping import last_report
from api.watchdog.repair import ACTOR
from api.watchdog.report import FINDINGS, Report
from records.database import Database
from records.queries.audit import unnoted
from records.queries.dashboard import Load, load
from records.queries.dead_letters import dead_letter_counts
from workflows.contract.requests import CaseFacts
from workflows.engine.facts import Fact

FRESH = timedelta(seconds=5)
"""Counting again within this time gives the same figures: however many ask, the database is asked once."""

_ARMED = ("timer_started", "timer_moved", "timer_resumed")
LATENESS = (0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 21600, 86400, 604800)
LAG = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600)
REQUEST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Measured:
    """What a process measures as it happens. One per process, with a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.up = Gauge("pathways_up_since_seconds", "When this process began, Unix time.", registry=self.registry)
        self.up.set_to_current_time()

    def add(self, collector: Collector) -> None:
        """Give the figures of a collector too."""
        self.registry.register(collector)


class Requests(Measured):
    """What the API measures: how long its answers take."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = Histogram(
            "pathways_request_seconds",
            "How long an answer took, by route and status.",
            ("method", "route", "status"),
            buckets=REQUEST,
            registry=self.registry,
        )


class Projected(Measured):
    """What the worker measures: how late timers fired, and how long facts took to the read model."""

    def __init__(self) -> None:
        super().__init__()
        self.late = Histogram(
            "pathways_timer_late_seconds",
            "How long after its due time a timer fired.",
            buckets=LATENESS,
            registry=self.registry,
        )
        self.lag = Histogram(
            "pathways_projection_lag_seconds",
            "How long after it happened a fact was in the read model.",
            buckets=LAG,
            registry=self.registry,
        )
        self.facts = Counter("pathways_facts", "Facts written to the read model.", registry=self.registry)
        self._due_before: dict[tuple[str, str], datetime] = {}

    def projected(self, batch: CaseFacts, *, now: datetime) -> None:
        """Measure a batch that is in the read model now."""
        self.facts.inc(len(batch.facts))
        for fact in batch.facts:
            self.lag.observe(max(0.0, (now - fact.at).total_seconds()))
            self._clocked(batch.case.case_id, fact)

    def _clocked(self, case_id: str, fact: Fact) -> None:
        """Measure from when a timer could fire: one that is armed for a time that is past is not late by that."""
        timer = case_id, str(fact.detail.get("timer", ""))
        if fact.fact in _ARMED and datetime.fromisoformat(fact.detail["due_at"]) < fact.at:
            self._due_before[timer] = fact.at
        elif fact.fact in _ARMED or fact.fact in ("timer_fired", "timer_cancelled"):
            since = self._due_before.pop(timer, None)
            if fact.fact == "timer_fired":
                late = float(fact.detail.get("late_seconds", 0))
                self.late.observe(max(0.0, late if since is None else (fact.at - since).total_seconds()))


class Counted(Collector):
    """What is counted in the database when somebody asks; the same for every process of an installation."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._counted_at: datetime | None = None
        self._families: list[Metric] = []

    async def count(self) -> None:
        """Count anew, unless that was done a moment ago."""
        now = self._clock()
        if self._counted_at is not None and now - self._counted_at < FRESH:
            return
        async with self._database.reader() as session:
            going_on = await load(session, now=now, watchdog=ACTOR)
            letters = await dead_letter_counts(session)
            report, owed = await last_report(session), len(await unnoted(session, now=now))
        owed_text = "Requests that were never finished and should be in the audit by now: expected zero."
        unnoted_requests = _one("pathways_unnoted_requests", owed_text, owed)
        self._families = [*_load_families(going_on, letters), unnoted_requests, *_watch_families(report, now)]
        self._counted_at = now

    def describe(self) -> Iterable[Metric]:
        """Say nothing in advance: what there is, is known once it was counted."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Give what was counted last."""
        return self._families


def _load_families(going_on: Load, letters: Mapping[str, int]) -> list[Metric]:
    items_text = "Items of batches that are not over, or have been so for less than a day."
    return [
        _by("pathways_open_cases", "Running cases.", "pathway", going_on.open_cases),
        _one("pathways_stuck_cases", "Running cases that are stuck.", going_on.stuck_cases),
        _by_both("pathways_waits", "Open waits by kind and age.", ("kind", "age"), going_on.waits),
        _by("pathways_overdue_waits", "Waits past their due or expected time.", "kind", going_on.overdue_waits),
        _one("pathways_open_tasks", "Open user tasks.", going_on.open_tasks),
        _one("pathways_overdue_tasks", "Open user tasks past their due time.", going_on.overdue_tasks),
        _by("pathways_open_incidents", "Unresolved incidents.", "kind", going_on.incidents),
        _by("pathways_dead_letters", "Messages that reached nobody, by why.", "why", letters),
        _by("pathways_batches", "Batches by status.", "status", going_on.batches),
        _by_both("pathways_batch_items", items_text, ("kind", "status"), going_on.batch_items),
        _repairs(going_on.repairs),
    ]


def _watch_families(report: tuple[Report, datetime] | None, now: datetime) -> list[Metric]:
    """Nothing before the first round: an absent figure is not a zero."""
    if report is None:
        return []
    found, ended = report
    return [
        _one("pathways_running_cases", "Cases that run in Temporal.", found.running),
        _one("pathways_orphan_cases", "Running cases that wait for nothing: expected zero.", found.orphans),
        _one("pathways_unasked_cases", "Running cases that the watchdog has yet to look at.", found.unasked),
        _one("pathways_workers_poll", "Whether a worker asks for work: 1 or 0.", int(found.polled)),
        _one("pathways_watch_age_seconds", "How long ago the last round ended.", (now - ended).total_seconds()),
        _by("pathways_findings", "What the last round found.", "kind", {k: found.count(k) for k in FINDINGS}),
    ]


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _by(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for value, number in values.items():
        family.add_metric((value,), number)
    return family


def _by_both(name: str, text: str, labels: tuple[str, str], values: Mapping[tuple[str, str], int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for pair, number in values.items():
        family.add_metric(pair, number)
    return family


def _repairs(values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily("pathways_repairs", "What the watchdog has repaired, ever.", labels=("kind",))
    for action, number in values.items():
        family.add_metric((action.partition(".")[2],), number)
    return family
