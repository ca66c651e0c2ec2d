"""Which state of one standard is which state of another?

Two tables, as data: the closed loop of a referral (pathway `closed_loop_referral`) in FHIR, IHE 360X and
NHS e-RS words, and the life of a BPMN user task in the words of FHIR Task.status (FHIR R4 §12.6).
"""

from dataclasses import dataclass
from typing import Literal

LoopStateName = Literal[
    "draft",
    "sent",
    "received",
    "awaiting_info",
    "accepted",
    "rejected",
    "booked",
    "no_show",
    "seen",
    "interim",
    "reported",
    "acknowledged",
    "cancelled",
]
UserTaskState = Literal["created", "claimed", "started", "suspended", "completed", "failed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class LoopState:
    """One state of a referral, in every vocabulary; None where a vocabulary has no word or message."""

    state: LoopStateName
    task_status: str
    business_status: str
    service_request_status: str
    ihe_360x: str | None
    ers: str | None


LOOP_STATES = (
    LoopState("draft", "draft", "draft", "draft", None, None),
    LoopState("sent", "requested", "referral-sent", "active", "PCC-55", "AWAITING_TRIAGE"),
    LoopState("received", "received", "received", "active", "ack", "AWAITING_TRIAGE"),
    LoopState("awaiting_info", "received", "awaiting-information", "active", None, "TRIAGE_RESPONSE"),
    LoopState("accepted", "accepted", "accepted", "active", "PCC-56", "TRIAGED_PROVIDER_TO_ACTION"),
    LoopState("rejected", "rejected", "declined", "revoked", "PCC-56", "REJECTED"),
    LoopState("booked", "in-progress", "appointment-booked", "active", "PCC-60", "BOOKED"),
    LoopState("no_show", "in-progress", "appointment-noshow", "active", "PCC-61", "DID_NOT_ATTEND"),
    LoopState("seen", "in-progress", "seen", "active", None, "ASSESSMENT_RESULT"),
    LoopState("interim", "in-progress", "interim-results", "active", "PCC-59", "ASSESSMENT_RESULT"),
    LoopState("reported", "completed", "outcome-final", "completed", "PCC-57", None),
    LoopState("acknowledged", "completed", "loop-closed", "completed", None, None),
    LoopState("cancelled", "cancelled", "cancelled", "revoked", "PCC-58", "CANCELLED_REFERRAL"),
)

TASK_STATUS_OF_USER_TASK: dict[UserTaskState, tuple[str, ...]] = {
    "created": ("requested", "ready"),
    "claimed": ("received",),
    "started": ("in-progress",),
    "suspended": ("on-hold",),
    "completed": ("completed",),
    "failed": ("failed",),
    "withdrawn": ("cancelled",),
}
"""The first is what we say; all are understood."""

USER_TASK_OF_TASK_STATUS: dict[str, UserTaskState] = {
    status: state for state, statuses in TASK_STATUS_OF_USER_TASK.items() for status in statuses
}


def loop_state(name: str) -> LoopState | None:
    """The row of a closed-loop state; None when there is no such state."""
    return next((each for each in LOOP_STATES if each.state == name), None)
