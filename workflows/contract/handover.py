"""What does a case hand over? To its own next run what was under way, to the case that called it how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.contract.requests import CaseEnded, Receipt
from workflows.engine.commands import BroadcastSignal, CallProcess, EscalateToCaller, Notify, PerformWork, SendMessage
from workflows.engine.facts import Fact

Errand = PerformWork | CallProcess | SendMessage | BroadcastSignal | Notify | EscalateToCaller
"""The commands that need an activity, a called case or a signal: they take time, and may have to wait their turn."""


@dataclass(frozen=True, slots=True)
class Former:
    """Where a case stood before it was migrated, as JSON, and the number of the last fact of the migration."""

    state: str
    sha256: str
    migrated_seq: int


@dataclass(frozen=True, slots=True)
class Carried:
    """Second argument of the workflow, given only by continue-as-new: what the state does not hold.

    `errands`: not done yet; begun again under the same idempotency keys. `called`: the activations that wait for a
    called case which was asked to report, and the first run of that case. `reports`: this case was asked to report.
    `answers`: by idempotency key, what was answered last. `facts`: not yet in the read model. `ended`: it is over.
    `former`: the way back from its migration, as long as nothing has moved since.
    """

    errands: tuple[Errand, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)
    reports: bool = False
    answers: Mapping[str, Receipt] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    ended: CaseEnded | None = None
    former: Former | None = None


@dataclass(frozen=True, slots=True)
class CalledReport:
    """How a called case ended, told to a caller that has left the history in which it called.

    `run`: the first run of the called case, so that a second call by the same activation is not taken for the first.
    `ended` is None when the case could not begin: `failure` says why.
    """

    activation: str
    run: str
    ended: CaseEnded | None
    failure: str = ""
