"""What if a process dies after it has dealt with a dead letter, and before that is written down? Asked again: done."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from api.dead_letters import Correction, correlate, discard
from api.deliveries_left import finish_deliveries
from api.delivery import Delivered, Inbound, deliver
from api.problems import Problem
from records.tables import Message
from tests.api.conftest import Office, number
from tests.api.dying import acted_twice
from tests.api.letters import begin, go_on, post_at, publish_letters, result, titles
from workflows.contract.requests import GiveUpMessage, Receipt, Request
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseGateway, HostUnavailable

pytestmark = pytest.mark.temporal


@pytest_asyncio.fixture
async def letters(office: Office) -> AsyncIterator[Office]:
    await publish_letters(office.database)
    yield office


@dataclass(frozen=True)
class Once:
    """A correlation that may be asked for again under the same request."""

    office: Office
    message_id: str
    correction: Correction

    async def asked(self, request_id: str, gateway: CaseGateway | None = None) -> Delivered:
        post = post_at(self.office)
        post = replace(post, gateway=gateway or post.gateway)
        return await correlate(post, self.message_id, self.correction, actor="c.elm", request_id=request_id)


class Silent(CaseGateway):
    """The way to a case whose answer is lost."""

    async def send(self, case_id: str, request: Request, idempotency_key: str) -> Receipt:
        raise HostUnavailable(f"{case_id} did not answer {idempotency_key}: {type(request).__name__}")


async def _dead(office: Office) -> tuple[Once, str]:
    """A dead letter, and a case that waits for it under another key."""
    sent = result(f"NOBODY-{number()}")
    await office.sender.do("/messages", sent)
    case_id, order = await begin(office)
    await go_on(office, case_id)
    return Once(office, sent["message_id"], Correction(order)), case_id


@pytest.mark.parametrize("kind", ["dead_letter.discard", "dead_letter.deliver_again"])
async def test_what_a_process_did_to_a_letter_before_it_died_counts_as_done(letters: Office, kind: str) -> None:
    name = f"letter.{number()}"
    await letters.sender.do("/messages", result(f"NOBODY-{number()}", name))
    asked = {"kind": kind, "filter": {"name": name}, "reason": "the portal was tested", "start": False}
    batch = await letters.admin.do("/batches", asked)
    found = await acted_twice(letters, batch)
    assert found["counts"] == {"done": 1}
    left = await letters.coordinator.read("/dead-letters", name=name)
    assert left["total"] == (1 if kind == "dead_letter.deliver_again" else 0)


async def test_the_same_request_again_says_what_became_of_the_letter_and_another_is_refused(letters: Office) -> None:
    once, case_id = await _dead(letters)
    first: Any = await once.asked("r-1")
    assert (await once.asked("r-1")).message_id == first.message_id
    with pytest.raises(Problem, match=r"correlated by c\.elm"):
        await once.asked("r-2")
    with pytest.raises(Problem, match=r"correlated by c\.elm"):
        await once.asked("")
    assert await titles(letters, case_id) == ["read"]


async def test_a_letter_that_a_request_has_discarded_is_not_delivered_by_the_same_request(letters: Office) -> None:
    once, _ = await _dead(letters)
    await discard(post_at(letters), once.message_id, "a test", actor="c.elm", request_id="r-1")
    with pytest.raises(Problem, match=r"discarded by c\.elm"):
        await once.asked("r-1")


async def test_a_letter_whose_case_did_not_answer_is_delivered_when_asked_again(letters: Office) -> None:
    once, case_id = await _dead(letters)
    with pytest.raises(HostUnavailable):
        await once.asked("r-1", Silent(letters.gateway.client))
    assert (await once.asked("r-1")).cases == (case_id,)
    assert await titles(letters, case_id) == ["read"]


class Overtaken(CaseGateway):
    """The way to a case that goes on just before it is asked to give a message up."""

    office: Office

    async def send(self, case_id: str, request: Request, idempotency_key: str) -> Receipt:
        if isinstance(request, GiveUpMessage):
            await go_on(self.office, case_id)
        return await super().send(case_id, request, idempotency_key)


async def _kept(office: Office) -> tuple[Once, str]:
    """A message that reads as expired, while its case keeps it still: our clock is ahead. Its case has yet to wait."""
    key = f"LETTER-{number()}"
    begun = await office.admin.do("/pathways/letters/cases", {"business_key": key, "variables": {"order": key}})
    sent = result(key)
    assert (await office.sender.do("/messages", sent))["status"] == "buffered"
    await finish_deliveries(post_at(office, timedelta(days=31)))
    return Once(office, sent["message_id"], Correction(case_id=begun["case_id"])), begun["case_id"]


async def test_a_case_that_still_keeps_an_expired_letter_takes_it_once_when_it_is_correlated(letters: Office) -> None:
    once, case_id = await _kept(letters)
    again = await once.asked("r-1")
    state = await letters.gateway.state(case_id)
    assert (again.status, [kept.message_id for kept in state.buffered]) == ("buffered", [again.message_id])
    await go_on(letters, case_id)
    assert await titles(letters, case_id) == ["read"]
    timeline = [line["text"] for line in await letters.coordinator.read(f"/cases/{case_id}/timeline")]
    assert [line for line in timeline if "kept no longer" in line] == [
        "Message letter.result is kept no longer: it was dealt with by c.elm: it is delivered again"
    ]


async def test_a_letter_that_its_case_has_just_taken_is_not_delivered_again(letters: Office) -> None:
    once, case_id = await _kept(letters)
    overtaken = Overtaken(letters.gateway.client)
    overtaken.office = letters
    with pytest.raises(Problem, match="delivered"):
        await once.asked("r-1", overtaken)
    state = await letters.gateway.state(case_id)
    assert (state.buffered, await titles(letters, case_id)) == ((), ["read"])


@pytest.mark.parametrize("wrong", ["ended", "unknown", "for ever"])
async def test_a_case_keeps_a_letter_whose_correlation_is_refused(letters: Office, wrong: str) -> None:
    once, case_id = await _kept(letters)
    ended = await letters.admin.do("/pathways/two_tasks/cases", {"business_key": f"LETTER-{number()}"})
    await letters.admin.do(f"/cases/{ended['case_id']}/cancel", {"reason": "a test"})
    corrections = {
        "ended": Correction(case_id=ended["case_id"]),
        "unknown": Correction(case_id="case-nobody"),
        "for ever": Correction(case_id=case_id, ttl="P9999Y"),
    }
    with pytest.raises((Problem, EventRejected)):
        await replace(once, correction=corrections[wrong]).asked("r-1")
    kept = (await letters.gateway.state(case_id)).buffered
    assert [message.message_id for message in kept] == [once.message_id]


async def test_a_letter_stays_one_while_a_case_that_may_keep_it_does_not_answer(letters: Office) -> None:
    once, _ = await _kept(letters)
    with pytest.raises(HostUnavailable):
        await once.asked("r-1", Silent(letters.gateway.client))
    async with letters.database.reader() as session:
        found = await session.get_one(Message, once.message_id)
    assert (found.status, found.handled) == ("expired", "")


async def test_a_letter_that_was_discarded_is_taken_by_nobody_later(letters: Office) -> None:
    once, case_id = await _kept(letters)
    await discard(post_at(letters), once.message_id, "a test", actor="c.elm", request_id="r-1")
    await go_on(letters, case_id)
    assert (await titles(letters, case_id), (await letters.gateway.state(case_id)).buffered) == ([], ())


async def test_what_could_not_be_delivered_is_logged_without_the_id_that_its_sender_gave(letters: Office) -> None:
    once, _ = await _dead(letters)
    post = replace(post_at(letters), gateway=Silent(letters.gateway.client))
    sent = Inbound("letter.result", once.correction.correlation_key, f"of Testina {number()}")
    with pytest.raises(HostUnavailable):
        await deliver(post, sent, actor="test")
    with capture_logs() as logs:
        await finish_deliveries(post)
    assert "a message could not be delivered yet" in {line["event"] for line in logs}
    assert "Testina" not in str(logs)
    await finish_deliveries(post_at(letters))
