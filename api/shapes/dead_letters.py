"""How is a dead letter shown, and what is sent to deal with it?"""

from typing import Self

from pydantic import AliasChoices, AwareDatetime, Field, model_validator

from api.dead_letters import can
from api.delivery import DEFAULT_TTL
from api.ids import word
from api.moments import Duration
from api.shapes.base import Body, OnePage, Shape, case_link
from api.shapes.modifications import DryRun
from records.queries.dead_letters import why_dead
from records.tables import Message


class DeadLetterView(Shape):
    """A message that found no case. `why` in one word, `reason` in a sentence, `can`: what is to be done about it.

    `carries`: the names of its variables; their values are not shown. `repeats`: how often the very same came again.
    """

    id: str
    message_id: str
    name: str
    correlation_key: str
    why: str
    reason: str
    can: list[str]
    status: str
    case_id: str | None
    source: str
    carries: list[str]
    received_at: AwareDatetime
    expires_at: AwareDatetime | None
    repeats: int
    repeated_at: AwareDatetime | None
    handled: str
    handled_by: str
    handled_at: AwareDatetime | None
    note: str
    redelivered_as: str
    links: dict[str, str]


class DeadLetterPage(OnePage):
    """One page of dead letters, the oldest first."""

    items: list[DeadLetterView]


class CorrectionBody(Body):
    """Where a dead letter belongs: the key that it should have carried, or the case that it is for."""

    correlation_key: str = Field(
        default="", max_length=300, validation_alias=AliasChoices("correlation_key", "correlationKey")
    )
    case_id: str = Field(default="", max_length=300, validation_alias=AliasChoices("case_id", "caseId"))
    ttl: Duration = Field(default=DEFAULT_TTL, description="how long it is kept until someone waits for it, ISO 8601")
    dry_run: DryRun = False

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if bool(self.correlation_key) == bool(self.case_id):
            raise ValueError("give either correlation_key or case_id")
        return self


class DiscardBody(Body):
    """Why nobody needs a message."""

    reason: str = Field(min_length=1, max_length=2_000)
    dry_run: DryRun = False


def dead_letter_view(row: Message) -> DeadLetterView:
    """Show a dead letter."""
    identity = word(row.message_id)
    link = f"/dead-letters/{identity}"
    acts = {} if row.handled else {act: f"{link}/{act}" for act in ("correlate", "discard")}
    cases = {"case": case_link(row.case_id)} if row.case_id else {}
    again = {"redelivered_as": f"/dead-letters/{word(row.redelivered_as)}"} if row.redelivered_as else {}
    return DeadLetterView(
        id=identity,
        why=why_dead(row),
        can=list(can(row)),
        carries=sorted(row.payload.get("variables", {})),
        links={"self": link, **acts, **cases, **again},
        **row.model_dump(exclude={"payload", "late", "routing_since"}),
    )
