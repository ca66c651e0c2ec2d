"""Is the audit whole? Walks the chain in batches and says of each row that was removed, edited, inserted or moved.

What it cannot find without a key: a chain that somebody sealed anew. With the key: only that the whole database, audit
and head together, was put back to an earlier state; an anchor kept elsewhere finds that.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, assert_never

from sqlalchemy import Row, String, Text, cast, func, select, type_coerce
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from records.audit_keys import AuditKeys
from records.audit_seal import DOUBTED, FIRST, head_holds, standing_of
from records.tables import Audit, AuditedCase, AuditHead
from records.writes.audit import HEAD, cases_listed, keys_of

BATCH = 5_000
MANY = 100
"""So many findings are enough: after them the walk ends."""

BACK = timedelta(minutes=5)
"""So far the clocks of two processes may be apart."""

_JSON = ("detail", "context")
_TEXTS = ("actor", "action", "case_id", "organisation", "outcome", "prev_hash", "hash", *_JSON)
_COLUMNS = SQLModel.metadata.tables["audit"].columns
_STORED = {"at": type_coerce(_COLUMNS["at"], String), **{name: cast(_COLUMNS[name], Text) for name in _JSON}}
_ROWS = (
    select(*(_STORED.get(each.name, each).label(each.name) for each in _COLUMNS)).order_by(col(Audit.id)).limit(BATCH)
)
"""As the database has them: what two readers may read differently is not what was written."""

_HEAD = select(col(AuditHead.last_id), col(AuditHead.last_hash), col(AuditHead.seal)).where(col(AuditHead.head) == HEAD)
_LISTED = select(col(AuditedCase.audit_id), col(AuditedCase.case_id))
_ALL_LISTED = select(func.count(col(AuditedCase.audit_id)))
Kind = Literal["removed", "edited", "inserted", "reordered", "keyless", "unknown_key", "head", "index", "anchor"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with the rows that it is about, from `row` to `to`."""

    kind: Kind
    row: int
    says: str
    to: int = 0


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the newest row was at some time, kept outside the database: its number and its seal."""

    row: int
    seal: str

    def __str__(self) -> str:
        return f"{self.row}:{self.seal}"

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """Read an anchor as it was printed.

        Raises:
            ValueError: it is none.
        """
        row, _, seal = text.strip().partition(":")
        if not (row.isdecimal() and seal):
            raise ValueError(f"'{text[:80]}' is no anchor: give a line as `pathways audit head` prints it.")
        return cls(int(row), seal)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk found. `keyed`: rows whose seal needs a key; `anchor`: what to keep elsewhere now.

    `back`: rows that say a time long before that of the row before; whole, but somebody's clock was wrong.
    """

    rows: int
    keyed: int
    anchor: Anchor
    findings: Sequence[Finding]
    back: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """A row as it was read. `at`: None when a column does not hold what we write into it."""

    id: int
    at: datetime | None
    actor: str
    action: str
    case_id: str
    detail: dict[str, Any]
    organisation: str
    outcome: str
    context: dict[str, Any]
    prev_hash: str
    hash: str


@dataclass(slots=True)
class _Walk:
    session: AsyncSession
    keys: AuditKeys
    keyed_since: int
    anchors: dict[int, str]
    last_id: int = 0
    last_hash: str = FIRST
    rows: int = 0
    keyed: int = 0
    listed: int = 0
    last_at: datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    back: list[int] = field(default_factory=list)


async def verify(
    session: AsyncSession, *, keyed_since: int = 1, anchors: Sequence[Anchor] = (), limit: int = MANY
) -> Verdict:
    """Walk the chain from its first row to its head, and stop after `limit` findings.

    `keyed_since`: the first row that must be sealed by a key, when there is one. `anchors`: from earlier, to compare.
    """
    walk = _Walk(session, keys_of(session), keyed_since, {each.row: each.seal for each in anchors})
    async for batch in _batches(session):
        for row in batch:
            await _step(walk, row)
            if len(walk.findings) >= limit:
                return _verdict(walk, limit)
        await _compare_lists(walk, batch)
    await _end(walk)
    return _verdict(walk, limit)


async def head_of(session: AsyncSession) -> Anchor:
    """Give what the newest row is now, to be kept outside the database."""
    found = (await (await session.connection()).execute(_HEAD)).first()
    return Anchor(found.last_id, found.last_hash) if found else Anchor(0, FIRST)


def _verdict(walk: _Walk, limit: int) -> Verdict:
    anchor = Anchor(walk.last_id, walk.last_hash)
    return Verdict(walk.rows, walk.keyed, anchor, tuple(walk.findings[:limit]), tuple(walk.back[:limit]))


async def _batches(session: AsyncSession) -> AsyncIterator[Sequence[_Read]]:
    connection, following = await session.connection(), _ROWS
    while batch := (await connection.execute(following)).all():
        yield [_read(row) for row in batch]
        following = _ROWS.where(col(Audit.id) > batch[-1].id)


def _read(row: Row[Any]) -> _Read:
    """Read a row, and nothing into it: JSON with a name twice, or a time in another form, was not written by us."""
    stored = row._asdict()
    try:
        read = {**stored, "at": _moment(row.at), **{name: _json(stored[name]) for name in _JSON}}
        return _Read(**read) if all(isinstance(stored[name], str) for name in _TEXTS) else _unreadable(row)
    except (TypeError, ValueError, RecursionError):
        return _unreadable(row)


def _unreadable(row: Row[Any]) -> _Read:
    return _Read(row.id, None, "", "", "", {}, "", "", {}, str(row.prev_hash), str(row.hash))


def _moment(stored: Any) -> datetime:
    """PostgreSQL gives a time, SQLite the text that we wrote."""
    if isinstance(stored, datetime):
        return stored.astimezone(UTC)
    moment = datetime.fromisoformat(stored)
    if moment.tzinfo is not None or moment.isoformat(sep=" ", timespec="microseconds") != stored:
        raise ValueError("a time is not written as we write it")
    return moment.replace(tzinfo=UTC)


def _json(stored: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stored)
    if not isinstance(found, dict) or json.dumps(found) != stored:
        raise ValueError("JSON is not written as we write it")
    return found


async def _step(walk: _Walk, row: _Read) -> None:
    found = await _wrong_in(walk, row) or await _wrong_before(walk, row)
    walk.findings += [found] if found else []
    if walk.anchors.pop(row.id, row.hash) != row.hash:
        walk.findings.append(Finding("anchor", row.id, f"row {row.id} is not the one that the anchor was taken of"))
    walk.last_id, walk.last_hash, walk.rows = row.id, row.hash, walk.rows + 1
    walk.keyed += row.hash.partition(":")[0] in walk.keys.secrets
    walk.back += [row.id] if row.at and walk.last_at and row.at < walk.last_at - BACK else []
    walk.last_at = row.at


async def _compare_lists(walk: _Walk, batch: Sequence[_Read]) -> None:
    """Which of these rows list other cases than `audited_case` has of them; one that is wrong already is left out."""
    shown, wrong = defaultdict[int, list[str]](list), {each.row for each in walk.findings}
    within = _LISTED.where(col(AuditedCase.audit_id).between(batch[0].id, batch[-1].id))
    for audit_id, case_id in await (await walk.session.connection()).execute(within):
        shown[audit_id].append(str(case_id))
    for row in batch:
        if row.id not in wrong and cases_listed(row.detail) != sorted(shown[row.id]):
            says = f"row {row.id} lists other cases than audited_case has of it: the audit itself was not changed"
            walk.findings.append(Finding("index", row.id, says))
    walk.listed += sum(map(len, shown.values()))


async def _wrong_in(walk: _Walk, row: _Read) -> Finding | None:
    if row.at is None:
        return Finding("edited", row.id, f"row {row.id} holds what was never written: a column was edited")
    match standing_of(row, walk.keys):
        case "holds":
            return None
        case "keyless":
            if not walk.keys.active or row.id < walk.keyed_since:
                return None
            return Finding("keyless", row.id, f"row {row.id} is sealed without a key: anybody can have written it")
        case "unknown_key":
            return Finding("unknown_key", row.id, f"row {row.id} needs a key that is not here: nothing is said of it")
        case "broken":
            return await _changed(walk, row)
        case other:
            assert_never(other)


async def _changed(walk: _Walk, row: _Read) -> Finding:
    """Which change it was. A row that was moved is what was sealed at another place."""
    follower = await _first_id(walk, col(Audit.prev_hash) == row.hash)
    places = ([follower - 1] if follower else []) + [row.id - 1, row.id + 1]
    place = next((each for each in places if standing_of(row, walk.keys, at=each) != "broken"), None)
    if place is not None:
        return Finding("reordered", row.id, f"row {row.id} was moved: it was row {place}")
    rival = await _first_id(walk, col(Audit.prev_hash) == walk.last_hash, col(Audit.id) != row.id)
    if follower is None and rival is not None:
        return Finding("inserted", row.id, f"row {row.id} was inserted: row {rival} follows the one before it")
    return Finding("edited", row.id, f"row {row.id} is not what was sealed: a column was edited, or the row replaced")


async def _wrong_before(walk: _Walk, row: _Read) -> Finding | None:
    """What is wrong with a row that holds by itself: it does not follow the one that stands before it."""
    prev, doubted = row.prev_hash.removeprefix(DOUBTED), row.prev_hash.startswith(DOUBTED)
    if doubted and not 1 < row.id == walk.keyed_since:
        return Finding("head", row.id, f"when row {row.id} was written, the head was not the one that had been sealed")
    if prev == walk.last_hash or _is_reported(walk):
        return None
    if row.id > walk.last_id + 1:
        rows = f"row {row.id - 1} is" if row.id == walk.last_id + 2 else f"rows {walk.last_id + 1} to {row.id - 1} are"
        return Finding("removed", walk.last_id + 1, f"{rows} missing", row.id - 1)
    follows = await _first_id(walk, col(Audit.hash) == prev)
    if follows is not None:
        return Finding("reordered", row.id, f"row {row.id} was moved: it follows row {follows}")
    return Finding("edited", walk.last_id, f"row {walk.last_id} was replaced: row {row.id} follows another")


def _is_reported(walk: _Walk) -> bool:
    return bool(walk.findings) and walk.findings[-1].row == walk.last_id


async def _first_id(walk: _Walk, *conditions: Any) -> int | None:
    found = select(col(Audit.id)).where(*conditions).order_by(col(Audit.id)).limit(1)
    return (await (await walk.session.connection()).execute(found)).scalar()


async def _end(walk: _Walk) -> None:
    connection = await walk.session.connection()
    head = (await connection.execute(_HEAD)).first()
    found = _wrong_at_end(walk, head)
    walk.findings += [found] if found else []
    for row, _ in sorted(walk.anchors.items()):
        walk.findings.append(Finding("anchor", row, f"row {row}, of which an anchor was taken, is missing"))
    strangers = (await connection.execute(_ALL_LISTED)).scalar_one() - walk.listed
    if strangers:
        says = f"audited_case lists {strangers} cases of rows that are not there"
        walk.findings.append(Finding("index", 0, says))


def _wrong_at_end(walk: _Walk, head: Row[int, str, str] | None) -> Finding | None:
    if head is None:
        return Finding("head", walk.last_id, "the head is missing: nobody can say whether the last rows are there")
    last_id, last_hash, seal = head.last_id, head.last_hash, head.seal
    if not head_holds(last_id, last_hash, seal, walk.keys) and (walk.rows or tuple(head) != (0, FIRST, "")):
        row = last_id if isinstance(last_id, int) else walk.last_id
        return Finding("head", row, f"the head, at row {last_id}, was not sealed by us")
    if last_id > walk.last_id:
        return Finding("removed", walk.last_id + 1, f"the last rows, up to {last_id}, are missing", last_id)
    if last_id < walk.last_id:
        return Finding("inserted", last_id + 1, f"rows after {last_id} were never sealed as the newest", walk.last_id)
    if last_hash != walk.last_hash and not _is_reported(walk):
        return Finding("edited", last_id, f"row {last_id} is not the one that was sealed as the newest")
    return None


async def broken_audit(session: AsyncSession) -> int | None:
    """Give the id of the first row about which something is wrong, None when the chain is whole."""
    findings = (await verify(session, limit=1)).findings
    return findings[0].row if findings else None
