"""How are several appointments of one patient booked in one request, and what is said of each?"""

from typing import Literal

from pydantic import Field, JsonValue

from api.shapes.base import Body, Shape
from api.shapes.tasks import Opened

MOST = 20
"""Appointments of one request."""

Became = Literal["booked", "refused", "not_tried", "unknown"]


class WantedBooking(Body):
    """An open task that books, and the values of its form."""

    task: str = Field(min_length=1, max_length=300, description="its id, as in `GET /rounds`")
    values: dict[str, JsonValue] = Field(
        default_factory=dict,
        examples=[{"slot": "2031-03-02T09:00:00+00:00", "site": "Clinic North", "mode": "face_to_face"}],
    )


class BookingsBody(Body):
    """The appointments, in the order in which they are booked: what matters most stands first."""

    bookings: list[WantedBooking] = Field(min_length=1, max_length=MOST)
    close_together: bool = Field(
        default=False, description="book also what leaves less time between two visits than the site asks for"
    )


class Booking(Shape):
    """What became of one task. `at`: the appointments in its form; `opened`: the tasks that come next."""

    task: str
    case_id: str
    title: str
    became: Became = Field(
        description="`not_tried`: one before it was refused; `unknown`: no answer came, send it again with the same key"
    )
    at: list[str]
    reason: str = Field(description="why it was refused, or what is not known of it; else empty")
    opened: list[Opened]
    link: str


class Bookings(Shape):
    """What became of all of them, in the order of the request. `booked`: how many are."""

    patient_id: str
    booked: int
    bookings: list[Booking]
    links: dict[str, str]
