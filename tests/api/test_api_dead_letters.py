"""Does every message that finds no case stay visible, with its reason, until a person has dealt with it?"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select

from api.deliveries_left import finish_deliveries
from pathways.bpmn.model import MessageTrigger
from records.queries.dead_letters import dead_letter_counts
from records.tables import Audit
from records.writes.publications import publish
from tests.api.conftest import Office, number
from tests.api.letters import begin, go_on, post_at, publish_letters, result, titles
from tests.host.diagrams import line, node

pytestmark = pytest.mark.temporal
MONTH = timedelta(days=31)


@pytest_asyncio.fixture
async def letters(office: Office) -> AsyncIterator[Office]:
    await publish_letters(office.database)
    yield office


async def letter(office: Office, key: str, **about: Any) -> dict[str, Any]:
    """The one dead letter with this key."""
    found = await office.coordinator.read("/dead-letters", key=key, **about)
    assert found["total"] == 1, found
    one: dict[str, Any] = found["items"][0]
    return one


async def has_none(office: Office, key: str) -> bool:
    found = await office.coordinator.read("/dead-letters", key=key)
    return bool(found["total"] == 0)


async def audited(office: Office, action: str, message_id: str) -> list[str]:
    async with office.database.reader() as session:
        found = await session.exec(select(Audit).where(col(Audit.action) == action))
        return [row.actor for row in found if row.detail.get("message_id") == message_id]


async def test_a_message_that_no_case_knows_says_why_and_what_can_be_done(letters: Office) -> None:
    sent = result(f"NOBODY-{number()}", variables={"conclusion": "none"})
    response = await letters.sender.post("/messages", sent)
    assert (response.status_code, response.json()["status"]) == (202, "unmatched")
    found = await letter(letters, sent["correlation_key"])
    assert (found["why"], found["message_id"]) == ("unmatched", sent["message_id"])
    assert found["reason"] == "no case waits for it or is known by its key"
    assert [words.partition(":")[0] for words in found["can"]] == ["wait", "correlate", "discard"]
    assert (found["carries"], "none" in str(found)) == (["conclusion"], False)
    assert await letters.coordinator.read(found["links"]["self"]) == found
    assert await audited(letters, "dead_letter.read", sent["message_id"]) == ["c.elm"]


async def test_dead_letters_are_chosen_by_status_name_key_and_age_and_come_in_pages(letters: Office) -> None:
    name = f"letter.{number()}"
    keys = [f"PAGE-{number()}" for _ in range(5)]
    for key in keys:
        await letters.sender.do("/messages", result(key, name))
    first = await letters.coordinator.read("/dead-letters", name=name, size=2)
    assert (first["total"], [item["correlation_key"] for item in first["items"]]) == (5, keys[:2])
    second = await letters.coordinator.read(first["next"])
    assert [item["correlation_key"] for item in second["items"]] == keys[2:4]
    for chosen, total in (({"status": "late"}, 0), ({"min_age": "P1D"}, 0), ({"min_age": "PT0S"}, 5)):
        assert (await letters.coordinator.read("/dead-letters", name=name, **chosen))["total"] == total
    refused = await letters.coordinator.get("/dead-letters", min_age="P")
    assert (refused.status_code, refused.json()["title"]) == (422, "The content does not fit")
    assert (await letters.dentist.get("/dead-letters")).status_code == 403


async def test_a_merge_that_a_case_throws_without_saying_into_whom_is_refused_visibly_and_the_case_ends(
    letters: Office,
) -> None:
    thrown = node("tell", "intermediateThrowEvent", "merging", trigger=MessageTrigger("patient.merged", "patient_id"))
    async with letters.database.session() as session:
        merging = line("merging", thrown)
        await publish(session, merging, bpmn="<none/>", forms={}, actor="test", now=post_at(letters).clock())
    key = f"PAT-{number()}"
    body = {"business_key": f"LETTER-{number()}", "variables": {"patient_id": key}}
    begun = await letters.admin.do("/pathways/merging/cases", body)
    async with asyncio.timeout(60):
        while (await letters.gateway.describe(begun["case_id"])).status == "running":
            await asyncio.sleep(0.05)
    found = await letter(letters, key)
    assert (found["why"], "surviving_patient_id" in found["reason"]) == ("refused", True)
    again = await letters.coordinator.post(found["links"]["correlate"], {"correlation_key": key})
    assert again.status_code == 422  # it reaches no case before it has merged


async def test_a_message_for_a_case_that_has_ended_is_late_and_is_given_to_another(letters: Office) -> None:
    key = f"LETTER-{number()}"
    ended = await letters.admin.do("/pathways/two_tasks/cases", {"business_key": key})
    for _ in range(2):
        await go_on(letters, ended["case_id"])
    await letters.sender.do("/messages", result(key))
    found = await letter(letters, key, status="late")
    assert found["reason"] == f"the case {ended['case_id']} that its key names has ended"
    case_id, _ = await begin(letters)
    await go_on(letters, case_id)
    reply = await letters.coordinator.do(f"{found['links']['self']}/correlate", {"case_id": case_id})
    assert (reply["status"], reply["cases"], reply["message_id"]) == (
        "delivered",
        [case_id],
        f"{found['message_id']}~1",
    )
    assert await titles(letters, case_id) == ["read"]
    assert await has_none(letters, key)
    handled = await letter(letters, key, handled="correlated")
    assert (handled["handled_by"], handled["redelivered_as"]) == ("c.elm", reply["message_id"])
    assert await audited(letters, "message.correlated", found["message_id"]) == ["c.elm"]


async def test_a_message_by_a_key_that_only_a_case_knew_that_has_ended_is_late(letters: Office) -> None:
    case_id, order = await begin(letters)
    await go_on(letters, case_id)
    assert (await letters.sender.do("/messages", result(order)))["status"] == "delivered"
    await go_on(letters, case_id)
    await letters.sender.do("/messages", result(order))
    found = await letter(letters, order, status="late")
    assert found["reason"] == f"the case {case_id} that its key names has ended"


async def test_whether_a_case_of_others_has_ended_is_told_to_nobody(letters: Office) -> None:
    key = f"LETTER-{number()}"
    ended = await letters.admin.do("/pathways/two_tasks/cases", {"business_key": key})
    for _ in range(2):
        await go_on(letters, ended["case_id"])
    stranger = letters.person("portal", "integration", organisation="elsewhere")
    reply = await stranger.do("/messages", result(key))
    assert reply["reason"] == "no case waits for it or is known by its key"


async def test_a_message_that_comes_after_the_wait_is_kept_and_shown_as_late(letters: Office) -> None:
    case_id, order = await begin(letters)
    await go_on(letters, case_id)
    await letters.sender.do("/messages", result(order))
    key = (await letters.coordinator.read(f"/cases/{case_id}"))["referral_id"]
    reply = await letters.sender.do("/messages", result(key))
    assert (reply["status"], "no longer" in reply["reason"]) == ("buffered", True)
    assert (await letter(letters, key))["why"] == "late"


async def test_a_message_that_its_case_kept_until_its_end_is_late(letters: Office) -> None:
    key = f"LETTER-{number()}"
    begun = await letters.admin.do("/pathways/two_tasks/cases", {"business_key": key})
    assert (await letters.sender.do("/messages", result(key)))["status"] == "buffered"
    assert await has_none(letters, key)
    for _ in range(2):
        await go_on(letters, begun["case_id"])
    await finish_deliveries(post_at(letters))
    assert (await letter(letters, key))["why"] == "late"


async def test_a_kept_message_expires_visibly_though_nothing_else_happens(letters: Office) -> None:
    key = f"LETTER-{number()}"
    await letters.admin.do("/pathways/two_tasks/cases", {"business_key": key})
    assert (await letters.sender.do("/messages", result(key)))["status"] == "buffered"
    await finish_deliveries(post_at(letters, MONTH))
    found = await letter(letters, key, status="expired")
    assert found["reason"] == "nobody waited for it within its time to live"
    case_id, order = await begin(letters)
    await go_on(letters, case_id)
    reply = await letters.coordinator.do(f"{found['links']['self']}/correlate", {"correlation_key": order})
    assert (reply["status"], await titles(letters, case_id)) == ("delivered", ["read"])


async def test_the_same_message_in_a_storm_is_one_and_its_repeats_are_counted(letters: Office) -> None:
    case_id, order = await begin(letters)
    await go_on(letters, case_id)
    sent = result(order, variables={"a": 1, "b": 2})
    answers = await asyncio.gather(*(letters.sender.do("/messages", sent) for _ in range(25)))
    assert {(answer["status"], *answer["cases"]) for answer in answers} == {("delivered", case_id)}
    assert sum(len(answer["opened"]) for answer in answers) == 1
    assert await has_none(letters, order)
    assert (await letter(letters, order, status="repeated"))["repeats"] == 24


async def test_another_content_under_the_same_id_is_kept_apart_and_may_be_delivered_too(letters: Office) -> None:
    case_id, order = await begin(letters)
    await go_on(letters, case_id)
    sent = result(order, variables={"report": "preliminary"})
    await letters.sender.do("/messages", sent)
    for _ in range(2):
        other = await letters.sender.post("/messages", {**sent, "variables": {"report": "final"}})
        assert (other.status_code, other.json()["status"]) == (202, "duplicate")
    found = await letter(letters, order)
    assert (found["why"], found["repeats"]) == ("duplicate", 1)
    assert "was used before for another content" in found["reason"]
    again, waits = await begin(letters)
    await go_on(letters, again)
    reply = await letters.coordinator.do(f"{found['links']['self']}/correlate", {"correlation_key": waits})
    assert reply["status"] == "delivered"
    case = await letters.dentist.read(f"/cases/{again}")
    assert case["variables"]["report"] == "final"


async def test_a_discarded_message_leaves_the_list_and_stays_on_record(letters: Office) -> None:
    key = f"NOBODY-{number()}"
    await letters.sender.do("/messages", result(key))
    found = await letter(letters, key)
    assert (await letters.coordinator.post(found["links"]["discard"], {"reason": ""})).status_code == 422
    done = await letters.coordinator.do(found["links"]["discard"], {"reason": "sent to the wrong clinic"})
    assert (done["handled"], done["note"], done["can"]) == ("discarded", "sent to the wrong clinic", [])
    again = await letters.coordinator.post(found["links"]["discard"], {"reason": "again"})
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "The message is discarded by c.elm: it is no dead letter.",
    )
    assert await has_none(letters, key)
    assert (await letter(letters, key, handled="discarded"))["handled_by"] == "c.elm"
    assert await audited(letters, "message.discarded", found["message_id"]) == ["c.elm"]


async def test_of_many_people_who_correlate_a_letter_at_once_one_does(letters: Office) -> None:
    key = f"NOBODY-{number()}"
    await letters.sender.do("/messages", result(key))
    found = await letter(letters, key)
    case_id, order = await begin(letters)
    await go_on(letters, case_id)
    link, body = found["links"]["correlate"], {"correlation_key": order}
    answers = await asyncio.gather(*(letters.coordinator.post(link, body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert await titles(letters, case_id) == ["read"]


async def test_a_correction_names_a_key_or_a_running_case(letters: Office) -> None:
    key = f"NOBODY-{number()}"
    await letters.sender.do("/messages", result(key))
    found = await letter(letters, key)
    ended = await letters.admin.do("/pathways/two_tasks/cases", {"business_key": f"LETTER-{number()}"})
    for _ in range(2):
        await go_on(letters, ended["case_id"])
    both = {"case_id": ended["case_id"], "correlation_key": "k"}
    wrong: tuple[tuple[dict[str, str], int], ...] = (
        ({}, 422),
        (both, 422),
        ({"case_id": "case-0"}, 404),
        ({"case_id": ended["case_id"]}, 409),
    )
    for body, status in wrong:
        answer = await letters.coordinator.post(found["links"]["correlate"], body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (await letter(letters, key))["handled"] == ""


async def test_open_dead_letters_are_counted_by_why(letters: Office) -> None:
    async with letters.database.reader() as session:
        before = await dead_letter_counts(session)
    await letters.sender.do("/messages", result(f"NOBODY-{number()}"))
    async with letters.database.reader() as session:
        after = await dead_letter_counts(session)
    assert after["unmatched"] == before.get("unmatched", 0) + 1
