"""Are several appointments of one patient booked in one request: all of them or none, once, and each on record?"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlmodel import col, select

from records.tables import Audit, FactRecord
from tests.api.booking import KEY, NINE, NOON, TEN, ToBook, booker, through, to_book
from tests.api.conftest import Office
from workflows.contract.requests import CompleteTask, Receipt, Request
from workflows.host.gateway import CaseGateway, HostUnavailable

pytestmark = pytest.mark.temporal
BOOKED, NOT_BOOKED = "see", "book"
"""Where a case waits that is booked, and one that is not."""


class AtTurn(CaseGateway):
    """The real gateway; before the case `at` is asked to complete a task, something happens."""

    def __init__(self, office: Office, at: str, happens: Callable[[], Awaitable[Any]]) -> None:
        super().__init__(office.gateway.client, office.gateway.task_queue)
        self._at, self._happens = at, happens

    async def send(self, case_id: str, request: Request, idempotency_key: str) -> Receipt:
        if case_id == self._at and isinstance(request, CompleteTask):
            await self._happens()
        return await super().send(case_id, request, idempotency_key)


async def audited(office: Office, care: ToBook) -> list[tuple[str, str, str]]:
    """Who completed which step of these cases, and as what of a bundle."""
    rows = select(Audit).where(col(Audit.case_id).in_(care.cases), Audit.action == "task.completed")
    async with office.database.reader() as session:
        found = (await session.exec(rows.order_by(col(Audit.id)))).all()
    return [(row.actor, row.detail["activation"].partition("#")[0], row.detail["bundle"]) for row in found]


async def times_booked(office: Office, care: ToBook) -> int:
    """How often its cases completed a booking."""
    rows = select(FactRecord).where(col(FactRecord.case_id).in_(care.cases), FactRecord.fact == "completed")
    async with office.database.reader() as session:
        return len((await session.exec(rows.where(FactRecord.element == "book"))).all())


async def test_the_appointments_of_a_patient_are_booked_in_one_request_and_stand_in_one_itinerary(
    any_office: Office,
) -> None:
    care = await to_book(any_office, "ear", "nose")
    me = booker(any_office)
    made = await me.post(care.bookings, care.wanted(NINE, NOON), key=f"bundle-{care.patient_id}")
    assert made.status_code == 200, made.text
    told = made.json()
    assert (told["booked"], [each["became"] for each in told["bookings"]]) == (2, ["booked", "booked"])
    assert [(each["case_id"], each["at"]) for each in told["bookings"]] == [
        (care.cases[0], [NINE]),
        (care.cases[1], [NOON]),
    ]
    assert [task["title"] for each in told["bookings"] for task in each["opened"]] == ["See the patient"] * 2
    assert await care.waits() == [BOOKED, BOOKED]
    plan = await me.read(f"{care.address}/plan")
    assert [(each["case_id"], each["at"]) for each in plan["itinerary"]] == [
        *zip(care.cases, (NINE, NOON), strict=True)
    ]
    again = await me.post(care.bookings, care.wanted(NINE, NOON), key=f"bundle-{care.patient_id}")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (told, "true")
    assert await audited(any_office, care) == [
        ("b.elm", "book", "bookings[0] of 2"),
        ("b.elm", "book", "bookings[1] of 2"),
    ]


async def test_one_field_that_is_wrong_books_nothing_and_every_wrong_field_is_named(office: Office) -> None:
    care = await to_book(office, "ear", "nose")
    wanted = care.wanted(NINE, NOON)
    wanted["bookings"][0]["values"]["mode"] = "by pigeon"
    del wanted["bookings"][1]["values"]["site"]
    refused = await booker(office).post(care.bookings, wanted)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "form-invalid")
    assert [each["where"] for each in refused.json()["errors"]] == ["bookings[0].mode", "bookings[1].site"]
    assert await care.waits() == [NOT_BOOKED, NOT_BOOKED]


async def test_a_case_that_would_refuse_keeps_all_from_being_booked(office: Office) -> None:
    care = await to_book(office, "ear", "nose")
    await booker(office, "b.other").do(f"/tasks/{care.tasks[1]}/claim")
    refused = await booker(office).post(care.bookings, care.wanted(NINE, NOON))
    assert (refused.status_code, [each["where"] for each in refused.json()["errors"]]) == (409, ["bookings[1]"])
    assert refused.json()["detail"].startswith("Nothing was booked. bookings[1]:")
    assert await care.waits() == [NOT_BOOKED, NOT_BOOKED]


async def test_a_case_that_refuses_at_its_turn_leaves_said_which_are_booked_and_which_are_not(office: Office) -> None:
    care = await to_book(office, "ear", "nose", "throat")

    async def somebody_is_faster() -> None:
        other = booker(office, "b.other")
        await other.do(f"/tasks/{care.tasks[1]}/claim")

    wanted = care.wanted(NINE, NOON, "2031-03-04T09:00:00+00:00")
    with through(office, AtTurn(office, care.cases[1], somebody_is_faster)):
        told = await booker(office).do(care.bookings, wanted)
    assert (told["booked"], [each["became"] for each in told["bookings"]]) == (1, ["booked", "refused", "not_tried"])
    assert "b.other" in told["bookings"][1]["reason"]
    assert await care.waits() == [BOOKED, NOT_BOOKED, NOT_BOOKED]
    first = await to_book(office, "ear")
    with through(
        office, AtTurn(office, first.cases[0], lambda: booker(office, "b.o").do(f"/tasks/{first.tasks[0]}/claim"))
    ):
        refused = await booker(office).post(first.bookings, first.wanted(NINE))
    assert (refused.status_code, refused.json()["bookings"][0]["became"]) == (409, "refused")


async def test_after_a_call_that_died_half_way_the_same_key_books_the_rest_and_nothing_twice(
    any_office: Office,
) -> None:
    care = await to_book(any_office, "ear", "nose")
    me, key = booker(any_office), f"died-{care.patient_id}"

    async def dies() -> None:
        raise HostUnavailable("The process died.")

    with through(any_office, AtTurn(any_office, care.cases[1], dies)):
        died = await me.post(care.bookings, care.wanted(NINE, NOON), key=key)
    assert (died.status_code, [each["became"] for each in died.json()["bookings"]]) == (503, ["booked", "unknown"])
    assert await care.waits() == [BOOKED, NOT_BOOKED]
    told = await me.do(care.bookings, care.wanted(NINE, NOON), key=key)
    assert (told["booked"], [each["became"] for each in told["bookings"]]) == (2, ["booked", "booked"])
    assert (await care.waits(), await times_booked(any_office, care)) == ([BOOKED, BOOKED], 2)
    assert [bundle for _, _, bundle in await audited(any_office, care)] == ["bookings[0] of 2", "bookings[1] of 2"]


async def test_visits_that_leave_no_time_for_the_way_are_refused_unless_that_is_meant(office: Office) -> None:
    care = await to_book(office, "ear", "nose")
    refused = await booker(office).post(care.bookings, care.wanted(NINE, TEN))
    assert (refused.status_code, [each["where"] for each in refused.json()["errors"]]) == (422, ["bookings[1]"])
    assert "75 minutes from bookings[0]" in refused.json()["detail"]
    told = await booker(office).do(care.bookings, {**care.wanted(NINE, TEN), "close_together": True})
    assert told["booked"] == 2
    beside = await to_book(office, "throat", mrn=care.mrn)
    refused = await booker(office).post(care.bookings, beside.wanted(TEN))
    assert "from what is booked already" in refused.json()["detail"]
    assert (await booker(office).do(care.bookings, beside.wanted(NOON)))["booked"] == 1


async def test_only_open_booking_tasks_of_this_very_patient_are_booked_each_once(office: Office) -> None:
    care, other = await to_book(office, "ear", "nose"), await to_book(office, "ear")
    me = booker(office)
    wanted = care.wanted(NINE, NOON)["bookings"]
    seen = office.person("d.oak", "booking_office", "dentist")
    told = await seen.do(f"/tasks/{care.tasks[0]}/complete", {"values": wanted[0]["values"]})
    mixed = [{"task": told["opened"][0]["id"]}, wanted[1], wanted[1], *other.wanted(NOON)["bookings"]]
    refused = (await seen.post(care.bookings, {"bookings": mixed})).json()
    assert [(each["where"], each["message"].partition(":")[0]) for each in refused["errors"]] == [
        ("bookings[0]", "this task books no appointment"),
        ("bookings[2]", "this task stands twice"),
        ("bookings[3]", "this task is about another patient"),
    ]
    assert (await me.post(care.bookings, {"bookings": wanted})).status_code == 409
    assert (await care.waits(), await other.waits()) == ([BOOKED, NOT_BOOKED], [NOT_BOOKED])


async def test_nobody_books_whose_tasks_they_are_not(office: Office) -> None:
    care = await to_book(office, "ear")
    stranger = office.person("b.yew", "booking_office", organisation="northern")
    assert (await stranger.post(care.bookings, care.wanted(NINE))).status_code == 404
    assert (await office.coordinator.post(care.bookings, care.wanted(NINE))).status_code == 403
    assert (await office.person("p.one", "patient").post(care.bookings, care.wanted(NINE))).status_code == 403
    assert await care.waits() == [NOT_BOOKED]


async def test_a_round_names_what_is_to_be_booked_and_where(office: Office) -> None:
    care = await to_book(office, "ear", "nose")
    [entry] = [
        each
        for each in (await booker(office).read("/rounds", size=200, pathway=KEY))["items"]
        if care.cases[0] in each["cases"]
    ]
    assert sorted(entry["to_book"]) == sorted(care.tasks)
    assert entry["links"] == {"joint_times": f"{care.address}/joint-times", "bookings": care.bookings}
