"""How much does a round do, and what was seen of a case the last time?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.watchdog.report import Finding, Repair
from api.watchdog.temporal import RunningCase, Underway
from records.queries.watch import Mark


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a round does. `looks`: cases looked at; `anyhow`: of those that have not changed.

    `widened`: both, in the round after a case was newly found that cannot say how it stands: a new build may have done
    that to all of them. `glances`: cases with work under way. `unanswered`: after so many time-outs no other is asked.
    `grace`: a difference is looked at again after this time before it counts. `lag`: how long the read model may be
    behind (the host tries to reach it every half minute). `newcomer`: how long a new case may be unknown to it.
    `settled`: after this time what a case told twice is compared with its history, `compared` cases in a round.
    """

    looks: int = 300
    anyhow: int = 20
    widened: int = 1_000
    glances: int = 3_000
    at_once: int = 8
    unanswered: int = 16
    answer: timedelta = timedelta(seconds=5)
    grace: timedelta = timedelta(seconds=2)
    lag: timedelta = timedelta(seconds=35)
    newcomer: timedelta = timedelta(seconds=60)
    settled: timedelta = timedelta(seconds=15)
    compared: int = 20


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a case the last time. `lagging_since`: when its rows were first seen at another moment.

    `underway`: what Temporal did for it. `trouble`: what the case knows of its own; None when it did not say how it
    stands.
    """

    mark: Mark
    at: datetime
    underway: Underway
    findings: tuple[Finding, ...] = ()
    lagging_since: datetime | None = None
    trouble: str | None = None

    @property
    def is_in_doubt(self) -> bool:
        """Whether something was found, or may come without a word of the case."""
        return bool(self.findings) or self.underway.may_fail or self.lagging_since is not None

    @property
    def is_at_work(self) -> bool:
        """Whether nothing is to be said of it but how its work goes."""
        failing = all(found.kind == "activity-failing" for found in self.findings)
        return self.underway.is_at_work and failing and self.lagging_since is None


@dataclass(slots=True)
class Round:
    """What one round gathers. `calling`: the cases that have called another which runs."""

    now: datetime
    running: Mapping[str, RunningCase]
    marks: Mapping[str, Mark]
    findings: list[Finding] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    asked: int = 0
    unanswered: int = 0
    newly_silent: int = 0
    calling: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.calling = frozenset(name.rpartition("/")[0] for name in self.running)
