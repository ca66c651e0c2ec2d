"""How is a remark about a step of a pathway sent, shown and answered?"""

from typing import Literal

from pydantic import AwareDatetime, Field

from api.shapes.base import Body, OnePage, Shape

About = Literal["owner", "timing", "form", "order", "words", "other"]


class FeedbackBody(Body):
    """What is not right with a step: who does it, its times, its form, its place in the order, its words, or else."""

    about: About
    text: str = Field(min_length=1, max_length=2_000, description="for those who design it; nothing of a patient")


class FeedbackAnswer(Body):
    """What its designers say; `close`: nothing more is to be done."""

    answer: str = Field(min_length=1, max_length=2_000)
    close: bool = False


class FeedbackView(Shape):
    """A remark about a step of one version of a pathway, and what became of it."""

    feedback_id: str
    pathway: str
    version: int
    element: str
    title: str
    about: About
    text: str
    given_by_name: str
    given_at: AwareDatetime
    status: Literal["open", "answered", "closed"]
    answer: str
    answered_by: str
    answered_at: AwareDatetime | None


class FeedbackPage(OnePage):
    """One page of remarks, the newest first."""

    items: list[FeedbackView]
