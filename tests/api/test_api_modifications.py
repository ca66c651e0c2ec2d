"""Is a change by hand foreseen, applied whole or refused in words, and are its reason and its person kept?"""

from typing import Any

import pytest
from sqlmodel import select

from records.tables import Audit
from tests.api.administered import KEY, publish_administered
from tests.api.conftest import Office
from workflows.contract.requests import Receipt
from workflows.host.gateway import CaseGateway, HostUnavailable

pytestmark = pytest.mark.temporal
WHY = {"reason": "seen elsewhere"}


async def referred(office: Office) -> str:
    await publish_administered(office)
    link: str = (await office.refer(KEY))["links"]["case"]
    return link


def kind_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"].rpartition("/")[2]


async def waits(office: Office, case: str) -> list[str]:
    return sorted(wait["activation"] for wait in (await office.coordinator.read(case))["waits"])


async def test_a_modification_is_foreseen_and_changes_nothing(office: Office) -> None:
    case = await referred(office)
    end_book = {"kind": "CancelActivation", "activation": "book"}
    move = {"kind": "MoveToken", "activation": "examine", "to": "choose"}
    found = await office.admin.do(f"{case}/modify", {"changes": [end_book, move], **WHY, "dry_run": True})
    assert "The token of Examine was moved to choose by a.fir: seen elsewhere" in found["happens"]
    assert {step["step"] for step in found["ended"]} == {"Examine", "Book"}
    assert [step["step"] for step in found["begun"]] == ["Fit?"]
    assert len(found["timers_cancelled"]) == 3
    assert found["incidents"]
    assert await waits(office, case) == ["book#1", "examine#1"]


async def test_the_same_change_sent_twice_is_one_and_gets_the_same_answer(office: Office) -> None:
    case = await referred(office)
    body = {"changes": [{"kind": "MoveToken", "activation": "book", "to": "refer"}], **WHY}
    first = await office.admin.post(f"{case}/modify", body, key="moved-once")
    second = await office.admin.post(f"{case}/modify", body, key="moved-once")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second.headers["Idempotency-Replayed"] == "true"
    assert await waits(office, case) == ["examine#1", "refer#1"]


async def test_an_act_of_which_the_answer_was_lost_is_answered_when_it_is_sent_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time its step, named by its element, is not open any more."""
    case = await referred(office)
    send = CaseGateway.send

    async def lost(*asked: Any) -> Receipt:
        await send(*asked)
        raise HostUnavailable("The answer was lost.")

    body = {"activation": "book", **WHY}
    with monkeypatch.context() as patched:
        patched.setattr(CaseGateway, "send", lost)
        assert (await office.admin.post(f"{case}/skip", body, key="lost-once")).status_code == 503
    again = await office.admin.post(f"{case}/skip", body, key="lost-once")
    assert (again.status_code, again.json()["status"]) == (200, "running")
    other = await office.admin.post(f"{case}/skip", body)
    assert kind_of(other) == (409, "not-open")


async def test_a_token_is_moved_and_the_reason_stays(office: Office) -> None:
    case = await referred(office)
    change = {"kind": "MoveToken", "activation": "book#1", "to": "refer"}
    await office.admin.do(f"{case}/modify", {"changes": [change], **WHY})
    assert await waits(office, case) == ["examine#1", "refer#1"]
    texts = [entry["text"] for entry in await office.coordinator.read(f"{case}/timeline")]
    assert "The token of Book was moved to refer by a.fir: seen elsewhere" in texts
    async with office.database.reader() as session:
        rows = (await session.exec(select(Audit).where(Audit.action == "case.modified"))).all()
    assert {"changes": ["MoveToken"], "reason": "seen elsewhere"}.items() <= rows[-1].detail.items()


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"kind": "StartAt", "element": "treat"}, (422, "invalid"), "can never be open at the same time"),
        ({"kind": "StartAt", "element": "late"}, (422, "invalid"), "begins when its event occurs"),
        ({"kind": "StartAt", "element": "nowhere"}, (422, "invalid"), "is no element of this pathway"),
        ({"kind": "CancelActivation", "activation": "examine"}, (422, "invalid"), "would wait for ever"),
        ({"kind": "CancelActivation", "activation": "treat"}, (409, "not-open"), "is open nowhere"),
        ({"kind": "CompleteActivation", "activation": "examine#9"}, (409, "not-open"), "is not open"),
        (
            {"kind": "CancelActivation", "activation": "tread"},
            (422, "invalid"),
            "'tread' is no element of this pathway",
        ),
        ({"kind": "CompleteActivation", "activation": "examin#1"}, (422, "invalid"), "'examin' is no element of"),
    ],
)
async def test_what_could_never_be_is_refused_in_words(
    office: Office, change: dict[str, str], kind: tuple[int, str], words: str
) -> None:
    case = await referred(office)
    if change == {"kind": "CancelActivation", "activation": "examine"}:
        await office.admin.do(f"{case}/skip", {"activation": "book", **WHY})
    before = await waits(office, case)
    for dry_run in (True, False):
        response = await office.admin.post(f"{case}/modify", {"changes": [change], **WHY, "dry_run": dry_run})
        assert kind_of(response) == kind
        assert words in response.json()["detail"]
    assert await waits(office, case) == before


async def test_a_step_of_a_case_that_is_over_is_refused_for_that(office: Office) -> None:
    case = await referred(office)
    await office.admin.do(f"{case}/cancel", WHY)
    for asked in ("skip", "complete"):
        for dry_run in (True, False):
            response = await office.admin.post(f"{case}/{asked}", {"activation": "book", **WHY, "dry_run": dry_run})
            assert kind_of(response) == (409, "not-running")


async def test_a_task_is_completed_on_behalf_of_whoever_holds_it(office: Office) -> None:
    case = await referred(office)
    task = (await office.dentist.read("/tasks", case=case.rpartition("/")[2]))["items"][0]
    await office.dentist.do(f"{task['links']['self']}/claim")
    await office.admin.do(f"{case}/complete", {"activation": "examine", "values": {"fit": True}, **WHY})
    texts = [entry["text"] for entry in await office.coordinator.read(f"{case}/timeline")]
    assert "a.fir acts on Examine on behalf of dr.oak by rank" in texts
    async with office.database.reader() as session:
        rows = (await session.exec(select(Audit).where(Audit.action == "case.completed_for"))).all()
    assert (rows[-1].actor, rows[-1].detail["on_behalf_of"]) == ("a.fir", "dr.oak")
    assert (await office.dentist.read(case))["variables"]["fit"] is True


async def test_a_business_error_is_thrown_that_the_diagram_catches(office: Office) -> None:
    case = await referred(office)
    await office.admin.do(f"{case}/throw-error", {"activation": "book", "code": "no-slot", **WHY})
    assert await waits(office, case) == ["examine#1", "refer#1"]
    refused = await office.admin.post(f"{case}/throw-error", {"activation": "examine", "code": "x", **WHY})
    assert kind_of(refused) == (422, "invalid")


async def test_a_case_begins_again_at_an_element(office: Office) -> None:
    case = await referred(office)
    body = {"element": "split", "variables": {"fit": True}, **WHY}
    foreseen = await office.admin.do(f"{case}/restart", {**body, "dry_run": True})
    assert {step["step"] for step in foreseen["begun"]} == {"Examine", "Book"}
    await office.admin.do(f"{case}/restart", body)
    assert await waits(office, case) == ["book#2", "examine#2"]


async def test_variables_of_one_scope_are_set_and_never_shown_in_the_audit(office: Office) -> None:
    case = await referred(office)
    body = {"variables": {"note": "Testina"}, "scope": "examine", **WHY}
    foreseen = await office.admin.do(f"{case}/variables", {**body, "dry_run": True})
    assert foreseen["variables"] == ["note"]
    assert "Testina" not in str(foreseen)
    await office.admin.do(f"{case}/variables", body)
    assert (await office.admin.post(f"{case}/variables", {**body, "reason": ""})).status_code == 422
    async with office.database.reader() as session:
        rows = (await session.exec(select(Audit).where(Audit.action == "case.variables_set"))).all()
    assert (rows[-1].detail["names"], rows[-1].detail["scope"]) == (["note"], "examine")
    assert "Testina" not in str([row.detail for row in rows])


async def test_only_an_administrator_changes_cases_by_hand(office: Office) -> None:
    case = await referred(office)
    step = {"activation": "examine", **WHY}
    for action, body in (
        ("modify", {"changes": [{"kind": "StartAt", "element": "treat"}], **WHY}),
        ("complete", step),
        ("skip", step),
        ("throw-error", {**step, "code": "x"}),
        ("restart", {"element": "split", **WHY}),
    ):
        assert (await office.coordinator.post(f"{case}/{action}", body)).status_code == 403
        assert (await office.admin.post(f"{case}/{action}", {**body, "reason": ""})).status_code == 422


async def test_many_cases_are_changed_by_the_names_of_their_elements(office: Office) -> None:
    cases = [await referred(office) for _ in range(3)]
    await office.admin.do(f"{cases[0]}/skip", {"activation": "book", **WHY})
    ids = [case.rpartition("/")[2] for case in cases]
    change = {"kind": "MoveToken", "activation": "book", "to": "refer"}
    body = {"kind": "case.modify", "filter": {"cases": ids}, "request": {"changes": [change]}, **WHY}
    foresight = await office.admin.do("/batches", {**body, "dry_run": True})
    assert foresight["counts"] == {"done": 2, "refused": 1}
    refused = next(each for each in foresight["reasons"] if each["outcome"] == "refused")
    assert (refused["reason"], refused["examples"]) == ("the element 'book' is open nowhere", ids[:1])
    batch = await office.admin.do("/batches", body)
    await office.here.background.rest()
    assert (await office.admin.read(batch["links"]["self"]))["counts"] == {"done": 2, "refused": 1}
    assert await waits(office, cases[1]) == ["examine#1", "refer#1"]
