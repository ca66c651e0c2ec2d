"""How are consent, disclosures and doubts about patients sent and shown?"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from api.shapes.base import Body, OnePage, Shape, case_link
from records.tables import Consent, Disclosure, PatientDoubt

SCOPE = r"^(sharing|contact|(organisation|service|role|person):[^\s]{1,200})$"
WIDER = SCOPE.replace("contact|", "contact|secondary_use|")
Scope = Annotated[
    str,
    Field(pattern=SCOPE, description="sharing, contact, or service:…, role:…, person:…; in any letters"),
    AfterValidator(str.lower),
]
"""Written as recipients' scopes are (`policy/consent.py`): an objection to somebody holds however they are spelled."""


WiderScope = Annotated[
    str,
    Field(pattern=WIDER, description="as for a withdrawal; or secondary_use: being counted in figures and research"),
    AfterValidator(str.lower),
]


class ConsentBody(Body):
    """A word of a patient about sharing. `legal_basis` is a clinician's own, for one case, with the reason."""

    scope: WiderScope = "sharing"
    status: Literal["given", "refused", "opted_out", "legal_basis"]
    limits: list[str] = Field(default_factory=list, max_length=20)
    named: list[str] = Field(default_factory=list, max_length=20, description="for named_clinician_only")
    given_by: Literal["patient", "parent_guardian", "attorney", "clinician"]
    method: Literal["verbal", "written", "portal"]
    expires: date | None = None
    legal_basis: str = Field(default="", max_length=2_000)
    case_id: str = Field(default="", max_length=300)


class WithdrawalBody(Body):
    """A withdrawal: effective at once."""

    scope: Scope = "sharing"
    given_by: Literal["patient", "parent_guardian", "attorney"]
    method: Literal["verbal", "written", "portal"]


class ConsentView(Shape):
    """A word about sharing, as it is on record; a legal basis is shown as a yes or no."""

    consent_id: str
    scope: str
    status: str
    limits: list[str]
    named: list[str]
    given_by: str
    method: str
    expires: AwareDatetime | None
    effective_at: AwareDatetime
    has_legal_basis: bool
    case: str | None
    recorded_by: str
    recorded_at: AwareDatetime


class DisclosureView(Shape):
    """What left, or was withheld: for whom, under which profile, which classes of data; never the values."""

    recipient: str
    channel: str
    message: str
    profile: str
    classes: list[str]
    withheld: list[str]
    state: str
    reason: str
    noted_at: AwareDatetime
    settled_at: AwareDatetime | None
    case: str


class SharingView(Shape):
    """How a patient's consent stands, what was said, and what has left. `state`: towards everybody outside.

    `counted`: whether figures may count the patient's cases (`secondary_use`).
    """

    patient_id: str
    state: Literal["given", "missing", "opted_out", "withdrawn"]
    counted: bool
    consents: list[ConsentView]
    disclosures: list[DisclosureView]


class DoubtView(Shape):
    """Two patients that share an identifier and were not linked."""

    patient_id: str
    other_id: str
    reason: Literal["birth_date_differs", "birth_date_unknown", "several_patients"]
    noted_at: AwareDatetime
    case: str


class DoubtPage(OnePage):
    """One page of patients in doubt, the oldest first."""

    items: list[DoubtView]


class DoubtBody(Body):
    """What a person has found out about two patients."""

    other_id: str = Field(min_length=1, max_length=200)
    resolution: Literal["same", "different"]


class Resolved(Shape):
    """What became of a doubt: `surviving_id` stands for both when they are the same."""

    resolution: str
    surviving_id: str | None


class UnmergeBody(Body):
    """Why two patients are two after all."""

    reason: str = Field(min_length=1, max_length=2_000)


class PartedView(Shape):
    """Two patients who were one; `cases`: those of yours whose patient a person has to look at."""

    patient_id: str
    other_id: str
    cases: list[str]


def consent_view(row: Consent) -> ConsentView:
    """Show a word about sharing."""
    return ConsentView(
        **row.model_dump(include=set(ConsentView.model_fields)),
        has_legal_basis=bool(row.legal_basis),
        case=case_link(row.case_id) if row.case_id else None,
    )


def disclosure_view(row: Disclosure) -> DisclosureView:
    """Show what left or was withheld."""
    given = row.model_dump(include=set(DisclosureView.model_fields) - {"withheld"})
    return DisclosureView(**given, withheld=row.withheld.get("classes", []), case=case_link(row.case_id))


def doubt_view(row: PatientDoubt) -> DoubtView:
    """Show a doubt."""
    return DoubtView(**row.model_dump(include=set(DoubtView.model_fields)), case=case_link(row.case_id))
