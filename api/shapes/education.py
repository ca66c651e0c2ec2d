"""What does a patient read beside their plan: texts that help with it, and how their team works?"""

from typing import Literal

from pydantic import AwareDatetime

from api.shapes.base import Shape
from api.shapes.my import TeamMember


class OptionView(Shape):
    """One way among several, with what speaks for it and against it."""

    name: str
    speaks_for: list[str]
    speaks_against: list[str]


class PieceView(Shape):
    """A text that helps. `fits`: a step that is under way, one to come, or always; `notice`: who has signed it off."""

    id: str
    kind: Literal["education", "decision_aid", "local_resource"]
    fits: Literal["now", "later", "always"]
    title: str
    body: list[str]
    options: list[OptionView]
    language: str
    notice: str


class Education(Shape):
    """What helps with the steps that a patient is at, then with those to come, then everybody."""

    language: str
    language_note: str
    items: list[PieceView]


class Meeting(Shape):
    """A conference about the case. `takes_part`: who is asked for an opinion; `decide_by`: as its caller gave it."""

    text: str
    takes_part: list[str]
    decide_by: str
    over_since: AwareDatetime | None


class ServiceContact(Shape):
    """A service that takes part, and whom to speak to there now: empty is nobody."""

    name: str
    contact: str
    open_now: bool


class Way(Shape):
    """One way to reach the team."""

    text: str
    link: str


class TeamPage(Shape):
    """How the team works. `leads`: the named key worker; `how`: in sentences; `urgent`: what to do in an emergency."""

    language: str
    language_note: str
    leads: TeamMember | None
    members: list[TeamMember]
    how: list[str]
    conferences: list[Meeting]
    services: list[ServiceContact]
    reach: list[Way]
    urgent: str
