"""When could several services see a patient, by all that is known here, and is it said what is not known?"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client

from activities.directory import Directory, read_directory
from api.joint_times import Sought, joint_times
from api.shapes.joint_times import JointDay
from api.windows import Window, common, cut, in_turn
from pathways.bpmn.model import CallSpec
from records.queries.library import active_definition
from records.tables import Absence
from records.writes.publications import publish
from tests.api.booking import NINE, NOON, booker, to_book
from tests.api.caring import publish_care
from tests.api.conftest import Office, number, open_office
from tests.api.test_api_pools import with_directory
from tests.host.diagrams import line, node
from workflows.host.keys_wrapping import KeyRing

SERVICES = """
visits: {minutes: 60, travel_minutes: 30, hours: working}
services:
  ear: {name: Ear clinic, named_contact: dr.ear, deputy: dr.wren, hours: working}
  nose: {name: Nose clinic, named_contact: dr.nose, deputy: dr.tern}
  throat: {name: Throat clinic, named_contact: "", deputy: ""}
  mouth: {name: Mouth clinic, named_contact: dr.mouth, deputy: dr.lark}
  imaging: {name: Imaging, named_contact: mr.scan, deputy: dr.wren, hours: working}
  jaw: {name: Jaw clinic, named_contact: dr.jaw, deputy: dr.kite, covers: [mouth]}
"""
MONDAY = datetime(2031, 3, 3, tzinfo=UTC)
"""In winter time; patients are seen from 8:30 to 17:30, Monday to Friday."""


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    file = tmp_path / "services.yaml"
    file.write_text(SERVICES)
    return read_directory(file)


def at(day: int, clock: str) -> datetime:
    return MONDAY + timedelta(days=day, hours=int(clock[:2]), minutes=int(clock[3:]))


def away(person: str, since: datetime, until: datetime, cover: str = "") -> Absence:
    named = {"person": person, "cover": cover, "recorded_by": person}
    return Absence(absence_id=f"{person}-{since}", since=since, until=until, recorded_at=since, **named)


def days_of(directory: Directory, *services: str, **sought: Any) -> list[JointDay]:
    week = Window(MONDAY, MONDAY + timedelta(days=7))
    given = {"within": week, "length": timedelta(hours=1), "stay": timedelta(hours=1), "way": timedelta(minutes=30)}
    return joint_times(directory, services, Sought(**{**given, **sought})).days


def together(days: list[JointDay]) -> list[str]:
    return [f"{window.since:%a %H:%M}-{window.until:%H:%M}" for day in days for window in day.together]


def test_services_are_free_together_in_their_hours_but_not_on_days_off(directory: Directory) -> None:
    assert together(days_of(directory, "ear", "nose")) == [
        f"{day} 08:30-17:30" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")
    ]


def test_what_is_booked_is_kept_free_with_the_way_there_and_back(directory: Directory) -> None:
    found = days_of(directory, "ear", "nose", visits=[at(0, "11:00")])
    assert together(found)[:3] == ["Mon 08:30-10:30", "Mon 12:30-17:30", "Tue 08:30-17:30"]
    short = days_of(directory, "ear", "nose", visits=[at(0, "11:00")], length=timedelta(minutes=15))
    assert together(short)[:3] == together(found)[:3]


def test_a_service_sees_nobody_while_contact_deputy_and_cover_are_all_away(directory: Directory) -> None:
    monday = (at(0, "00:00"), at(1, "00:00"))
    both = [away("dr.ear", *monday), away("dr.wren", at(0, "12:00"), at(1, "10:00"))]
    assert together(days_of(directory, "ear", "nose", absences=both))[:2] == ["Mon 08:30-12:00", "Tue 08:30-17:30"]
    covered = [away("dr.ear", *monday, cover="dr.owl"), away("dr.wren", *monday)]
    assert together(days_of(directory, "ear", absences=covered))[0] == "Mon 08:30-17:30"
    other_service = [away("dr.mouth", *monday), away("dr.lark", *monday)]
    assert together(days_of(directory, "mouth", absences=other_service))[0] == "Mon 08:30-17:30"
    assert together(days_of(directory, "throat"))[0] == "Mon 08:30-17:30"


def test_on_a_day_without_a_common_time_they_see_the_patient_one_after_the_other(directory: Directory) -> None:
    """The ear clinic has somebody in the morning only, the nose clinic in the afternoon."""
    morning = (at(0, "00:00"), at(0, "13:00"))
    afternoon = (at(0, "13:00"), at(1, "00:00"))
    absences = [away(person, *afternoon) for person in ("dr.ear", "dr.wren")]
    absences += [away(person, *morning) for person in ("dr.nose", "dr.tern")]
    monday = days_of(directory, "nose", "ear", absences=absences)[0]
    visits = [(visit.service, f"{visit.since:%H:%M}") for visit in monday.in_turn]
    assert (monday.together, visits) == ([], [("ear", "08:30"), ("nose", "13:00")])


def test_a_day_on_which_not_all_of_them_could_is_left_out(directory: Directory) -> None:
    absences = [away(person, at(0, "00:00"), at(6, "00:00")) for person in ("dr.ear", "dr.wren")]
    assert days_of(directory, "ear", "nose", absences=absences) == []


def test_windows_are_cut_joined_and_visited_in_the_order_that_is_over_first() -> None:
    def window(since: str, until: str) -> Window:
        return Window(at(0, since), at(0, until))

    assert cut([window("08:00", "12:00")], [window("07:00", "09:00"), window("10:00", "11:00")]) == [
        window("09:00", "10:00"),
        window("11:00", "12:00"),
    ]
    assert common([[window("08:00", "10:00")], [window("09:00", "12:00")], [window("09:30", "09:45")]]) == [
        window("09:30", "09:45")
    ]
    hour, way = timedelta(hours=1), timedelta(minutes=30)
    late, early = [window("11:00", "12:00")], [window("08:00", "09:30")]
    assert in_turn({"late": late, "early": early}, length=hour, way=way) == [
        ("early", window("08:00", "09:00")),
        ("late", window("11:00", "12:00")),
    ]
    assert in_turn({"one": early, "two": early}, length=hour, way=way) is None


@pytest.fixture
def clinics(office: Office, tmp_path: Path) -> Iterator[None]:
    """The directory of these tests, in the office."""
    before = office.here
    office.app.state.surroundings = with_directory(office, tmp_path, SERVICES)
    yield
    office.app.state.surroundings = before


@pytest.fixture
def everywhere(any_office: Office, tmp_path: Path) -> Iterator[Office]:
    """The same on each of the two databases."""
    before = any_office.here
    any_office.app.state.surroundings = with_directory(any_office, tmp_path, SERVICES)
    yield any_office
    any_office.app.state.surroundings = before


@pytest.mark.temporal
async def test_who_books_reads_when_the_services_of_the_open_tasks_could_see_the_patient(everywhere: Office) -> None:
    care = await to_book(everywhere, "ear", "nose", "nowhere")
    beside = await to_book(everywhere, "throat", mrn=care.mrn)
    me = booker(everywhere)
    await me.do(beside.bookings, beside.wanted(NOON))
    absence = {"since": "2031-03-04T00:00:00Z", "until": "2031-03-05T00:00:00Z"}
    for person in ("dr.nose", "dr.tern"):
        await everywhere.coordinator.do(f"/people/{person}/absences", absence)
    found = await me.read(f"{care.address}/joint-times", since="2031-03-03T00:00:00Z", days=3)
    assert [(each["id"], each["any_time"], len(each["nobody_there"])) for each in found["services"]] == [
        ("ear", True, 0),
        ("nose", True, 1),
    ]
    assert [(day["date"], [window["since"][11:16] for window in day["together"]]) for day in found["days"]] == [
        ("2031-03-03", ["08:30", "13:30"]),
        ("2031-03-05", ["08:30"]),
    ]
    assert found["without_service"] == [f"/tasks/{care.tasks[2]}"]
    assert [each["at"] for each in found["booked"]] == [NOON]
    assert (found["knows_visits"], found["minutes"], found["travel_minutes"]) == (True, 60, 30)
    assert "No clinic's diary was asked" in found["note"]


@pytest.mark.temporal
@pytest.mark.usefixtures("clinics")
async def test_services_may_be_named_and_one_that_is_not_there_is_refused(office: Office) -> None:
    care = await to_book(office, "ear")
    me, address = booker(office), f"{care.address}/joint-times"
    named = await me.read(f"{address}?service=mouth&service=jaw&since=2031-03-03T00:00:00Z&days=1&minutes=45")
    assert ([each["id"] for each in named["services"]], named["minutes"]) == (["mouth", "jaw"], 45)
    assert (await me.get(f"{address}?service=nobody")).status_code == 422
    nameless = await to_book(office, "nowhere")
    assert "name some" in (await me.get(f"{nameless.address}/joint-times")).json()["detail"]


@pytest.mark.temporal
@pytest.mark.usefixtures("clinics")
async def test_whoever_sees_no_appointments_is_told_that_visits_are_not_known(office: Office) -> None:
    care = await to_book(office, "ear")
    await booker(office).do(care.bookings, care.wanted(NINE))
    address = f"{care.address}/joint-times?service=ear&since=2031-03-03T00:00:00Z&days=1"
    lead = await office.coordinator.read(address)
    assert (lead["knows_visits"], lead["booked"], lead["days"][0]["together"][0]["since"][11:16]) == (
        False,
        [],
        "08:30",
    )
    stranger = office.person("b.yew", "booking_office", organisation="northern")
    assert (await stranger.get(address)).status_code == 404
    assert (await office.person("p.one", "patient").get(address)).status_code == 403


IMAGING = (
    "01_imaging_order",
    "second_opinion_read",
    "no_show",
    "result_overdue",
    "safety_incident",
    "acknowledge_result",
    "consent_withdrawn",
)


ORDERS = "orders_a_scan"


@pytest_asyncio.fixture
async def house(url: str, dev_server: Client, key_ring: KeyRing, tmp_path: Path) -> AsyncIterator[Office]:
    """An office with the imaging orders of the library."""
    (tmp_path / "directory.yaml").write_text(SERVICES)
    async with open_office(url, dev_server, key_ring, directory=tmp_path / "directory.yaml") as office:
        await publish_care(office, *IMAGING)
        async with office.database.session() as session:
            called = await active_definition(session, "imaging_order")
            assert called is not None
            scan = node("scan", "callActivity", ORDERS, call=CallSpec("imaging_order"))
            caller = line(ORDERS, scan, calls={"imaging_order": called.sha256})
            await publish(session, caller, bpmn="<none/>", forms={}, actor="test", now=office.here.clock())
        yield office


@pytest.mark.temporal
async def test_a_scan_and_a_visit_of_one_patient_are_looked_for_and_booked_together(house: Office) -> None:
    care, me = await to_book(house, "ear"), booker(house)
    about = {"modality": "US_neck", "priority": "urgent", "reason": "Lump", "clinical_question": "Node?"}
    order = {**about, "order_id": f"ORD-{number()}", "referral_id": f"REF-{number()}", "patient_id": care.patient_id}
    await house.admin.do(f"/pathways/{ORDERS}/cases", {"business_key": order["order_id"], "variables": order})
    async with asyncio.timeout(60):
        while len((entry := (await me.read("/rounds"))["items"][0])["to_book"]) < 2:
            await asyncio.sleep(0.05)
    found = await me.read(entry["links"]["joint_times"], since="2031-03-03T00:00:00Z", days=1)
    assert sorted(each["id"] for each in found["services"]) == ["ear", "imaging"]
    at = {visit["service"]: visit["since"] for visit in found["days"][0]["in_turn"]}
    scan = {"slot": at["imaging"], "in_house": True, "prep_given": True}
    (task,) = set(entry["to_book"]) - set(care.tasks)
    wanted = [*care.wanted(at["ear"])["bookings"], {"task": task, "values": scan}]
    told = await me.do(entry["links"]["bookings"], {"bookings": wanted})
    assert [each["became"] for each in told["bookings"]] == ["booked", "booked"]
    plan = await me.read(f"{care.address}/plan")
    assert sorted(each["at"] for each in plan["itinerary"]) == sorted(at.values())
