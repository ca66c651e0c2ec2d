"""Which case conferences are open? The list of whoever coordinates them: when they decide, whose opinion is missing."""

from fastapi import APIRouter

from api.deps import Asked
from api.paging import Paged
from api.shapes.base import OnePage, Shape, case_link, task_link
from api.sides import side_of
from records.queries.conferences import Conference, open_conferences

router = APIRouter(tags=["Conferences"])


class ConferenceTask(Shape):
    """A task of a conference that is open."""

    title: str
    roles: list[str]
    overdue: bool
    link: str


class ConferenceView(Shape):
    """An open conference. `decide_by` as its caller gave it; opinions by role."""

    case_id: str
    about_case: str
    urgency: str
    mode: str
    decide_by: str
    required_roles: list[str]
    opinions_given: list[str]
    opinions_missing: list[str]
    tasks: list[ConferenceTask]
    links: dict[str, str]


class ConferencePage(OnePage):
    """One page of open conferences, the one that decides first before."""

    items: list[ConferenceView]


@router.get("/conferences", summary="Open case conferences")
async def conferences(asked: Asked, paged: Paged) -> ConferencePage:
    """Give one page of the open conferences, the one that decides first before; never what is discussed.

    Overseers only.
    """
    asked.require(allowed=asked.here.access.oversees(asked.me), what="read the list of conferences")
    async with asked.here.database.reader() as session:
        found, total = await open_conferences(session, side_of(asked), limit=paged.size, offset=paged.offset)
    await asked.read("conferences.read", cases=[each.case.case_id for each in found])
    return ConferencePage(items=[_view(asked, each) for each in found], **paged.of(total))


def _view(asked: Asked, found: Conference) -> ConferenceView:
    now, case = asked.here.clock(), found.case
    return ConferenceView(
        case_id=case.case_id,
        about_case=found.about,
        urgency=case.urgency,
        mode=str(found.variables.get("mode") or ""),
        decide_by=str(found.variables.get("decide_by") or ""),
        required_roles=list(found.required),
        opinions_given=list(found.given),
        opinions_missing=list(found.missing),
        tasks=[
            ConferenceTask(
                title=task.title,
                roles=list(task.groups),
                overdue=task.is_overdue(now),
                link=task_link(task.case_id, task.activation),
            )
            for task in found.open_tasks
        ],
        links={"case": case_link(case.case_id), "about": case_link(found.about)},
    )
