"""What does every route work with? The database, the gateway to the cases, the settings, the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from api.access import Access
from api.background import Background
from api.rates import Rates
from api.settings import ApiSettings
from api.tokens import Tokens
from records.database import Database
from workflows.host.gateway import CaseGateway
from workflows.host.keys import DataKeys

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Made once by `create_app`; routes get it by `Depends`."""

    settings: ApiSettings
    database: Database
    gateway: CaseGateway
    tokens: Tokens
    access: Access
    keys: DataKeys | None
    clock: Clock
    rates: Rates
    background: Background = field(default_factory=Background)
    acknowledged: set[tuple[str, str]] = field(default_factory=set)
    """Who is known to have acknowledged which version of the privacy notice: it is never taken back."""
    seen: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """For which organisation each person was here last, and when that was noted."""
    staffed: set[tuple[str, str]] = field(default_factory=set)
    """Open tasks, by case and activation, of which it is known that somebody works in a role of theirs."""


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the API's clock is made here and injected everywhere else
