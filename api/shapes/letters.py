"""How is a letter to a patient shown in the list of those to print?"""

from pydantic import AwareDatetime

from api.ids import word
from api.patient_notices import Leaving
from api.shapes.base import Shape, case_link


class LetterLine(Shape):
    """A letter that is to be printed and sent. `links.self` is the letter itself, to print."""

    id: str
    case_id: str
    language: str
    since: AwareDatetime
    links: dict[str, str]


class PrintedLetter(Shape):
    """A letter that was printed: by whom, and when."""

    id: str
    case_id: str
    printed_by: str
    printed_at: AwareDatetime


def letter_line(each: Leaving) -> LetterLine:
    """Show a letter in one line; what it says is not in the list."""
    identifier = word(each.notice.idempotency_key)
    link = f"/letters/{identifier}"
    return LetterLine(
        id=identifier,
        case_id=each.notice.case_id,
        language=each.language,
        since=each.notice.created_at,
        links={"self": link, "printed": f"{link}/printed", "case": case_link(each.notice.case_id)},
    )
