"""Which state of one standard is which state of another?

Two tables, as data: the closed loop of a referral in FHIR, IHE 360X and NHS e-RS words (`policy`), and the life of a
BPMN user task in the words of FHIR Task.status (FHIR R4 §12.6).
"""

from typing import Literal

from policy.referral_states import LOOP_STATES as LOOP_STATES
from policy.referral_states import LoopState as LoopState
from policy.referral_states import LoopStateName as LoopStateName
from policy.referral_states import loop_state as loop_state

UserTaskState = Literal["created", "claimed", "started", "suspended", "completed", "failed", "withdrawn"]

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
