"""To whom does the codec server open payloads? Asked with the tokens of every role and side, for every kind of key."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import Payload

from api.surroundings import system_clock
from records.tables import BrokenGlass
from records.writes.keys import erase_data_key
from records.writes.parties import note_requester, seal_case
from tests.api.attackers import ROLES, Operation, attack_on
from tests.api.conftest import Office, number
from tests.api.northern import NORTH, SOUTH, Northern, northern
from workflows.host.codec import ENCODING, KEY_NAME, EncryptedPayloads
from workflows.host.keys import INSTALLATION

pytestmark = pytest.mark.temporal
HOME = ""
SIDES = (NORTH, SOUTH, HOME)


def plain(text: str) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=f'"{text}"'.encode())


@dataclass(frozen=True, slots=True)
class Sealed:
    """One payload under each kind of key: by what it says, as Temporal's JSON writes it."""

    of: Mapping[str, dict[str, Any]]

    @property
    def operation(self) -> Operation:
        return asking("decode", self.of.values())

    def opened(self, answer: list[dict[str, Any]]) -> set[str]:
        """What of it an answer shows; the rest stands there as it was sent."""
        shown = {text for (text, sent), got in zip(self.of.items(), answer, strict=True) if got != sent}
        for text, got in zip(self.of, answer, strict=True):
            assert text not in shown or b64decode(got["data"]).decode() == f'"{text}"'
        return shown


def asking(what: str, payloads: Any) -> Operation:
    path = f"/codec/{what}"
    return Operation("post", path, path, {"payloads": list(payloads)})


async def seal(office: Office, text: str, key: str) -> dict[str, Any]:
    keys = office.here.keys
    assert keys is not None
    (payload,) = await EncryptedPayloads(keys, key).encode([plain(text)])
    return MessageToDict(payload)


@pytest_asyncio.fixture
async def case(any_office: Office) -> Northern:
    return await northern(any_office)


@pytest_asyncio.fixture
async def sealed(case: Northern) -> Sealed:
    ours = (await case.office.refer("two_tasks"))["case_id"]
    keys = {"of the north": case.case_id, "of ours": ours, "of the installation": INSTALLATION}
    return Sealed({text: await seal(case.office, text, key) for text, key in keys.items()})


OPENS = {NORTH: {"of the north"}, SOUTH: set[str](), HOME: {"of ours", "of the installation"}}


async def test_every_role_of_every_side_opens_what_the_table_says(case: Northern, sealed: Sealed) -> None:
    attack, found = attack_on(case.office), list[str]()
    for role in ROLES:
        for side in SIDES:
            status, text = await attack.ask(attack.token(role, side), sealed.operation)
            if role == "admin":
                assert status == 200, text
                assert sealed.opened(json.loads(text)["payloads"]) == OPENS[side], side
            elif status != 403 or any(each["data"] in text for each in sealed.of.values()):
                found.append(f"{role} of '{side}': {status} {text[:200]}")
    assert not found, "\n".join(found)


async def test_only_an_administrator_of_the_installation_writes_with_its_key(case: Northern) -> None:
    attack, text = attack_on(case.office), MessageToDict(plain("go on"))
    let_in = {
        (role, side)
        for role in ROLES
        for side in SIDES
        if (await attack.ask(attack.token(role, side), asking("encode", [text])))[0] < 300
    }
    assert let_in == {("admin", HOME)}


async def test_a_case_made_for_the_wrong_patient_is_opened_to_its_own_administrator_alone(
    case: Northern, sealed: Sealed
) -> None:
    async with case.office.database.session() as session:
        await seal_case(session, case.case_id, actor="test", now=system_clock())
    for side, opens in OPENS.items():
        answer = await case.person("admin", organisation=side).do("/codec/decode", sealed.operation.body)
        assert sealed.opened(answer["payloads"]) == opens


async def test_nobody_else_is_told_that_a_key_was_erased(case: Northern) -> None:
    gone, keys = f"case-gone-{number()}", case.office.here.keys
    assert keys is not None
    secret = await seal(case.office, "gone", gone)
    async with case.office.database.session() as session:
        await note_requester(session, gone, NORTH, through="test", now=system_clock())
        await erase_data_key(session, gone, actor="a.fir", now=system_clock())
    keys.forget(gone)
    for side in (SOUTH, HOME):
        stranger = case.person("admin", organisation=side)
        assert await stranger.do("/codec/decode", {"payloads": [secret]}) == {"payloads": [secret]}
    (told,) = (await case.person("admin").do("/codec/decode", {"payloads": [secret]}))["payloads"]
    assert b64decode(told["data"]).decode().startswith('"erased: The key of')


async def test_a_broken_glass_opens_no_payload_neither_while_it_is_open_nor_after(
    case: Northern, sealed: Sealed
) -> None:
    stranger = case.person("ent_surgeon", "admin", organisation=SOUTH)
    grant = await stranger.do(f"{case.link}/break-glass", {"reason": "An emergency, by way of a test"})
    assert (await stranger.get(case.link)).status_code == 200
    for _ in range(2):
        answer = await stranger.do("/codec/decode", sealed.operation.body)
        assert sealed.opened(answer["payloads"]) == set()
        async with case.office.database.session() as session:
            (await session.get_one(BrokenGlass, grant["id"])).until -= timedelta(hours=4)


async def test_a_payload_that_names_another_key_than_its_own_opens_to_nobody(case: Northern) -> None:
    ours = (await case.office.refer("two_tasks"))["case_id"]
    for hidden in (ours, INSTALLATION):
        stolen = await seal(case.office, "hidden", hidden)
        stolen["metadata"][KEY_NAME] = b64encode(case.case_id.encode()).decode()
        refused = await case.person("admin").post("/codec/decode", {"payloads": [stolen]})
        assert (refused.status_code, "hidden" in refused.text) == (422, False)


@pytest.mark.parametrize("name", [None, b"", b"\xff", b"case-nobody", b"\x00"])
@pytest.mark.parametrize("size", [0, 5, 200])
async def test_what_is_no_payload_of_ours_is_refused_or_stays_as_it_is(
    case: Northern, name: bytes | None, size: int
) -> None:
    given = {} if name is None else {KEY_NAME: name}
    odd = Payload(metadata={"encoding": ENCODING, **given}, data=b"x" * size)
    body = {"payloads": [MessageToDict(odd)]}
    for side in SIDES:
        answer = await case.person("admin", organisation=side).post("/codec/decode", body)
        assert answer.status_code in (400, 422) or answer.json() == body, f"{side}: {answer.status_code} {answer.text}"


async def test_what_is_too_short_for_its_key_is_refused(case: Northern) -> None:
    for size in (0, 5, 200):
        odd = Payload(metadata={"encoding": ENCODING, KEY_NAME: case.case_id.encode()}, data=b"x" * size)
        answer = await case.person("admin").post("/codec/decode", {"payloads": [MessageToDict(odd)]})
        assert answer.status_code == 422, answer.text


async def test_an_unsealed_payload_passes(case: Northern) -> None:
    body = {"payloads": [MessageToDict(plain(f"open {number()}"))]}
    assert await case.person("admin", organisation=SOUTH).do("/codec/decode", body) == body
