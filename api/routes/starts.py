"""How does somebody start a case of a pathway, and what if one with the same business key is running?"""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import AliasChoices, Field

from api.delivery import post_of
from api.deps import Answer, Change, Changing, said
from api.patients import require_keys, require_patient
from api.problems import Problem
from api.seeing import is_of_mine
from api.shapes.base import Body, Shape, Values, case_link
from api.shapes.tasks import Opened, opened
from api.starting import require_startable
from api.starting_by_key import Begun, Wanted, begin_by_key
from interop.referral import Priority

router = APIRouter(prefix="/pathways", tags=["Pathways"])


class StartBody(Body):
    """A case to start: the key by which those who ask know it, and what it begins with."""

    business_key: str = Field(
        min_length=1, max_length=300, validation_alias=AliasChoices("business_key", "businessKey")
    )
    variables: Values = Field(default_factory=dict)
    urgency: Priority = "routine"


class Started(Shape):
    """A case that was started, and the tasks that it opened."""

    case_id: str
    business_key: str
    pathway: str
    status: str
    opened: list[Opened]
    links: dict[str, str]


TAKEN: dict[int | str, dict[str, Any]] = {409: {"description": "A case with this key runs: `case` says which."}}


@router.post("/{pathway}/cases", status_code=201, response_model=Started, responses=TAKEN, summary="Start a case")
async def start(change: Changing, pathway: str, body: StartBody) -> JSONResponse:
    """Start a case of a published pathway that begins with a none start event: one running case per business key."""
    access, me = change.here.access, change.me
    allowed = access.administers(me) or access.may_send_messages(me)
    change.visit.require(allowed=allowed, what="start cases")
    require_startable(pathway)
    await require_patient(change.visit, body.variables)
    await require_keys(change.visit, body.business_key)
    wanted = Wanted(pathway, body.business_key, change.update_id, me.id, body.variables, body.urgency, me.organisation)

    async def once() -> Answer:
        begun = await _begun(change, wanted)
        async with change.here.database.session() as session:
            await change.visit.audit(session, "case.started", begun.case_id, pathway=pathway)
        return said(_started(begun, body), 201, Location=case_link(begun.case_id))

    return await change.once(once)


async def _begun(change: Change, wanted: Wanted) -> Begun:
    """Begin the case; where another organisation's has the key, nothing more is said of it."""
    try:
        return await begin_by_key(post_of(change.here), wanted, secret=change.here.settings.case_secret)
    except Problem as refusal:
        case_id = refusal.members.get("case_id")
        if case_id is None or await is_of_mine(change.visit, case_id):
            raise
        raise Problem(refusal.kind, refusal.detail) from refusal


def _started(begun: Begun, body: StartBody) -> Started:
    link = case_link(begun.case_id)
    return Started(
        case_id=begun.case_id,
        business_key=body.business_key,
        pathway=begun.pathway,
        status=begun.status,
        opened=[opened(task) for task in begun.opened],
        links={"case": link, "page": f"{link}/page"},
    )
