"""How is what people tell of the collaboration sent and shown: to themselves, and to whoever leads?"""

from typing import Literal

from pydantic import AwareDatetime, Field

from api.shapes.base import Body, OnePage, Shape
from records.tables import Case, Experience

Side = Literal["patient", "carer", "clinician"]


class Sharing(Body):
    """Whether whoever leads may read it, and whether they read who told it. Without a word of it: neither."""

    shared: bool = False
    named: bool = False


class ExperienceBody(Sharing):
    """How the collaboration in a case went, in one's own words."""

    text: str = Field(min_length=1, max_length=5_000)


class ExperienceState(Shape):
    """What was told, without its words: answers to changes are kept for a while, words that are taken back are not."""

    id: str
    case_id: str
    side: Side
    shared: bool
    named: bool
    told_at: AwareDatetime
    withdrawn_at: AwareDatetime | None
    links: dict[str, str]


class OwnExperience(ExperienceState):
    """What somebody told, as they see it. `mine`: a carer's word is also the patient's to take back."""

    mine: bool
    text: str


class ExperienceTold(Shape):
    """What was kept. `red_flag`: its words may be one and were passed on at once; `advice`: what to do now."""

    experience: ExperienceState
    red_flag: bool
    advice: str


class SharedExperience(Shape):
    """What whoever leads reads. `who` is empty unless its author allowed it; `month`: when, no closer than that."""

    side: Side
    pathway: str
    text: str
    who: str
    month: str = Field(examples=["2026-11"])


class SharedPage(OnePage):
    """One page of what was shared, the newest first."""

    items: list[SharedExperience]


def own_view(row: Experience, *, me: str) -> OwnExperience:
    """Show what somebody told to themselves, or to the patient of whom a carer told it."""
    return OwnExperience(**state_view(row).model_dump(), mine=row.told_by == me, text=row.text)


def state_view(row: Experience) -> ExperienceState:
    """Show how what somebody told stands, and what its author can do about it."""
    link = f"/experiences/{row.experience_id}"
    actions = {} if row.withdrawn_at else {"sharing": f"{link}/sharing", "withdraw": f"{link}/withdraw"}
    return ExperienceState(
        id=row.experience_id,
        case_id=row.root_case_id,
        side=row.side,
        shared=row.shared,
        named=row.named,
        told_at=row.told_at,
        withdrawn_at=row.withdrawn_at,
        links=actions,
    )


def shared_view(row: Experience, case: Case) -> SharedExperience:
    """Show it to whoever leads: neither the case nor, unless it was allowed, who told it."""
    return SharedExperience(
        side=row.side,
        pathway=case.name,
        text=row.text,
        who=row.told_by_name if row.named else "",
        month=row.told_at.strftime("%Y-%m"),
    )
