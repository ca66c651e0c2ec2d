"""Is one thing done to many cases once each, foreseen, paused, undone, and taken up when its process dies?"""

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import col, select

from api import batches_kinds
from api.background import Background
from api.batches import Job, Kind, Outcome, Target
from api.batches_running import run_batch, take_up_batches
from api.surroundings import Surroundings
from records.queries.batches import unattended
from records.tables import Audit, Batch, BatchItem
from records.writes.batches import LEASE, move_batch, take_turn
from tests.api.conftest import Office, number
from tests.api.northern import NORTH, northern
from workflows.contract.requests import SetVariables
from workflows.host.gateway import HostUnavailable

pytestmark = pytest.mark.temporal
WHY = {"reason": "the service was closed"}
BOOK: dict[str, Any] = {"kind": "test.book", "request": {"variables": {"booked": True}}}


async def refer(office: Office, count: int, urgency: str = "routine") -> list[str]:
    """Start some cases that wait for a dentist."""
    found = [await office.refer("two_tasks", priority=urgency) for _ in range(count)]
    return [each["case_id"] for each in found]


async def planned(office: Office, cases: list[str], kind: str = "case.cancel", **more: Any) -> dict[str, Any]:
    body = {"kind": kind, "filter": {"cases": cases}, **WHY, **more}
    batch: dict[str, Any] = await office.admin.do("/batches", body)
    return batch


async def rested(office: Office, batch: dict[str, Any]) -> dict[str, Any]:
    """Wait until nobody works on a batch, then read it."""
    await office.here.background.rest()
    found: dict[str, Any] = await office.admin.read(batch["links"]["self"])
    return found


async def statuses(office: Office, cases: list[str]) -> list[str]:
    return [(await office.coordinator.read(f"/cases/{case_id}"))["status"] for case_id in cases]


@dataclass
class Booking:
    """A kind that sets a variable and, undone, sets it back. A case in `deaf` does not answer."""

    plain: Kind
    deaf: set[str] = field(default_factory=set)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def act(self, here: Surroundings, job: Job, target: Target, update_id: str) -> Outcome:
        self._hear(target.case_id)
        self.begun.set()
        await self.plain.act(here, job, target, update_id)
        return Outcome(result={"was": False})

    async def undo(self, here: Surroundings, job: Job, item: BatchItem, update_id: str) -> Outcome:
        self._hear(item.case_id)
        await here.gateway.send(item.case_id, SetVariables({"booked": item.result["was"]}, job.actor), update_id)
        return Outcome()

    def _hear(self, case_id: str) -> None:
        if case_id in self.deaf:
            raise HostUnavailable("deaf")


@pytest.fixture
def booking(monkeypatch: pytest.MonkeyPatch) -> Booking:
    plain = batches_kinds.KINDS["case.set_variables"]
    made = Booking(plain)
    kind = replace(plain, name=BOOK["kind"], act=made.act, undo=made.undo)
    monkeypatch.setitem(batches_kinds.KINDS, kind.name, kind)  # type: ignore[arg-type] # a mapping that is a dict
    return made


async def test_a_batch_acts_once_on_each_case_and_audits_each(any_office: Office) -> None:
    office = any_office
    cases = await refer(office, 3)
    batch = await rested(office, await planned(office, cases))
    assert (batch["status"], batch["counts"], batch["tried"]) == ("completed", {"done": 3}, 3)
    assert await statuses(office, cases) == ["cancelled"] * 3
    async with office.database.reader() as session:
        rows = (await session.exec(select(Audit).where(col(Audit.action) == "case.cancel"))).all()
    noted = [(row.actor, row.case_id, row.detail["outcome"]) for row in rows if row.detail["batch"] == batch["id"]]
    assert sorted(noted) == sorted(("a.fir", case_id, "done") for case_id in cases)
    assert {json.dumps(row.context["roles"]) for row in rows if row.detail["batch"] == batch["id"]} == {'["admin"]'}


async def test_what_a_batch_does_is_noted_for_the_organisation_of_who_planned_it(office: Office) -> None:
    case = await northern(office)
    admin = case.person("admin", "coordinator")
    body = {"kind": "case.cancel", "filter": {"cases": [case.case_id]}, **WHY}
    await admin.do("/batches", body)
    await office.here.background.rest()
    done = (col(Audit.action) == "case.cancel", col(Audit.case_id) == case.case_id)
    async with office.database.reader() as session:
        row = (await session.exec(select(Audit).where(*done))).one()
    assert (row.organisation, row.context["roles"]) == (NORTH, ["admin", "coordinator"])


async def test_a_dry_run_counts_by_outcome_and_reason_and_changes_nothing(office: Office) -> None:
    cases = await refer(office, 3)
    body = {"kind": "case.cancel", "filter": {"cases": cases}, "dry_run": True, **WHY}
    foresight = await office.admin.do("/batches", body)
    assert (foresight["selected"], foresight["counts"]) == (3, {"done": 3})
    assert await statuses(office, cases) == ["running"] * 3


async def test_what_a_case_refuses_is_counted_by_reason(office: Office) -> None:
    cases = await refer(office, 2)
    batch = await planned(office, cases, start=False)
    assert batch["status"] == "planned"
    for case_id in cases:
        await office.admin.do(f"/cases/{case_id}/cancel", {"reason": "sent in error"})
    await office.admin.do(batch["links"]["resume"])
    batch = await rested(office, batch)
    reasons = [(each["outcome"], each["count"]) for each in batch["reasons"]]
    assert reasons == [("refused", 2)]
    assert await outcomes(office, batch["id"]) == ["4", "4"]
    assert "has ended" in batch["reasons"][0]["reason"]


async def test_a_case_that_ends_with_its_caller_counts_as_called_off_as_the_dry_run_said(office: Office) -> None:
    caller = (await office.refer("calling"))["case_id"]
    called = f"{caller}/call#1"
    async with asyncio.timeout(60):
        while (await office.coordinator.get(f"/cases/{quote(called)}")).status_code != 200:
            await asyncio.sleep(0.05)
    body = {"kind": "case.cancel", "filter": {"cases": [caller, called]}, "canary": 1, **WHY}
    foresight = await office.admin.do("/batches", {**body, "dry_run": True})
    batch = await rested(office, await office.admin.do("/batches", body))
    async with asyncio.timeout(60):
        while (await office.gateway.describe(called)).status == "running":
            await asyncio.sleep(0.05)
    await office.admin.do(batch["links"]["resume"])
    found = await rested(office, batch)
    assert found["counts"] == foresight["counts"] == {"done": 2}
    assert "called off already" in str(found["reasons"])


async def test_a_canary_pauses_by_itself_and_says_so(office: Office) -> None:
    cases = await refer(office, 4)
    batch = await rested(office, await planned(office, cases, canary=2))
    assert (batch["status"], batch["counts"]) == ("paused", {"done": 2, "pending": 2})
    assert "first 2" in batch["status_reason"]
    assert await statuses(office, cases) == ["cancelled", "cancelled", "running", "running"]
    await office.admin.do(batch["links"]["resume"])
    batch = await rested(office, batch)
    assert (batch["status"], batch["counts"]) == ("completed", {"done": 4})


async def test_a_paused_batch_may_be_called_off_and_does_no_more(office: Office) -> None:
    cases = await refer(office, 3)
    batch = await rested(office, await planned(office, cases, canary=1))
    cancelled = await office.admin.do(batch["links"]["cancel"])
    assert (cancelled["status"], cancelled["counts"]) == ("cancelled", {"done": 1, "pending": 2})
    again = await office.admin.post(batch["links"]["resume"])
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "not-now")
    assert await statuses(office, cases) == ["cancelled", "running", "running"]


async def test_a_batch_is_undone_where_its_kind_can(office: Office, booking: Booking) -> None:
    cases = await refer(office, 2)
    batch = await rested(office, await planned(office, cases, **BOOK))
    await office.admin.do(f"/cases/{cases[0]}/cancel", {"reason": "sent in error"})
    await office.admin.do(batch["links"]["undo"])
    batch = await rested(office, batch)
    assert (batch["status"], batch["counts"]) == ("undone", {"kept": 1, "undone": 1})
    assert (await office.dentist.read(f"/cases/{cases[1]}"))["variables"]["booked"] is False


async def test_what_was_kept_since_it_did_not_answer_is_undone_when_that_is_asked_again(
    office: Office, booking: Booking
) -> None:
    cases = await refer(office, 2)
    batch = await rested(office, await planned(office, cases, **BOOK))
    booking.deaf.add(cases[0])
    await office.admin.do(batch["links"]["undo"])
    while (await rested(office, batch))["status"] == "undoing":
        await take_up_batches(office.here)
    batch = await rested(office, batch)
    assert (batch["status"], batch["counts"]) == ("undone", {"kept": 1, "undone": 1})
    booking.deaf.clear()
    await office.admin.do(batch["links"]["undo"])
    assert (await rested(office, batch))["counts"] == {"undone": 2}


async def test_what_cannot_be_undone_says_so(office: Office) -> None:
    batch = await rested(office, await planned(office, await refer(office, 1)))
    assert "undo" not in batch["links"]
    response = await office.admin.post(f"{batch['links']['self']}/undo")
    assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (409, "no-undo")


async def test_a_batch_whose_process_died_is_taken_up_when_its_lease_ends(office: Office) -> None:
    batch = await planned(office, await refer(office, 2), start=False)
    now = office.here.clock()
    async with office.database.session() as session:
        await move_batch(session, batch["id"], "resume", now=now)
        assert await take_turn(session, batch["id"], holder="the dead", now=now, limit=1) is not None
    assert await take_up_batches(office.here) == 0
    assert await run_batch(office.here, batch["id"]) == 0
    assert await take_up_batches(replace(office.here, clock=lambda: now + LEASE)) == 1
    assert (await rested(office, batch))["counts"] == {"done": 2}


async def test_what_is_refused_after_its_answer_was_lost_says_so(office: Office) -> None:
    cases = await refer(office, 1)
    batch = await planned(office, cases, start=False)
    now = office.here.clock()
    async with office.database.session() as session:
        await move_batch(session, batch["id"], "resume", now=now)
        assert await take_turn(session, batch["id"], holder="the dead", now=now, limit=1) is not None
    await office.admin.do(f"/cases/{cases[0]}/cancel", {"reason": "as the dead had asked"})
    await take_up_batches(replace(office.here, clock=lambda: now + LEASE))
    found = await rested(office, batch)
    assert found["counts"] == {"refused": 1}
    assert "it may have been done then" in found["reasons"][0]["reason"]
    assert await outcomes(office, batch["id"]) == ["8"]


async def test_a_batch_that_is_called_off_says_of_what_has_not_answered_that_it_may_have_been_done(
    office: Office, booking: Booking
) -> None:
    cases = await refer(office, 10)
    booking.deaf.update(cases)
    batch = await planned(office, cases, **BOOK)
    await rested(office, batch)
    await office.admin.do(f"{batch['links']['self']}/cancel")
    found = await rested(office, batch)
    assert found["counts"] == {"failed": 8, "pending": 2}
    assert "it may have been done then" in found["reasons"][0]["reason"]
    assert await outcomes(office, batch["id"]) == ["8"] * 8


async def test_what_the_dead_had_begun_of_a_batch_that_is_called_off_is_told_when_their_lease_ends(
    office: Office,
) -> None:
    batch = await planned(office, await refer(office, 2), start=False)
    now = office.here.clock()
    async with office.database.session() as session:
        await move_batch(session, batch["id"], "resume", now=now)
        assert await take_turn(session, batch["id"], holder="the dead", now=now, limit=1) is not None
    await office.admin.do(f"{batch['links']['self']}/cancel")
    assert (await rested(office, batch))["counts"] == {"pending": 2}
    later = replace(office.here, clock=lambda: now + LEASE)
    assert (await take_up_batches(later), (await rested(office, batch))["counts"]) == (1, {"failed": 1, "pending": 1})
    assert await take_up_batches(later) == 0


async def outcomes(office: Office, batch_id: str) -> list[str]:
    """What the audit says came of the items of a batch."""
    async with office.database.reader() as session:
        rows = await session.exec(select(Audit).order_by(col(Audit.id)))
        return [row.outcome for row in rows if row.detail.get("batch") == batch_id and "item" in row.detail]


async def test_an_app_that_stops_leaves_its_batch_to_the_next(office: Office, booking: Booking) -> None:
    batch = await planned(office, await refer(office, 12), start=False, **BOOK)
    async with office.database.session() as session:
        await move_batch(session, batch["id"], "resume", now=office.here.clock())
    stopping = replace(office.here, background=Background())
    stopping.background.start(run_batch(stopping, batch["id"]))
    async with asyncio.timeout(60):
        await booking.begun.wait()
    await stopping.background.end()
    left = await rested(office, batch)
    assert (left["status"], left["tried"] < left["total"]) == ("running", True)
    assert await take_up_batches(office.here) == 1
    assert (await rested(office, batch))["counts"] == {"done": 12}


async def test_two_workers_on_one_batch_do_nothing_twice(any_office: Office) -> None:
    office = any_office
    cases = await refer(office, 3)
    batch = await planned(office, cases, start=False)
    await office.admin.do(batch["links"]["resume"])
    await asyncio.gather(*(run_batch(office.here, batch["id"]) for _ in range(3)))
    assert (await rested(office, batch))["counts"] == {"done": 3}
    for case_id in cases:
        async with office.database.reader() as session:
            done = await session.exec(select(Audit).where(Audit.case_id == case_id, Audit.action == "case.cancel"))
            assert len(done.all()) == 1


async def test_a_case_that_does_not_answer_fails_and_is_tried_again_on_resume(office: Office, booking: Booking) -> None:
    cases = await refer(office, 2)
    booking.deaf.add(cases[0])
    batch = await planned(office, cases, **BOOK)
    await office.here.background.rest()
    while (await rested(office, batch))["status"] == "running":
        await take_up_batches(office.here)
    batch = await rested(office, batch)
    assert (batch["status"], batch["counts"]) == ("completed", {"done": 1, "failed": 1})
    booking.deaf.clear()
    await office.admin.do(batch["links"]["resume"])
    assert (await rested(office, batch))["counts"] == {"done": 2}
    assert sorted(await outcomes(office, batch["id"])) == ["0", "0", "8"]


async def test_a_batch_of_another_build_rests_with_the_reason_and_keeps_no_other_from_going_on(office: Office) -> None:
    cases = await refer(office, 3)
    of_another, unread, ours = [await planned(office, [case_id], start=False) for case_id in cases]
    async with office.database.session() as session:
        (await session.get_one(Batch, of_another["id"])).kind = "case.of_tomorrow"
        (await session.get_one(Batch, unread["id"])).request = {"of_yesterday": 1}
        for batch in (of_another, unread, ours):
            await move_batch(session, batch["id"], "resume", now=office.here.clock())
    await take_up_batches(office.here)
    shown = [await rested(office, batch) for batch in (of_another, unread, ours)]
    assert [each["status"] for each in shown] == ["paused", "paused", "completed"]
    assert "no batches of the kind 'case.of_tomorrow'" in shown[0]["status_reason"]
    assert "(of_yesterday)" in shown[1]["status_reason"]
    async with office.database.reader() as session:
        assert {of_another["id"], unread["id"]}.isdisjoint(await unattended(session, now=office.here.clock()))
    assert await statuses(office, cases) == ["running", "running", "cancelled"]


async def test_an_empty_filter_a_changed_selection_and_an_unknown_kind_are_refused(office: Office) -> None:
    cases = await refer(office, 2)
    refused = {
        "invalid": {"kind": "case.cancel", "filter": {}},
        "selection-changed": {"kind": "case.cancel", "filter": {"cases": cases}, "expect": 3},
        "unknown-kind": {"kind": "case.forget", "filter": {"cases": cases}},
    }
    for problem, body in refused.items():
        response = await office.admin.post("/batches", {**body, **WHY})
        assert response.json()["type"].rpartition("/")[2] == problem
    misspelt = {"kind": "case.cancel", "filter": {"pathwy": "two_tasks"}, **WHY}
    response = await office.admin.post("/batches", misspelt)
    assert response.json()["errors"][0]["where"] == "pathwy"
    for kind, wrong in (("incident.skip", {"kind": "work_failed"}), ("case.cancel", {"urgency": "urgently"})):
        response = await office.admin.post("/batches", {"kind": kind, "filter": wrong, **WHY})
        assert (response.status_code, response.json()["errors"][0]["where"]) == (422, next(iter(wrong)))
    assert await statuses(office, cases) == ["running"] * 2


async def test_the_same_batch_sent_twice_is_one(office: Office) -> None:
    cases = await refer(office, 1)
    body, key = {"kind": "case.cancel", "filter": {"cases": cases}, **WHY}, f"batch-{number()}"
    first = await office.admin.post("/batches", body, key=key)
    second = await office.admin.post("/batches", body, key=key)
    assert (first.status_code, first.json()["id"]) == (202, second.json()["id"])
    assert (await rested(office, first.json()))["total"] == 1


async def test_only_administrators_read_and_make_batches(office: Office) -> None:
    batch = await rested(office, await planned(office, await refer(office, 1)))
    for path in ("/batches", "/batches/kinds", batch["links"]["self"], batch["links"]["items"]):
        assert (await office.coordinator.get(path)).status_code == 403
        assert (await office.admin.get(path)).status_code == 200
    body = {"kind": "case.cancel", "filter": {"pathway": "two_tasks"}, **WHY}
    assert (await office.coordinator.post("/batches", body)).status_code == 403
    assert (await office.admin.get("/batches/batch-none")).status_code == 404


async def test_the_items_of_a_batch_are_read_by_status_and_page(office: Office) -> None:
    batch = await rested(office, await planned(office, await refer(office, 3), canary=1))
    page = await office.admin.read(batch["links"]["items"], status="pending", size=1)
    assert (page["total"], len(page["items"]), page["items"][0]["number"]) == (2, 1, 2)
    assert (await office.admin.read(page["next"]))["items"][0]["number"] == 3
    assert batch["id"] in {each["id"] for each in (await office.admin.read("/batches", status="paused"))["items"]}
