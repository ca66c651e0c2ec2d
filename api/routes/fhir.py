"""What does our FHIR R4 interface offer? Referrals in, worklist tasks out, and a statement of what it can do."""

import json
import re
from datetime import date, datetime
from importlib.metadata import version
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from api.deps import Answer, Asked, Here, Sending, said
from api.description import described
from api.fhir_forms import FHIR_JSON
from api.ids import task_id
from api.own_record import side_of_patients
from api.paging import Paged
from api.problems import Problem
from api.referral_standing import owner_of, standing_of
from api.routes.bodies import fhir_body
from api.routes.referrals import Keys, Pathway, Received, receive, received, require_sender
from api.seeing import case_for
from api.shapes.referrals import MissingView
from api.sides import never_sent_to, patient_roles
from api.step_titles import items_without_titles, without_title
from api.task_sight import PLAN, task_for
from interop.fhir.capability import capability_statement
from interop.fhir.outcome import Issue, issue_of_loss, operation_outcome
from interop.fhir.task import business_status, restriction, task_resource
from interop.fhir.xml import FHIR_XML
from interop.intake import from_fhir
from interop.states import USER_TASK_OF_TASK_STATUS, loop_state
from records.queries.worklist import WorklistFilter, WorklistItem, worklist
from records.tables import OPEN_STATES, Case

router = APIRouter(prefix="/fhir", tags=["FHIR R4"])
PUBLISHED = date(2026, 11, 22)
BODY = described(
    "object",
    {
        "resourceType": "ServiceRequest",
        "identifier": [{"system": "urn:placer", "value": "SR-1"}],
        "status": "active",
        "intent": "order",
        "priority": "urgent",
        "code": {"text": "Ear, nose and throat assessment"},
        "subject": {"reference": "#p"},
        "contained": [
            {
                "resourceType": "Patient",
                "id": "p",
                "identifier": [{"system": "urn:mrn", "value": "MRN-1"}],
                "name": [{"text": "Testina Sample"}],
            }
        ],
    },
    media_type=FHIR_JSON,
)
XML_EXAMPLE = """<ServiceRequest xmlns="http://hl7.org/fhir">
  <contained><Patient><id value="p"/>
    <identifier><system value="urn:mrn"/><value value="MRN-1"/></identifier>
    <name><text value="Testina Sample"/></name>
  </Patient></contained>
  <identifier><system value="urn:placer"/><value value="SR-1"/></identifier>
  <status value="active"/><intent value="order"/><priority value="urgent"/>
  <code><text value="Ear, nose and throat assessment"/></code>
  <subject><reference value="#p"/></subject>
</ServiceRequest>"""
BODY["requestBody"]["content"][FHIR_XML] = {"schema": {"type": "string"}, "example": XML_EXAMPLE}
USER_TASK_STATES = {
    "ready": "created",
    "claimed": "claimed",
    "completed": "completed",
    "cancelled": "withdrawn",
}
OUR_STATES = {user_task: ours for ours, user_task in USER_TASK_STATES.items()}
LOOP_STATES = {
    "running": ("claimed", "received"),
    "completed": ("completed", "acknowledged"),
    "terminated": ("completed", "acknowledged"),
    "error": ("failed", ""),
    "cancelled": ("withdrawn", "cancelled"),
}
"""How the Task of a whole referral says where its case stands: as a user task, and in the closed loop."""
RETURNED = {each.lower(): each for each in ("minimal", "representation", "OperationOutcome")}
PREFERRED = re.compile(rf'(?:^|[,;])\s*return\s*=\s*"?({"|".join(RETURNED)})\b', re.IGNORECASE)
"""What `Prefer` says is to be returned; the first that we know counts, anything else it says is not for us."""

PATIENTS = "urn:referral-pathways:patient"
"""The system of our own opaque ids of patients."""

Prefer = Annotated[
    list[Annotated[str, Field(max_length=200)]] | None,
    Header(
        description="`return=representation`, as without it: the Task, with what is said of the referral in it. "
        "`return=OperationOutcome`: only what is said. `return=minimal`: no body, only `Location`.",
    ),
]


@router.post("", status_code=201, summary="Refer with a Bundle or a ServiceRequest", openapi_extra=BODY)
@router.post("/Bundle", status_code=201, summary="Refer with a Bundle", openapi_extra=BODY)
@router.post("/ServiceRequest", status_code=201, summary="Refer with a ServiceRequest", openapi_extra=BODY)
async def refer(
    request: Request, change: Sending, pathway: Pathway = None, key: Keys = None, prefer: Prefer = None
) -> Response:
    """Start a case from FHIR R4, JSON or XML; answered with the Task that stands for the referral, or as preferred.

    What of what its pathway asks for is missing, and what is not carried, stands in the OperationOutcome that it
    contains. Errors are OperationOutcomes; of XML they name the line.
    """
    require_sender(change)

    async def once() -> Answer:
        intake, begun = await receive(request, change, from_fhir, pathway=pathway, keys=key or (), body=fhir_body)
        found = received(intake.referral, begun)
        referral, now = intake.referral, change.here.clock()
        state = LOOP_STATES["running"]
        task = _referral_task(found.case_id, found.referral_id, referral.priority, now, state)
        task["for"] = {"identifier": {"system": PATIENTS, "value": found.patient_id}}
        outcome, place = {**_outcome(found), "id": "outcome"}, f"{_base(change.here)}/Task/{found.case_id}"
        return said({**task, "contained": [outcome]}, 201, fhir=True, Location=place)

    return _as_preferred(await change.once(once), ", ".join(prefer or ()))


def _as_preferred(answer: Response, prefer: str) -> Response:
    """Give of a Task what the caller wants returned (FHIR R4, RESTful API: Managing Return Content; RFC 7240)."""
    wanted = PREFERRED.search(prefer)
    if wanted is None:
        return answer
    name = wanted[1].lower()
    answer.headers["Preference-Applied"] = f"return={RETURNED[name]}"
    kept = {key: value for key, value in answer.headers.items() if key not in ("content-length", "content-type")}
    match name:
        case "minimal":
            return Response(status_code=answer.status_code, headers=kept)
        case "operationoutcome":
            outcome = {key: each for key, each in _contained(answer).items() if key != "id"}
            return JSONResponse(outcome, answer.status_code, kept, media_type=FHIR_JSON)
        case _:
            return answer


def _contained(answer: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(answer.body))["contained"][0]
    return found


@router.get("/metadata", summary="The CapabilityStatement")
async def metadata(here: Here) -> JSONResponse:
    """Say what this interface can do; open to everyone, as FHIR asks."""
    statement = capability_statement(version=version("referral-pathways"), published=PUBLISHED, base_url=_base(here))
    return JSONResponse(statement, media_type=FHIR_JSON)


@router.get("/Task", summary="The tasks of my worklist, as a searchset Bundle")
async def search(
    asked: Asked,
    paged: Paged,
    status: Annotated[str | None, Query(max_length=100)] = None,
    owner: Annotated[Literal["me"] | None, Query()] = None,
) -> JSONResponse:
    """Give the tasks that I hold and those that my roles may take; `owner=me` only what I hold or am named for."""
    roles = () if owner else tuple(sorted(asked.me.roles))
    side = await side_of_patients(asked, seeing=PLAN)
    wanted = WorklistFilter(
        roles=roles,
        person=asked.me.id,
        states=_states(status),
        side=side,
        own_record=patient_roles(asked.me),
        never_sent=never_sent_to(asked),
    )
    async with asked.here.database.reader() as session:
        found = await worklist(session, wanted, limit=paged.size, offset=paged.offset)
    await asked.read("tasks.read", cases=sorted({item.task.root_case_id for item in found.items}))
    base = _base(asked.here)
    entries = [_entry(base, item) for item in await items_without_titles(asked, found.items)]
    links = [{"relation": "self", "url": f"{base}/Task"}]
    following = paged.next_of(found.total)
    if following:
        links.append({"relation": "next", "url": f"{asked.here.settings.base_url}{following}"})
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": found.total,
        "link": links,
        "entry": entries,
    }
    return JSONResponse({name: value for name, value in bundle.items() if value != []}, media_type=FHIR_JSON)


@router.get("/Task/{identifier}", summary="One task, or the Task of a referral")
async def read(asked: Asked, identifier: str) -> JSONResponse:
    """Give a task of mine.

    Raises:
        Problem: there is none, or it is another organisation's (404), or it is not for my role (403).
    """
    if identifier.startswith("case-"):
        return await _read_referral(asked, identifier)
    found, sight = await task_for(asked, identifier)
    await asked.read("task.read", found.task.case_id, activation=found.task.activation)
    task = found.task if sight.do else await without_title(asked, found.task)
    return JSONResponse(_task(WorklistItem(task, found.root)), media_type=FHIR_JSON)


async def _read_referral(asked: Asked, case_id: str) -> JSONResponse:
    case = (await case_for(asked, case_id, "case.read")).case
    resource = _referral_task(case_id, case.business_key, case.urgency, case.started_at, LOOP_STATES[case.status])
    return JSONResponse({**resource, **await _in_the_loop(asked, case)}, media_type=FHIR_JSON)


async def _in_the_loop(asked: Asked, case: Case) -> dict[str, Any]:
    """What the closed loop says of the Task of a referral, when its pathway says where it stands."""
    async with asked.here.database.reader() as session:
        found = await standing_of(session, case)
    row = loop_state(found.loop.state) if found.loop else None
    if row is None:
        return {}
    move = owner_of(found)
    owner = {"display": move.role} if move.role else None
    due = restriction(move.until) if move.party == "performer" else None
    said = {"status": row.task_status, "businessStatus": business_status(row.state), "owner": owner, "restriction": due}
    return {name: value for name, value in said.items() if value}


def _states(status: str | None) -> tuple[str, ...]:
    """The states that a comma-separated list of FHIR task statuses means."""
    if status is None:
        return OPEN_STATES
    asked = [USER_TASK_OF_TASK_STATUS.get(word.strip()) for word in status.split(",")]
    if None in asked:
        raise Problem("invalid", "status names a code that is no Task status.")
    return tuple(dict.fromkeys(OUR_STATES[state] for state in asked if state in OUR_STATES)) or ("none",)


def _entry(base: str, item: WorklistItem) -> dict[str, Any]:
    resource = _task(item)
    return {"fullUrl": f"{base}/Task/{resource['id']}", "resource": resource, "search": {"mode": "match"}}


def _task(item: WorklistItem) -> dict[str, Any]:
    task, root = item.task, item.root
    return task_resource(
        {
            "task_id": task_id(task.case_id, task.activation),
            "state": USER_TASK_STATES[task.state],
            "title": task.title,
            "priority": task.urgency,
            "candidate_groups": task.groups,
            "assignee": task.assignee,
            "created_at": task.created_at,
            "updated_at": task.closed_at,
            "due_at": task.due_at,
            "case_id": task.root_case_id,
            "referral_id": root.business_key if root else None,
            "form_key": task.form_id,
        }
    )


def _referral_task(
    case_id: str, referral_id: str, priority: str, started_at: datetime, state: tuple[str, str]
) -> dict[str, Any]:
    """The Task that stands for the referral as a whole."""
    user_task_state, loop_state = state
    return task_resource(
        {
            "task_id": case_id,
            "state": user_task_state,
            "title": "Referral",
            "priority": priority,
            "created_at": started_at,
            "case_id": case_id,
            "referral_id": referral_id,
            "loop_state": loop_state,
        }
    )


def _outcome(found: Received) -> dict[str, Any]:
    """How complete the referral is, and what of it was not carried."""
    complete = Issue("information", "informational", f"Completeness: {found.completeness.score} of 100.")
    missing = [_missing(each) for each in found.completeness.missing]
    return operation_outcome([complete, *missing, *(issue_of_loss(note) for note in found.losses)])


def _missing(item: MissingView) -> Issue:
    """Nothing is refused because something is missing."""
    severity, code = ("warning", "required") if item.need == "required" else ("information", "informational")
    return Issue(severity, code, f"Missing ({item.need}): {item.text}.")


def _base(here: Here) -> str:
    return f"{here.settings.base_url}/fhir"
