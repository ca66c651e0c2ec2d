"""What does every route work with? The database, the gateway to the cases, the settings, the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from api.access import Access
from api.settings import ApiSettings
from api.tokens import Tokens
from records.database import Database
from workflows.host.codec import KeyRing
from workflows.host.gateway import CaseGateway

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Made once by `create_app`; routes get it by `Depends`."""

    settings: ApiSettings
    database: Database
    gateway: CaseGateway
    tokens: Tokens
    access: Access
    keys: KeyRing | None
    clock: Clock


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the API's clock is made here and injected everywhere else
