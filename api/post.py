"""What does delivering need, in the API and in the worker? The database, the way to the cases, the clock."""

from dataclasses import dataclass

from api.surroundings import Clock, Surroundings
from records.database import Database
from workflows.host.gateway import CaseGateway


@dataclass(frozen=True, slots=True)
class Post:
    """What delivering needs. `case_page`: address of the page of a case that begins; `{case_id}` is replaced."""

    database: Database
    gateway: CaseGateway
    clock: Clock
    case_page: str = ""


def post_of(here: Surroundings) -> Post:
    """Give what delivering needs within the API."""
    return Post(here.database, here.gateway, here.clock, here.settings.case_page_url)
