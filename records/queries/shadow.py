"""Which cases of a pathway are played in the shadow of a new version, and what is known of each?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.projection.facts import stored_facts
from records.queries.access import AT_ONCE, Side, within
from records.tables import Case, FactRecord, Message, PublishedDefinition
from workflows.engine.facts import Fact
from workflows.proof.recorded import Brought


@dataclass(frozen=True, slots=True)
class ShadowSelection:
    """Which cases of a pathway; what is None does not filter. `but`: the version (sha256) whose cases are left out.

    `called`: also cases that another case called.
    """

    pathway: str
    but: str
    versions: tuple[int, ...] | None = None
    cases: tuple[str, ...] | None = None
    running: bool | None = None
    urgency: str | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None
    called: bool = False


@dataclass(frozen=True, slots=True)
class CaseOfVersion:
    """A case, and the number of the version that it runs or ran last."""

    case_id: str
    version: int


async def cases_for_shadow(
    session: AsyncSession, wanted: ShadowSelection, side: Side, *, most: int
) -> tuple[Sequence[CaseOfVersion], int]:
    """Give the newest cases that are wanted, at most so many, and how many there are in all."""
    same = (col(Case.sha256) == PublishedDefinition.sha256) & (col(Case.key) == PublishedDefinition.key)
    conditions = (col(Case.key) == wanted.pathway, within(Case.root_case_id, side), *_conditions(wanted))
    counted = select(func.count()).select_from(Case).join(PublishedDefinition, same).where(*conditions)
    newest = select(Case.case_id, PublishedDefinition.version).join(PublishedDefinition, same).where(*conditions)
    found = await session.exec(newest.order_by(col(Case.started_at).desc(), col(Case.case_id)).limit(most))
    return [CaseOfVersion(*row) for row in found], (await session.exec(counted)).one()


def _conditions(wanted: ShadowSelection) -> Iterator[ColumnElement[bool]]:
    yield col(Case.sha256) != wanted.but
    if wanted.versions is not None:
        yield col(PublishedDefinition.version).in_(wanted.versions)
    if wanted.cases is not None:
        yield col(Case.case_id).in_(wanted.cases)
    if wanted.running is not None:
        yield (col(Case.status) == "running") if wanted.running else (col(Case.status) != "running")
    if wanted.urgency is not None:
        yield col(Case.urgency) == wanted.urgency
    if wanted.started_after is not None:
        yield col(Case.started_at) >= wanted.started_after
    if wanted.started_before is not None:
        yield col(Case.started_at) <= wanted.started_before
    if not wanted.called:
        yield ~col(Case.case_id).contains("/", autoescape=True)


async def recorded(session: AsyncSession, case_id: str) -> tuple[list[Fact], Brought]:
    """Give all facts of a case, and what its messages and the cases that it called have brought."""
    facts = await stored_facts(session, case_id)
    messages = {str(fact.detail["message_id"]) for fact in facts if fact.detail.get("message_id")}
    calls = {f"{case_id}/{fact.activation}": fact.activation for fact in facts if fact.fact == "call_ended"}
    return facts, Brought(await _payloads(session, sorted(messages)), await _ends(session, calls))


async def _payloads(session: AsyncSession, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = select(Message.message_id, Message.payload).where(
            col(Message.message_id).in_(ids[start : start + AT_ONCE])
        )
        found.update((message_id, payload.get("variables", {})) for message_id, payload in await session.exec(some))
    return found


async def _ends(session: AsyncSession, calls: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """Give by activation the variables with which a called case ended."""
    ended = select(FactRecord.case_id, FactRecord.detail).where(
        FactRecord.fact == "case_ended", col(FactRecord.case_id).in_(list(calls))
    )
    return {calls[case_id]: detail.get("variables", {}) for case_id, detail in await session.exec(ended)}
