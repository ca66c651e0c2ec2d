"""How are the privacy notice and its acknowledgement shown and sent?"""

from pydantic import AwareDatetime, Field

from api.shapes.base import Body, Shape


class NoticeView(Shape):
    """The privacy notice of this site; everything is empty where there is none.

    `required`: you see nothing of any patient before you have acknowledged this version.
    """

    version: str
    text: str
    required: bool
    acknowledged_at: AwareDatetime | None
    links: dict[str, str]


class AcknowledgementBody(Body):
    """Which version somebody has read."""

    version: str = Field(min_length=1, max_length=100)


class AcknowledgedNotice(Shape):
    """That somebody has acknowledged the notice, and since when."""

    version: str
    acknowledged_by: str
    acknowledged_at: AwareDatetime
