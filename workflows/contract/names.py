"""Which names do API, host and activities share? Task queue, workflow ids, search attributes, activity names.

Workflow ids and search attributes are stored by Temporal in clear: nothing here may carry patient data.
"""

import hashlib
import hmac

TASK_QUEUE = "referral-pathways"
NAMESPACE = "default"
ADDRESS = "127.0.0.1:7233"
"""Where Temporal is, unless `PATHWAYS_TEMPORAL` says otherwise."""

SEARCH_KEYWORDS = (
    "PathwayKey",
    "PathwayVersion",
    "CaseState",
    "Urgency",
    "StuckReason",
)
SEARCH_KEYWORD_LISTS = ("WaitingFor", "WaitingRole")
SEARCH_DATETIMES = ("WaitingSince", "DueAt")
SEARCH_INTS = ("EscalationLevel",)
SEARCH_BOOLS = ("Stuck", "Incident")

PROJECT_FACTS = "project_facts"
LOAD_DEFINITION = "load_definition"
NOTIFY = "notify"
SEND_MESSAGE = "send_message"
BROADCAST_SIGNAL = "broadcast_signal"
"""Activities that the host itself calls; other activity names are the task types of the diagrams."""

UNKNOWN_DEFINITION = "unknown-definition"
"""The type of the failure to read a definition that is not published: trying again does not help."""

DATABASE_AWAY = "DatabaseAway"
"""The type of the failure of an activity to which our own database did not answer: no failure of its work."""

SERVICE_AWAY = "ServiceAway"
"""The type of the failure to deliver to a service that does not answer, or says that it cannot now: it is kept."""


def case_id(pathway: str, business_key: str, secret: bytes) -> str:
    """Give the opaque id of the case for this pathway and business key: the same twice, and no way back.

    The id is also the workflow id, so that a second start of the same referral finds the first case.
    """
    digest = hmac.new(secret, f"{pathway}\x00{business_key}".encode(), hashlib.sha256).hexdigest()
    return f"case-{digest[:24]}"


def started_case_id(occurrence: str, start: str) -> str:
    """Give the opaque id of the case that one message or signal begins at `start` (pathway and node): once."""
    digest = hashlib.sha256(f"{occurrence}\x00{start}".encode()).hexdigest()
    return f"case-{digest[:24]}"


def called_case_id(caller: str, activation: str) -> str:
    """Give the id of the case that `activation` of the case `caller` started."""
    return f"{caller}/{activation}"
