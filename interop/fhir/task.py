"""How is a task of ours shown as a FHIR R4 Task (§12.6)?"""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from interop.errors import InteropError
from interop.states import LOOP_STATES, TASK_STATUS_OF_USER_TASK
from interop.urgency import PRIORITY_IN_FHIR

CASE_NUMBERS = "urn:referral-pathways:case"
REFERRAL_NUMBERS = "urn:referral-pathways:referral"
BUSINESS_STATUS = "urn:referral-pathways:business-status"
ROLE = "urn:referral-pathways:role"
STATUS = {str(state): codes[0] for state, codes in TASK_STATUS_OF_USER_TASK.items()}

Json = dict[str, object]


def task_resource(row: Mapping[str, object]) -> Json:
    """A Task for one row of the worklist.

    Required: `task_id`, `state` (a user task state). Optional: `title`, `priority`, `candidate_groups`
    (roles), `assignee`, `created_at`, `updated_at`, `due_at`, `case_id`, `referral_id`, `loop_state`,
    `form_key`, `focus` (reference to the ServiceRequest), `for` (reference to the Patient).

    Raises:
        InteropError: the state is not one of a user task.
    """
    status = STATUS.get(_word(row, "state"))
    if status is None:
        raise InteropError("is not a state of a user task", where="state", remedy="See interop/states.py.")
    parts: Json = {
        "id": row.get("task_id"),
        "identifier": _case_identifiers(row),
        "status": status,
        "businessStatus": business_status(row.get("loop_state")),
        "intent": "order",
        "priority": PRIORITY_IN_FHIR.get(_word(row, "priority")),
        "description": row.get("title"),
        "focus": _reference(row.get("focus")),
        "for": _reference(row.get("for")),
        "authoredOn": _instant(row.get("created_at")),
        "lastModified": _instant(row.get("updated_at") or row.get("created_at")),
        "performerType": [_concept(ROLE, role) for role in _words(row.get("candidate_groups"))],
        "owner": {"display": row["assignee"]} if row.get("assignee") else None,
        "restriction": restriction(row.get("due_at")),
        "input": _form(row),
    }
    return {"resourceType": "Task", **{name: value for name, value in parts.items() if value}}


def _case_identifiers(row: Mapping[str, object]) -> list[Json]:
    pairs = ((CASE_NUMBERS, row.get("case_id")), (REFERRAL_NUMBERS, row.get("referral_id")))
    return [{"system": system, "value": str(value)} for system, value in pairs if value]


def business_status(state: object) -> Json | None:
    """The Task.businessStatus of a state of the closed loop; None when it is none."""
    row = next((each for each in LOOP_STATES if each.state == state), None)
    return _concept(BUSINESS_STATUS, row.business_status) if row else None


def restriction(due_at: object) -> Json | None:
    """The Task.restriction of what is due at a moment; None when nothing is."""
    due = _instant(due_at)
    return {"period": {"end": due}} if due else None


def _form(row: Mapping[str, object]) -> list[Json]:
    key = row.get("form_key")
    return [{"type": {"text": "form"}, "valueString": str(key)}] if key else []


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}], "text": code}


def _reference(value: object) -> Json | None:
    return {"reference": str(value)} if value else None


def _instant(value: object) -> str | None:
    """A dateTime: with a time it needs an offset (FHIR R4 §2.24.0.1), so a moment without one is UTC."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if value else None


def _word(row: Mapping[str, object], name: str) -> str:
    return str(row.get(name) or "")


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(each) for each in value) if isinstance(value, (list, tuple, set, frozenset)) else ()
