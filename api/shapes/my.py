"""What does a patient or carer see of a case, and what do they send?"""

from typing import Literal

from pydantic import AwareDatetime, Field

from api.shapes.base import Body, OnePage, Shape

Channel = Literal["portal", "sms", "email", "letter"]
Notice = Literal["reminders", "news", "surveys"]


class PlanStep(Shape):
    """One step of the plan in plain words. `at`: when it was done or began; `expected_by`: when it should be done.

    `state`: done, now, later (on the usual way from here on), maybe (if it becomes necessary).
    """

    text: str
    why: str
    state: Literal["done", "now", "later", "maybe"]
    who: str
    at: AwareDatetime | None
    expected_by: AwareDatetime | None


class PatientDate(Shape):
    """A date of the plan."""

    what: str
    at: str
    place: str


class DateOfCase(PatientDate):
    """A date in the list of all of them; `title`: which plan it belongs to."""

    title: str
    link: str


class TeamMember(Shape):
    """Somebody who looks after the patient."""

    name: str
    role: str


class Responsible(Shape):
    """Who is responsible: the named key worker, the team, and the contact of the service."""

    key_worker: TeamMember | None
    team: list[TeamMember]
    contact: str


class Access(Shape):
    """Somebody read or changed the record. `who` is empty where nobody did but the system, by itself.

    `role`: as what, in plain words; `organisation`: for which, empty for the one that looks after the case.
    """

    who: str
    role: str
    organisation: str
    what: str
    at: AwareDatetime


class Question(Shape):
    """A question, or the request for a `service`, and its answers. `answer_by`: until when it is to be answered.

    `advice`: what to do now, to whoever has just written what may be a red flag; it was passed on at once.
    """

    id: str
    kind: Literal["question", "request"]
    service: str
    text: str
    asked_at: AwareDatetime
    answer_by: AwareDatetime | None
    answered_at: AwareDatetime | None
    answers: list[str]
    advice: str = ""


class JournalLine(Shape):
    """What a patient wrote down. `red_flag`: it was passed on at once as a possible red flag."""

    id: str
    symptom: str
    severity: int
    onset: str
    text: str
    red_flag: bool
    written_at: AwareDatetime


class Told(Shape):
    """Something that the patient was told, reminders included."""

    text: str
    at: AwareDatetime


class PatientCaseLine(Shape):
    """A case in one line."""

    id: str
    title: str
    status: str
    since: AwareDatetime
    links: dict[str, str]


class PatientCasePage(OnePage):
    """One page of my cases, the newest first."""

    items: list[PatientCaseLine]


class PatientCase(PatientCaseLine):
    """A case as its patient sees it; a carer gets only what the consent opens, the rest is empty.

    `language`: in which it is written; `language_note`: why that is not the one that was asked for, else empty.
    """

    language: str
    language_note: str
    plan: list[PlanStep]
    dates: list[PatientDate]
    responsible: Responsible | None
    access: list[Access]
    questions: list[Question]
    journal: list[JournalLine]
    notices: list[Told]
    reminders: list[PatientDate]


class AskedQuestion(Body):
    """A question to the care team."""

    text: str = Field(min_length=1, max_length=5_000)


class RequestBody(Body):
    """What a patient wishes: a referral or service, in their words, and why."""

    service: str = Field(min_length=1, max_length=200, examples=["A dietitian"])
    text: str = Field(min_length=1, max_length=5_000)


class JournalBody(Body):
    """A symptom. `severity`: 0 (none) to 10 (worst). `onset`: since when, in the patient's words or as a date."""

    symptom: str = Field(min_length=1, max_length=200, examples=["swelling"])
    severity: int = Field(ge=0, le=10)
    onset: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=5_000)


class Written(Shape):
    """A journal entry that was kept. `message`: what became of `patient.reported_symptom`; `advice`: what to do now."""

    entry: JournalLine
    message: str
    red_flag_message: str
    advice: str


class Preferences(Body):
    """How a patient wants to be told. `patient_id`: for whom, when somebody acts for several."""

    language: str = Field(default="en", pattern="^[a-z]{2}$")
    channel: Channel = "portal"
    opted_out: list[Notice] = Field(default_factory=list)
    patient_id: str = Field(default="", max_length=200)


class PreferencesView(Preferences):
    """The preferences that are kept. `language_note`: what is read while there are no words in that language."""

    language_note: str = ""
