"""How is it shown where a referral stands, and what is sent to cancel, answer or redirect one?"""

from typing import Literal

from pydantic import AwareDatetime, Field

from api.shapes.base import Body, Shape, Values, case_link
from policy.completeness import Completeness
from policy.referral_states import LoopState
from records.queries.referral_chain import Link


class StateView(Shape):
    """The state of a referral in every vocabulary; null where one has no word."""

    state: str
    task_status: str
    business_status: str
    service_request_status: str
    ihe_360x: str | None
    hl7_v2: str | None
    ers: str | None
    user_task_event: str | None


class ClockView(Shape):
    """The clock of a referral; `received_at` is set once and never reset, by no return and no redirection."""

    received_at: AwareDatetime
    sent_at: AwareDatetime | None
    since: AwareDatetime | None
    returned_for_information: int
    reported_at: AwareDatetime | None
    acknowledged_at: AwareDatetime | None


class OwnerView(Shape):
    """Whose move it is: placer, performer or nobody; the role that the case waits for, and until when."""

    party: Literal["placer", "performer", "nobody"]
    role: str
    waiting_for: str
    until: AwareDatetime | None


class ContactView(Shape):
    """Whom to speak to: the contact and deputy of the service, who of them or their cover is there now, the key worker.

    Everything is empty, and `there_as` is nobody, while no service of the directory was asked and nobody is named.
    """

    service: str
    named_contact: str
    deputy: str
    there_now: str
    there_as: Literal["named_contact", "deputy", "cover", "nobody"]
    key_worker: str


class LinkView(Shape):
    """One referral of a chain.

    `kind`: first, called, started, redirected, escalated, withdrawn, retracted, offered_again or corrected.
    """

    case_id: str
    referral_id: str
    pathway: str
    status: str
    kind: str
    parent_case_id: str
    case: str


class MissingView(Shape):
    """Something that a referral does not bring along; `item`: the member of the referral."""

    item: str
    text: str
    need: Literal["required", "wanted"]


class CompletenessView(Shape):
    """How complete a referral was when it came. `score`: 0 to 100; `complete`: nothing that is required is missing."""

    score: int
    complete: bool
    missing: list[MissingView]


class StandingView(Shape):
    """Where a referral stands. `state` is null when its pathway says nothing of the closed loop, and `completeness`
    when it did not come in by one of the doors for referrals.

    `closed` only when the report was acknowledged, by everyone to whom it was handed (`unacknowledged`: who has not).
    """

    referral_id: str
    case_id: str
    pathway: str
    status: str
    state: StateView | None
    closed: bool
    unacknowledged: list[str]
    abort_asked: bool
    clock: ClockView
    owner: OwnerView
    contact: ContactView
    completeness: CompletenessView | None
    chain: list[LinkView]
    links: dict[str, str]


class Told(Shape):
    """What came of a request: `outcome`, and where the referral stands now."""

    outcome: str
    referral: StandingView


class Reason(Body):
    """Why somebody wants something."""

    reason: str = Field(min_length=1, max_length=2_000)


class Information(Body):
    """What the placer supplies that the performer had asked for."""

    information: str = Field(min_length=1, max_length=20_000)


class AbortAnswer(Body):
    """The performer's answer to the request for an abort."""

    abort: Literal["accept", "refuse"]
    reason: str = Field(min_length=1, max_length=2_000)


class Amendment(Body):
    """A new version of a report: the whole form in which it was written, and why it changes."""

    values: Values
    reason: str = Field(min_length=1, max_length=2_000)


class Redirection(Body):
    """Where a referral goes on that was declined or sent elsewhere; `reason` is for the record."""

    service: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2_000)


class Redirected(Shape):
    """The referral that goes on elsewhere, with the clock of the first."""

    case_id: str
    referral_id: str
    links: dict[str, str]


class UnsealedView(Shape):
    """A case that is open again: so many of its clocks run on, so much was withheld meanwhile and is not sent now.

    `retracted`: so much was retracted; the coordinator has the task to have it sent again.
    """

    case_id: str
    clocks: int
    withheld: int
    retracted: int
    links: dict[str, str]


def state_view(row: LoopState) -> StateView:
    """Show a state in every vocabulary."""
    return StateView.model_validate(row)


def completeness_view(found: Completeness) -> CompletenessView:
    """Show how complete a referral is."""
    missing = [MissingView(item=each.item, text=each.text, need=each.need) for each in found.missing]
    return CompletenessView(score=found.score, complete=found.complete, missing=missing)


def link_view(link: Link) -> LinkView:
    """Show one referral of a chain."""
    return LinkView(
        case_id=link.case_id,
        referral_id=link.referral_id,
        pathway=link.pathway,
        status=link.status,
        kind=link.kind,
        parent_case_id=link.parent_case_id,
        case=case_link(link.case_id),
    )
