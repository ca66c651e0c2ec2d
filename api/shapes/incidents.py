"""How is an incident shown? What stopped and where, what was read, and everything that can be done about it."""

from collections.abc import Iterator, Mapping

from pydantic import AwareDatetime, Field, JsonValue

from api.ids import task_id
from api.shapes.base import OnePage, Shape, case_link
from pathways.bpmn.model import Definition
from records.tables import Case, Incident
from workflows.engine.catchers import may_be_caught
from workflows.engine.intervening import CHOOSING

REMEDIES: Mapping[str, str] = {
    "retry": "try again, after changing variables if need be",
    "skip": "let it count as done, with results that you give",
    "throw-error": "throw a business error that the diagram catches",
    "modify": "move its token to the step that is to follow",
    "cancel-token": "end this branch of the case",
    "cancel-case": "call the whole case off",
}
"""What can be done about what stopped, in words."""

_STEP = ("retry", "skip", "throw-error", "modify", "cancel-token", "cancel-case")
_CASE = ("retry", "modify", "cancel-case")
_OF_CASE: Mapping[str, tuple[str, ...]] = {"expression": (*_CASE, "skip"), "message": (*_CASE, "skip")}
"""What can be done where no step stopped but the case is concerned: there is no token, nor anything that throws."""
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "no-flow": ("no way leads on: no condition holds and there is no default", _STEP),
    "uncaught-error": ("an error that nothing in the diagram catches", _STEP),
    "uncaught-cancel": (
        "nothing catches the cancelled transaction",
        ("modify", "cancel-token", "cancel-case"),
    ),
    "expression": ("an expression or a decision gave nothing that can be used", _STEP),
    "work-failed": ("the work failed at every try", _STEP),
    "call-failed": ("the called case failed or could not begin", _STEP),
    "oversize": ("a result is larger than a case can carry", _STEP),
    "deadlock": ("tokens wait for others that can never come", ("modify", "cancel-case")),
    "loop": ("it goes round and round without a wait", ("retry", "modify", "cancel-case")),
    "message": ("a message or signal that the case throws could not be sent", ("retry", "skip", "cancel-case")),
}
"""What each kind of incident means, and what can be done about it, the first to think of first."""


class RemedyView(Shape):
    """One thing that can be done, in words, and the address of it."""

    remedy: str
    words: str
    link: str


class IncidentView(Shape):
    """Something that needs a person before the case can go on."""

    id: str
    case_id: str
    root_case_id: str
    pathway: str = Field(description="empty inside a case")
    referral_id: str = Field(description="empty inside a case")
    activation: str
    element: str
    step: str
    kind: str
    meaning: str
    reason: str
    read: dict[str, JsonValue] | None = Field(
        description="what the expression had read, of the classes that you may see"
    )
    raised_at: AwareDatetime
    resolved_at: AwareDatetime | None
    resolved_by: str
    resolution: str = Field(description="retried, skipped, error, corrected, replaced or gone")
    remedies: list[RemedyView]
    links: dict[str, str]


class IncidentsPage(OnePage):
    """One page of open incidents."""

    items: list[IncidentView]


def incident(
    row: Incident,
    scope: str,
    definition: Definition | None,
    *,
    case: Case | None = None,
    read: Mapping[str, JsonValue] | None = None,
) -> IncidentView:
    """Show an incident; `scope`: of its process; `case`: its own, when shown outside; `read`: what may be seen."""
    link = f"/incidents/{task_id(row.case_id, row.incident)}"
    meaning, _ = KINDS.get(row.kind, ("", ()))
    remedies = [] if row.resolved_at else remedies_of(row, scope, definition)
    return IncidentView(
        id=task_id(row.case_id, row.incident),
        case_id=row.case_id,
        root_case_id=row.root_case_id,
        pathway=case.key if case else "",
        referral_id=case.business_key if case else "",
        activation=row.activation,
        element=row.element,
        step=row.title,
        kind=row.kind,
        meaning=meaning,
        reason=row.reason,
        read=dict(read) if read else None,
        raised_at=row.raised_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        resolution=row.resolution,
        remedies=remedies,
        links={"self": link, "case": case_link(row.case_id), **{each.remedy: each.link for each in remedies}},
    )


def remedies_of(row: Incident, scope: str, definition: Definition | None) -> list[RemedyView]:
    """Give what can be done about an open incident; `scope`: of its process, of which no step stopped.

    Without a `definition`, which is not published here, what the diagram rules out is not known.
    """
    _, names = KINDS.get(row.kind, ("", _STEP))
    if row.activation == scope:
        names = tuple(name for name in names if name in _OF_CASE.get(row.kind, _CASE))
    vain = (
        ()
        if row.kind == "message" or definition is None
        else tuple(_vain(definition, row.element, called=row.case_id != row.root_case_id))
    )
    useful = (name for name in names if name not in vain)
    return [RemedyView(remedy=name, words=REMEDIES[name], link=_address(row, name)) for name in useful]


def _vain(definition: Definition, element: str, *, called: bool) -> Iterator[str]:
    """Give what the diagram rules out: a way that has to be chosen is not skipped, no error is thrown to nobody.

    Who called a case may catch what nothing in it does.
    """
    node = definition.nodes.get(element)
    if node is not None and node.type in CHOOSING:
        yield "skip"
    if not called and not may_be_caught(definition, element):
        yield "throw-error"


def _address(row: Incident, remedy: str) -> str:
    if remedy == "modify":
        return f"{case_link(row.case_id)}/modify"
    action = "cancel" if remedy.startswith("cancel-") else remedy
    return f"/incidents/{task_id(row.case_id, row.incident)}/{action}"
