"""Does every case have one key of its own, quickly at hand, through outages, and gone for good once it is erased?"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import event, text
from sqlmodel import col, update
from temporalio.api.common.v1 import Payload
from temporalio.converter import WorkflowSerializationContext

from records.database import Database
from records.queries.keys import keys_by_kek
from records.tables import Case, DataKey
from records.writes.keys import erase_data_key
from tests.databases import migrate, new_postgres, postgres_url
from workflows.host.codec import EncryptedPayloads
from workflows.host.keys import LOOK_SECONDS, DataKeys
from workflows.host.keys_errors import KeyErased, KeyRingError, KeysUnavailable, KeyUnknown, PayloadError
from workflows.host.keys_rotation import rewrap_all
from workflows.host.keys_wrapping import KeyRing, Wrapped, new_key

_numbers = itertools.count(1)
OLD, NEW = new_key("2025"), new_key("2026")
RING = KeyRing.parse(NEW)
SECRET = Payload(metadata={"encoding": b"json/plain"}, data=b'"Testina Beispiel"')
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A database for the tests that need none of their own: each takes cases of its own."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('keys') / 'keys.db'}"
    else:
        url = await new_postgres(request.getfixturevalue("postgres"))
    database = Database(await migrate(url))
    yield database
    await database.close()


@pytest.fixture
def one() -> str:
    """A case that nobody has used."""
    return f"case-{next(_numbers)}"


@pytest.fixture
def other(one: str) -> str:
    """Another one."""
    return f"{one}-other"


@dataclass
class Clock:
    """A clock that stands still until it is told otherwise."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now

    def later(self) -> None:
        self.now += LOOK_SECONDS


@dataclass
class Kms:
    """A key management service in the place of the ring: it counts how often it is asked, and can be slow."""

    active: str = "arn:kms:key/1"
    ring: KeyRing = field(default_factory=lambda: KeyRing.parse(new_key("arn")))
    unwrapped: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def wrap(self, name: str, key: bytes) -> Wrapped:
        return Wrapped(self.active, (await self.ring.wrap(name, key)).data)

    async def unwrap(self, name: str, wrapped: Wrapped) -> bytes:
        self.unwrapped += 1
        self.asked.set()
        await self.answers.wait()
        return await self.ring.unwrap(name, Wrapped("arn", wrapped.data))


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Note every statement that the database is asked."""
    noted: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        noted.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield noted
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def codec_of(keys: DataKeys, case_id: str) -> EncryptedPayloads:
    return EncryptedPayloads(keys).with_context(WorkflowSerializationContext("default", case_id))


async def erase(database: Database, name: str) -> DataKey | None:
    async with database.session() as session:
        return await erase_data_key(session, name, actor="a.fir", now=NOW)


async def test_two_processes_that_begin_a_case_at_once_take_the_same_key(shared: Database, one: str) -> None:
    processes = [DataKeys(shared, RING) for _ in range(6)]
    sealed = await asyncio.gather(*(codec_of(keys, one).encode([SECRET]) for keys in processes))
    for keys in processes:
        assert await codec_of(keys, one).decode([p for payloads in sealed for p in payloads]) == [SECRET] * 6
    async with shared.reader() as session:
        assert (await session.get_one(DataKey, one)).kek == RING.active


async def test_a_key_at_hand_needs_no_database_and_many_keys_one_reading(shared: Database, one: str) -> None:
    names = [f"{one}-{number}" for number in range(50)]
    first, second = DataKeys(shared, RING), DataKeys(shared, RING)
    for name in names:
        await first.sealing(name)
    with statements(shared) as noted:
        await second.opening(names)
        assert len([statement for statement in noted if "data_key.root_case_id" in statement]) == 1
        noted.clear()
        for name in names:
            await second.sealing(name)
        assert noted == []


async def test_an_erased_key_is_gone_everywhere_soon_and_never_made_again(shared: Database, one: str) -> None:
    clock = Clock()
    here, elsewhere = DataKeys(shared, RING), DataKeys(shared, RING, clock=clock)
    sealed = await codec_of(here, one).encode([SECRET])
    assert await codec_of(elsewhere, one).decode(sealed) == [SECRET]
    await erase(shared, one)
    assert await codec_of(elsewhere, one).decode(sealed) == [SECRET], "it is at hand for some seconds"
    clock.later()
    with pytest.raises(KeyErased, match=rf"'{one}' was erased on 2026-11-22 09:30 UTC by a\.fir"):
        await codec_of(elsewhere, one).decode(sealed)
    for keys in (elsewhere, DataKeys(shared, RING)):
        with pytest.raises(KeyErased):
            await codec_of(keys, f"{one}/called#1").encode([SECRET])


async def test_a_key_that_is_lost_is_never_made_anew(shared: Database, one: str) -> None:
    sealed = await codec_of(DataKeys(shared, RING), one).encode([SECRET])
    async with shared.session() as session:
        lost = await session.get_one(DataKey, one)
        await session.delete(lost)
        session.add(
            Case(case_id=one, key="k", name="K", sha256="s", process_scope="k#1", started_at=NOW, root_case_id=one)
        )
    reader = DataKeys(shared, RING)
    for keys in (DataKeys(shared, RING), reader):
        with pytest.raises(KeyUnknown):
            await codec_of(keys, one).encode([SECRET])
    async with shared.session() as session:
        await session.delete(await session.get_one(Case, one))
    with pytest.raises(KeyUnknown):
        await codec_of(reader, one).decode(sealed)
    with pytest.raises(KeyUnknown, match="is this the database"):
        await codec_of(reader, one).encode([SECRET])
    async with shared.session() as session:
        assert await session.get(DataKey, one) is None
        session.add(DataKey(root_case_id=one, wrapped=lost.wrapped, kek=lost.kek, created_at=NOW))
    assert await codec_of(reader, one).decode(sealed) == [SECRET], "somebody has found it"
    assert await codec_of(reader, one).encode([SECRET])


async def test_the_process_that_erases_forgets_at_once(shared: Database, one: str) -> None:
    keys = DataKeys(shared, RING)
    await keys.sealing(one)
    await erase(shared, one)
    keys.forget(one)
    with pytest.raises(KeyErased):
        await keys.sealing(one)


async def test_a_key_that_was_erased_while_it_was_read_is_not_kept(shared: Database, one: str) -> None:
    kms, clock = Kms(), Clock()
    keys = DataKeys(shared, kms, clock=clock)
    await DataKeys(shared, kms).sealing(one)
    await keys.opening([f"{one}-of-nobody"])
    reading = asyncio.create_task(keys.opening([one]))
    async with asyncio.timeout(60):
        await kms.asked.wait()
    await erase(shared, one)
    clock.later()
    await keys.opening([f"{one}-of-nobody"])
    kms.answers.set()
    assert isinstance((await reading)[one], AESGCM)
    assert isinstance((await keys.opening([one]))[one], KeyErased)


async def test_erasing_twice_changes_nothing_and_other_cases_stay(shared: Database, one: str, other: str) -> None:
    keys = DataKeys(shared, RING)
    for name in (one, other):
        await keys.sealing(name)
    first, again = await erase(shared, one), await erase(shared, one)
    assert first == again
    assert first is not None
    assert first.erasure is not None
    assert (first.wrapped, first.erased_by) == (b"", "a.fir")
    assert await erase(shared, f"{one}-of-nobody") is None
    assert isinstance((await DataKeys(shared, RING).opening([other]))[other], AESGCM)


async def test_whoever_looks_is_told_what_was_erased_and_sees_the_rest(shared: Database, one: str, other: str) -> None:
    keys = DataKeys(shared, RING)
    sealed = [(await codec_of(keys, name).encode([SECRET]))[0] for name in (one, other)]
    await erase(shared, one)
    gone, kept = await EncryptedPayloads(DataKeys(shared, RING)).reveal(sealed)
    assert kept == SECRET
    assert json.loads(gone.data).startswith(f"erased: The key of '{one}' was erased on 2026-11-22")


async def test_no_more_keys_are_kept_than_the_process_may(shared: Database, one: str) -> None:
    keys = DataKeys(shared, RING, capacity=2)
    for number in range(5):
        await keys.sealing(f"{one}-{number}")
    assert len(await keys.opening([f"{one}-{number}" for number in range(5)])) == 5
    with statements(shared) as noted:
        await keys.opening([f"{one}-{number}" for number in range(3)])
    assert len(noted) > 0


async def test_an_outage_stops_no_case_whose_key_is_at_hand(database_url: str, request: pytest.FixtureRequest) -> None:
    database, clock = Database(database_url), Clock()
    keys = DataKeys(database, RING, clock=clock)
    codec = codec_of(keys, "case-1")
    sealed = await codec.encode([SECRET])
    await take_away(database, request)
    for _ in range(3):
        clock.later()
        assert await codec.decode(sealed) == [SECRET]
        assert await codec.encode([SECRET]) != sealed
    for asking in (keys.opening(["case-2"]), keys.sealing("case-2")):
        with pytest.raises(KeysUnavailable, match="database does not answer"):
            await asking
    await database.close()


async def take_away(database: Database, request: pytest.FixtureRequest) -> None:
    """Make the database unreachable: dropped under its connections, or its file replaced by a folder."""
    if database.engine.dialect.name == "postgresql":
        admin = Database(postgres_url(request.getfixturevalue("postgres"), "postgres"))
        async with admin.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text(f"DROP DATABASE {database.url.database} WITH (FORCE)"))
        await admin.close()
        return
    await database.close()
    file = Path(str(database.url.database))
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    file.mkdir()


async def test_a_new_key_encryption_key_wraps_all_data_keys_and_the_old_one_may_go(database: Database) -> None:
    before = DataKeys(database, KeyRing.parse(OLD))
    sealed = [(await codec_of(before, f"case-{number}").encode([SECRET]))[0] for number in range(7)]
    await erase(database, "case-6")
    both = KeyRing.parse(f"{NEW},{OLD}")
    async for done in rewrap_all(database, both, at_once=4):
        assert done == 4
        break  # it is stopped here, and started again below
    async with database.reader() as session:
        assert await keys_by_kek(session) == {"2025": 2, "2026": 4}
    assert [done async for done in rewrap_all(database, both, at_once=4)] == [2]
    after = EncryptedPayloads(DataKeys(database, KeyRing.parse(NEW)))
    assert await after.decode(sealed[:6]) == [SECRET] * 6
    async with database.reader() as session:
        assert (await session.get_one(DataKey, "case-6")).wrapped == b"", "an erased key is not brought back"


async def test_a_ring_without_the_old_key_says_which_one_is_missing(database: Database) -> None:
    sealed = await codec_of(DataKeys(database, KeyRing.parse(OLD)), "case-1").encode([SECRET])
    with pytest.raises(KeyRingError, match="is wrapped by '2025': add that one"):
        await EncryptedPayloads(DataKeys(database, RING)).decode(sealed)
    with pytest.raises(KeyRingError, match="'2025'"):
        await anext(rewrap_all(database, RING))


async def test_the_key_of_one_case_does_not_pass_for_that_of_another(shared: Database, one: str, other: str) -> None:
    keys = DataKeys(shared, RING)
    for name in (one, other):
        await keys.sealing(name)
    async with shared.session() as session:
        others = (await session.get_one(DataKey, other)).wrapped
        await session.exec(update(DataKey).where(col(DataKey.root_case_id) == one).values(wrapped=others))
    with pytest.raises(KeyRingError, match="does not open"):
        await DataKeys(shared, RING).opening([one])


async def test_a_kms_in_the_place_of_the_ring_is_asked_once_per_case(shared: Database, one: str) -> None:
    kms = Kms()
    kms.answers.set()
    sealed = await codec_of(DataKeys(shared, kms), one).encode([SECRET])
    keys = DataKeys(shared, kms)
    for _ in range(5):
        assert await codec_of(keys, one).decode(sealed) == [SECRET]
    assert kms.unwrapped == 1
    async with shared.reader() as session:
        assert (await session.get_one(DataKey, one)).kek == "arn:kms:key/1"


async def test_no_error_tells_of_a_key_or_a_payload(shared: Database, one: str) -> None:
    keys = DataKeys(shared, RING)
    (sealed,) = await codec_of(keys, one).encode([SECRET])
    sealed.data = sealed.data[:-1] + b"x"
    with pytest.raises(PayloadError) as changed:
        await EncryptedPayloads(keys).decode([sealed])
    assert "Testina" not in str(changed.value)
    assert NEW.partition(":")[2] not in repr(keys.encryption)
