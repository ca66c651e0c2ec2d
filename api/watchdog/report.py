"""What did a round of the watchdog find, and what did it repair? Findings and repairs, without patient data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

FindingKind = Literal[
    "orphan",
    "task-failing",
    "activity-failing",
    "unknown",
    "gone",
    "lagging",
    "drift",
    "lost-facts",
    "unanswered",
    "silent",
    "unsent",
    "unnoted",
]
FINDINGS: tuple[FindingKind, ...] = get_args(FindingKind)
TROUBLE: frozenset[FindingKind] = frozenset(
    {"orphan", "task-failing", "activity-failing", "gone", "lost-facts", "drift", "silent"}
)
"""Findings that make a case stuck until they are over; the others are passing, or repaired in the same round."""

RepairKind = Literal["rebuilt", "recovered", "rewritten", "ended"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not well with one case.

    `orphan`: it runs, and nothing it could go on with is open. `task-failing`: no worker can carry on with it.
    `activity-failing`: work fails again and again. `unknown`: it runs, and the read model has never heard of it.
    `gone`: Temporal does not know it any more. `lagging`: the read model has not heard the latest yet.
    `drift`: the read model says something else than the case, and cannot be repaired. `lost-facts`: its log has a gap
    that no history fills.
    `unanswered`: it did not say how it stands; `silent`: it could not, twice. `unsent`: it is over, and cannot send
    what it threw last.
    `unnoted`: a request was begun long ago and never finished, and the audit does not say so yet; the case may be
    empty, where the request named none.
    """

    case_id: str
    kind: FindingKind
    reason: str


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done about one case, and what had been wrong. `facts`: how many were recovered or told.

    `rebuilt`: its rows, from its facts. `recovered`: facts, from Temporal's history. `rewritten`: facts that the case
    has never told were replaced by those it told. `ended`: it had ended in Temporal, unheard of.
    """

    case_id: str
    kind: RepairKind
    reason: str
    facts: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """One round. `running`: cases in Temporal; `unasked`: those whose present standing was not looked at yet.

    `orphans` counts over all cases that were ever looked at and have not changed since; expected: zero.
    """

    at: datetime
    seconds: float
    running: int
    asked: int
    unasked: int
    polled: bool
    findings: tuple[Finding, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def orphans(self) -> int:
        """How many cases wait for nothing."""
        return self.count("orphan")

    def count(self, kind: FindingKind) -> int:
        """How many findings there are of one kind."""
        return sum(finding.kind == kind for finding in self.findings)

    def __str__(self) -> str:
        """Say it in one line."""
        parts = [f"{self.orphans} orphans of {self.running} running cases"]
        parts += [f"{self.unasked} not looked at yet"] if self.unasked else []
        parts += ["no worker polls"] if not self.polled else []
        parts += [f"{len(self.findings)} findings", f"{len(self.repairs)} repairs", f"{self.seconds:.1f} s"]
        return ", ".join(parts)
