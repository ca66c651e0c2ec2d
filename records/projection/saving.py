"""How are the rows of a case loaded and saved? What changed since they were loaded, by plain statements.

The unit of work of an ORM would do the same for three times the processor: a case is saved with every step it takes.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Delete, Insert, RowMapping, Select, Table, Update, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import class_mapper
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from records.projection.rows import CaseRows, Image, Key, Row, made
from records.projection.summary import summarise
from records.projection.telling import notices
from records.tables import (
    OPEN_STATES,
    Case,
    FactRecord,
    Incident,
    Message,
    OpenActivation,
    ScopeVariables,
    Subscription,
    Task,
    TaskCandidate,
    Timer,
)
from records.upsert import insert_missing
from records.writes.handovers import acknowledge_read
from records.writes.messages import EXPIRED
from records.writes.orders import end_order
from workflows.contract.requests import StartCase

RESULTS = "LAD-RESULT"
"""The ladder of steps in which somebody reads a result."""

SAID_OF_MESSAGES = {"expired": {"status": "expired", "reason": EXPIRED}, "given_up": {"status": "expired"}}
"""What is noted of a message by how its case left it, where that is more than its status."""

LASTING = (Case, Task, Incident)
"""Rows that stay when what they describe has ended."""


async def standing(session: AsyncSession, case_id: str) -> RowMapping | None:
    """Give the row of a case, and as `told_at` the time of its last fact; None when it has no row yet."""
    rows = await (await session.connection()).execute(_CASE, {"case_id": case_id})
    return rows.mappings().first()


async def load(session: AsyncSession, start: StartCase, found: RowMapping | None) -> CaseRows:
    """Load what is open of a case; nothing when it has no row yet."""
    rows = CaseRows(start=start)
    if found is None:
        return rows
    rows.case = _made(Case, found)
    db, this = await session.connection(), {"case_id": start.case_id}
    rows.activations = {row.activation: row for row in await _all(db, OpenActivation, this)}
    rows.timers = {row.timer: row for row in await _all(db, Timer, this)}
    rows.subscriptions = {row.subscription: row for row in await _all(db, Subscription, this)}
    rows.scopes = {row.scope: row for row in await _all(db, ScopeVariables, this)}
    rows.tasks = {row.activation: row for row in await _all(db, Task, this)}
    if rows.case.incident:
        rows.incidents = {row.incident: row for row in await _all(db, Incident, this)}
    rows.saved = _image(rows)
    return rows


def brought_up(rows: CaseRows, found: RowMapping) -> CaseRows:
    """Give rows that were at hand, with what others than facts have written to the case since."""
    assert rows.case is not None
    for name, value in rows.saved[_key(rows.case)].items():
        if found[name] != value:
            setattr(rows.case, name, found[name])
    rows.saved[_key(rows.case)] = _values(rows.case)
    return rows


async def save(session: AsyncSession, rows: CaseRows) -> None:
    """Write the rows of a case and its summary: what left them is deleted, messages and notifications are noted."""
    if rows.case is not None:
        summarise(rows, rows.case)
    now = _image(rows)
    db = await session.connection()
    await _forget_candidates(session, rows)
    await _delete(db, [key for key in rows.saved if key not in now and key[0] not in LASTING])
    await _update(db, rows.saved, now)
    await _insert(db, rows.saved, now)
    async for notice in notices(session, rows):
        await insert_missing(session, notice)
    for row in (*rows.rung_starts.values(), *rows.awaited.values()):
        await insert_missing(session, row)
    await _note_messages(session, rows)
    await _end_order(session, rows)
    for task in rows.tasks.values():
        if task.ladder == RESULTS and task.completed_by and task.state == "completed":
            await acknowledge_read(session, task)
    rows.forget_closed()
    rows.saved = {key: now[key] for key in map(_key, rows.all())}


async def _delete(db: AsyncConnection, gone: list[Key]) -> None:
    by_table: dict[type[SQLModel], list[dict[str, Any]]] = defaultdict(list)
    for table, key in gone:
        by_table[table].append(_named(table, key))
    for table, keys in by_table.items():
        await db.execute(_deletion(table), keys)


async def _update(db: AsyncConnection, before: Image, now: Image) -> None:
    changed: dict[tuple[type[SQLModel], tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for (table, key), values in now.items():
        was = before.get((table, key))
        names = tuple(name for name in values if values[name] != was[name]) if was is not None else ()
        if names:
            changed[table, names].append({**_named(table, key), **{name: values[name] for name in names}})
    for (table, names), each in changed.items():
        await db.execute(_change(table, names), each)


async def _insert(db: AsyncConnection, before: Image, now: Image) -> None:
    new: dict[type[SQLModel], list[dict[str, Any]]] = defaultdict(list)
    for (table, key), values in now.items():
        if (table, key) not in before:
            new[table].append(values)
    for table, each in new.items():
        await db.execute(_insertion(table), each)


async def _note_messages(session: AsyncSession, rows: CaseRows) -> None:
    for message_id, status in rows.messages.items():
        noted = update(Message).where(col(Message.message_id) == message_id)
        if status != "delivered":  # the copy of a case that did not use what another case has
            noted = noted.where(col(Message.status) != "delivered")
        said = SAID_OF_MESSAGES.get(status, {"status": status})
        await session.exec(noted.values(case_id=rows.case_id, **said))


async def _end_order(session: AsyncSession, rows: CaseRows) -> None:
    """With a case that was ended from outside ends the order or referral that it is."""
    case = rows.case
    if case is None or case.status != "cancelled":
        return
    known = rows.scopes[case.process_scope].variables if case.process_scope in rows.scopes else {}
    order_id = known.get("order_id") or known.get("referral_id") or case.business_key
    await end_order(session, str(order_id), case.case_id)


async def _forget_candidates(session: AsyncSession, rows: CaseRows) -> None:
    for activation in sorted(rows.offered_anew):
        of_task = (col(TaskCandidate.case_id) == rows.case_id, col(TaskCandidate.activation) == activation)
        await session.exec(delete(TaskCandidate).where(*of_task))


def _image(rows: CaseRows) -> Image:
    """Give the values of every row, by table and key."""
    return {_key(row): _values(row) for row in rows.all()}


def _key(row: SQLModel) -> Key:
    return type(row), tuple(row.__dict__[name] for name in _keys(type(row)))


def _values(row: SQLModel) -> dict[str, Any]:
    """Give the values of a row as they lie in the object: an image is taken with every step of every case."""
    held = row.__dict__
    return {name: held[name] for name in _columns(type(row))}


def _named(table: type[SQLModel], key: tuple[Any, ...]) -> dict[str, Any]:
    return {f"this_{name}": value for name, value in zip(_keys(table), key, strict=True)}


def _made(table: type[Row], found: RowMapping) -> Row:
    return made(table, **{name: found[name] for name in _columns(table)})


async def _all(db: AsyncConnection, table: type[Row], this: Mapping[str, Any]) -> list[Row]:
    rows = await db.execute(_OPEN[table], this)
    return [_made(table, found) for found in rows.mappings()]


def _table(table: type[SQLModel]) -> Table:
    found = class_mapper(table, configure=False).local_table
    assert isinstance(found, Table)
    return found


@cache
def _columns(table: type[SQLModel]) -> tuple[str, ...]:
    return tuple(column.name for column in _table(table).columns)


@cache
def _keys(table: type[SQLModel]) -> tuple[str, ...]:
    return tuple(column.name for column in _table(table).primary_key)


@cache
def _insertion(table: type[SQLModel]) -> Insert:
    return insert(_table(table))


@cache
def _deletion(table: type[SQLModel]) -> Delete:
    return delete(_table(table)).where(*_this(table))


@cache
def _change(table: type[SQLModel], names: tuple[str, ...]) -> Update:
    return update(_table(table)).where(*_this(table)).values({name: bindparam(name) for name in names})


def _this(table: type[SQLModel]) -> list[Any]:
    return [_table(table).c[name] == bindparam(f"this_{name}") for name in _keys(table)]


def _of_case(table: type[SQLModel], *which: Any) -> Select[Any]:
    """Select what a table has of one case; made once, for making a statement costs as much as running it."""
    return select(_table(table)).where(_table(table).c.case_id == bindparam("case_id"), *which)


_LAST = (col(FactRecord.case_id) == col(Case.case_id)) & (col(FactRecord.seq) == col(Case.last_seq))
_CASE = (
    select(_table(Case), col(FactRecord.at).label("told_at"))
    .outerjoin(_table(FactRecord), _LAST)
    .where(_table(Case).c.case_id == bindparam("case_id"))
)
_OPEN: Mapping[type[SQLModel], Select[Any]] = {
    OpenActivation: _of_case(OpenActivation),
    Timer: _of_case(Timer),
    Subscription: _of_case(Subscription),
    ScopeVariables: _of_case(ScopeVariables),
    Task: _of_case(Task, col(Task.state).in_(OPEN_STATES)),
    Incident: _of_case(Incident, col(Incident.resolved_at).is_(None)),
}
