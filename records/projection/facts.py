"""How are facts kept? The log of a case: written once, read to rebuild, struck only when the case took them back."""

from collections.abc import Iterable
from dataclasses import replace

from sqlmodel import col, delete, insert, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways import codec
from records.projection.rows import CaseRows
from records.tables import FactRecord, Message
from workflows.contract.requests import StartCase
from workflows.engine.facts import Fact


class MissingFacts(Exception):
    """Facts came before those that belong in front of them: project the batch that begins with `expected`."""

    def __init__(self, case_id: str, *, expected: int, received: int) -> None:
        super().__init__(
            f"case {case_id}: fact {expected} is missing, fact {received} came instead; "
            f"project the batch with fact {expected} first, then this one again"
        )
        self.case_id = case_id
        self.expected = expected
        self.received = received


def identity_of(start: StartCase) -> str:
    """Who the case is, as JSON: without variables (`case_started` has them) and carried state."""
    return codec.dump(replace(start, variables={}, state=None)).decode()


async def keep_facts(session: AsyncSession, rows: CaseRows, facts: Iterable[Fact]) -> None:
    """Put facts on record; as plain values, for a step has many and nothing reads them as objects."""
    values = [
        {
            "case_id": rows.case_id,
            "seq": fact.seq,
            "root_case_id": rows.root_case_id,
            "at": fact.at,
            "fact": fact.fact,
            "element": fact.element,
            "name": fact.name,
            "type": fact.type,
            "activation": fact.activation,
            "detail": dict(fact.detail),
        }
        for fact in facts
    ]
    if values:
        await (await session.connection()).execute(_INSERT, values)


async def stored_facts(session: AsyncSession, case_id: str, *, since: int = 1) -> list[Fact]:
    """Give the facts of a case that are on record, from number `since` on, in order."""
    log = select(FactRecord).where(FactRecord.case_id == case_id, FactRecord.seq >= since).order_by(col(FactRecord.seq))
    return [_fact(record) for record in await session.exec(log)]


async def strike_facts(session: AsyncSession, case_id: str, *, since: int) -> None:
    """Take the facts from number `since` on off the record: the case has never told them.

    A message that it seemed to have taken is to be brought to it again: a call may have been answered meanwhile.
    """
    struck = (col(FactRecord.case_id) == case_id, col(FactRecord.seq) >= since)
    taken = select(FactRecord).where(*struck, col(FactRecord.fact).in_(("message_received", "message_buffered")))
    messages = [str(record.detail.get("message_id")) for record in await session.exec(taken)]
    await session.exec(delete(FactRecord).where(*struck))
    again = update(Message).where(col(Message.message_id).in_(messages), col(Message.handled) == "")
    await session.exec(again.values(status="received", case_id=None, reason="", routing_since=None))


_INSERT = insert(FactRecord)
"""Made once: to make a statement costs as much as to run it."""


def _fact(record: FactRecord) -> Fact:
    return codec.load(Fact, record.model_dump_json(exclude={"case_id", "root_case_id"}))
