"""Which states has a referral, and what is each called in FHIR, IHE 360X and NHS e-RS?

The rows are those of the specification of the closed loop. The columns of e-RS and of user tasks are mappings of our
own; the others follow the 360X to FHIR Clinical Order Workflows crosswalk [R]. A sender may say `received` while its
Task is `requested`.
"""

from dataclasses import dataclass
from typing import Literal, get_args

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
LOOP_STATE_NAMES: tuple[LoopStateName, ...] = get_args(LoopStateName)


@dataclass(frozen=True, slots=True)
class LoopState:
    """One state of a referral, in every vocabulary; None where a vocabulary has no word or message.

    `hl7_v2`: the message that the 360X transaction carries. `user_task_event`: what then happens to a user task.
    """

    state: LoopStateName
    task_status: str
    business_status: str
    service_request_status: str
    ihe_360x: str | None
    ers: str | None
    hl7_v2: str | None = None
    user_task_event: str | None = None


LOOP_STATES = (
    LoopState("draft", "draft", "draft", "draft", None, None),
    LoopState("sent", "requested", "referral-sent", "active", "PCC-55", "AWAITING_TRIAGE", "OMG^O19", "created"),
    LoopState("received", "received", "received", "active", "ack", "AWAITING_TRIAGE", "ACK/MDN", "claimed"),
    LoopState(
        "awaiting_info", "received", "awaiting-information", "active", None, "TRIAGE_RESPONSE", None, "suspended"
    ),
    LoopState(
        "accepted", "accepted", "accepted", "active", "PCC-56", "TRIAGED_PROVIDER_TO_ACTION", "OSU^O51 IP", "started"
    ),
    LoopState("rejected", "rejected", "declined", "revoked", "PCC-56", "REJECTED", "OSU^O51 CA", "completed"),
    LoopState("booked", "in-progress", "appointment-booked", "active", "PCC-60", "BOOKED", "SIU^S12", "milestone"),
    LoopState(
        "no_show", "in-progress", "appointment-noshow", "active", "PCC-61", "DID_NOT_ATTEND", "SIU^S26", "milestone"
    ),
    LoopState("seen", "in-progress", "seen", "active", None, "ASSESSMENT_RESULT"),
    LoopState(
        "interim",
        "in-progress",
        "interim-results",
        "active",
        "PCC-59",
        "ASSESSMENT_RESULT",
        "OMG^O19+doc",
        "partial output",
    ),
    LoopState("reported", "completed", "outcome-final", "completed", "PCC-57", None, "OMG^O19+doc", "completed"),
    LoopState("acknowledged", "completed", "loop-closed", "completed", None, None),
    LoopState(
        "cancelled", "cancelled", "cancelled", "revoked", "PCC-58", "CANCELLED_REFERRAL", "OSU^O51 CA", "cancelled"
    ),
)
IN_PROGRESS = frozenset(row.state for row in LOOP_STATES if row.task_status == "in-progress")
"""What a placer can no longer cancel, only ask to have aborted (FHIR Clinical Order Workflows)."""


def loop_state(name: str) -> LoopState | None:
    """The row of a closed-loop state; None when there is no such state."""
    return next((each for each in LOOP_STATES if each.state == name), None)
