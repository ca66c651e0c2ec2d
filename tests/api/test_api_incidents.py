"""Is everything that stopped in one list, with what can be done about it, and is that done, singly and by filter?"""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import select

from api import remedies
from api.batches import Job, Target
from api.shapes.incidents import KINDS, REMEDIES, remedies_of
from api.surroundings import system_clock
from pathways.bpmn.model import CallSpec, Definition, ErrorTrigger, FlowNode, Process, SequenceFlow
from records.tables import Audit, Case, Incident
from tests.api.administered import pathway, publish_administered
from tests.api.conftest import Office, number
from tests.api.test_api_migrations import published
from tests.host.diagrams import line, node, user_task, work
from workflows.contract.requests import Skip
from workflows.engine.state import IncidentKind

pytestmark = pytest.mark.temporal
WHY = {"reason": "the service is closed"}


async def stopped(office: Office, pathway: str = "unknown_work") -> dict[str, Any]:
    """Start a case whose first step nobody can do; give its incident."""
    found = await office.refer(pathway)
    async with asyncio.timeout(60):
        while not (page := await office.coordinator.read("/incidents", case=found["case_id"]))["items"]:
            await asyncio.sleep(0.05)
    incident: dict[str, Any] = page["items"][0]
    return incident


def link(incident: dict[str, Any], remedy: str) -> str:
    found: str = next(each["link"] for each in incident["remedies"] if each["remedy"] == remedy)
    return found


def named(incident: dict[str, Any]) -> list[str]:
    return [each["remedy"] for each in incident["remedies"]]


def test_every_kind_of_incident_is_explained_and_has_remedies() -> None:
    assert set(KINDS) == set(IncidentKind.__args__)  # type: ignore[attr-defined]
    for meaning, named in KINDS.values():
        assert meaning
        assert set(named) <= set(REMEDIES)


@pytest.mark.parametrize(
    ("element", "offered"),
    [
        ("book", ["retry", "skip", "throw-error", "modify", "cancel-token", "cancel-case"]),
        ("examine", ["retry", "skip", "modify", "cancel-token", "cancel-case"]),
        ("choose", ["retry", "modify", "cancel-token", "cancel-case"]),
    ],
)
def test_a_gateway_is_not_skipped_and_no_error_is_thrown_that_nothing_catches(element: str, offered: list[str]) -> None:
    about = {"activation": f"{element}#1", "element": element, "title": element, "kind": "expression", "reason": "null"}
    row = Incident(case_id="c", incident="incident#1", root_case_id="c", **about, raised_at=system_clock())
    assert [each.remedy for each in remedies_of(row, "administered#1", pathway())] == offered


@pytest.mark.parametrize(("kind", "named"), [("message", "incident#1"), ("work-failed", "tell#1")])
async def test_what_could_not_be_sent_is_skipped_by_the_id_of_its_incident(
    office: Office, kind: str, named: str
) -> None:
    now, case_id = system_clock(), f"case-{number()}"
    about = {"activation": "tell#1", "element": "tell", "title": "Tell", "kind": kind, "reason": "NoRoute"}
    ids = {"case_id": case_id, "incident": "incident#1", "root_case_id": case_id}
    row = Incident(**ids, **about, raised_at=now, resolved_at=now)
    async with office.database.session() as session:
        session.add(row)
    job = Job(remedies.SkippingIt(variables={}), "told by telephone", "a.fir")
    asked = await remedies.remedy(office.here, job, Target(case_id, "incident#1"))
    assert asked == Skip(named, "told by telephone", "a.fir", {})


async def test_an_incident_says_where_it_stopped_why_and_what_can_be_done(office: Office) -> None:
    incident = await stopped(office)
    assert (incident["element"], incident["kind"], incident["pathway"]) == ("fetch", "work-failed", "unknown_work")
    assert incident["reason"]
    assert named(incident) == ["retry", "skip", "modify", "cancel-token", "cancel-case"]
    assert (await office.coordinator.read(incident["links"]["self"]))["id"] == incident["id"]


async def test_incidents_are_found_by_kind_pathway_element_age_and_words(office: Office) -> None:
    incident = await stopped(office)
    case = {"case": incident["case_id"]}
    for found in ({"kind": "work-failed"}, {"pathway": "unknown_work"}, {"element": "fetch"}, {"text": "FETCH"}):
        page = await office.coordinator.read("/incidents", **case, **found)
        assert [each["id"] for each in page["items"]] == [incident["id"]]
    for missed in ({"kind": "loop"}, {"pathway": "x"}, {"element": "x"}, {"text": "xyz"}, {"older_than": "PT1H"}):
        assert (await office.coordinator.read("/incidents", **case, **missed))["total"] == 0


async def test_what_was_read_is_shown_only_to_those_who_see_the_variables(office: Office) -> None:
    await publish_administered(office)
    found = await office.refer("administered")
    link = found["links"]["case"]
    await office.admin.do(f"{link}/skip", {"activation": "book", **WHY})
    done = {"activation": "examine", "values": {"fit": "perhaps"}, **WHY}
    await office.admin.do(f"{link}/complete", done)
    page = await office.coordinator.read("/incidents", case=found["case_id"], element="choose")
    incident = page["items"][0]
    assert incident["read"] is None
    assert (await office.admin.read(incident["links"]["self"]))["read"] is None
    seeing = office.person("dr.oak", "key_worker", "dentist", "coordinator")
    assert (await seeing.read(incident["links"]["self"]))["read"] == {"fit": "perhaps"}
    assert "perhaps" not in incident["reason"]


async def test_only_an_administrator_acts_on_an_incident(office: Office) -> None:
    incident = await stopped(office)
    for act, body in (("retry", {}), ("skip", WHY), ("cancel", WHY), ("throw-error", {**WHY, "code": "x"})):
        assert (await office.coordinator.post(f"{incident['links']['self']}/{act}", body)).status_code == 403
    assert (await office.dentist.get("/incidents")).status_code == 403


async def test_what_stopped_is_tried_again(office: Office) -> None:
    incident = await stopped(office)
    body = {"variables": {"note": "corrected"}}
    assert (await office.admin.do(link(incident, "retry"), body))["status"] == "running"
    resolved = await office.admin.read(incident["links"]["self"])
    assert (resolved["resolution"], resolved["resolved_by"], resolved["remedies"]) == ("retried", "a.fir", [])
    again = await office.admin.post(link(incident, "retry"), {})
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "not-open")


async def test_what_stopped_is_skipped_for_a_reason_that_stays(office: Office) -> None:
    incident = await stopped(office)
    assert (await office.admin.post(link(incident, "skip"), {"reason": " "})).status_code == 422
    foreseen = await office.admin.do(link(incident, "skip"), {**WHY, "dry_run": True})
    assert foreseen["status"] == "completed"
    assert (await office.admin.do(link(incident, "skip"), WHY))["status"] == "completed"
    told = await office.coordinator.read(f"{incident['links']['case']}/timeline")
    assert "fetch was skipped by a.fir: the service is closed" in [entry["text"] for entry in told]
    async with office.database.reader() as session:
        rows = await session.exec(select(Audit).where(Audit.case_id == incident["case_id"]))
        audited = [row.detail for row in rows if row.action == "incident.skip"]
    assert [(each["incident"], each["reason"]) for each in audited] == [("incident#1", "the service is closed")]


async def test_an_error_that_nobody_catches_is_refused_in_words(office: Office) -> None:
    incident = await stopped(office)
    refused = await office.admin.post(f"{incident['links']['self']}/throw-error", {**WHY, "code": "no-answer"})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "invalid")
    assert "nobody catches the error 'no-answer'" in refused.json()["detail"]


def asking(key: str, called: str, sha256: str) -> Definition:
    """Draw a call of `called` whose error STOP leads to a task."""
    drawn = line(key, node("call", "callActivity", key, call=CallSpec(called)), calls={called: sha256})
    caught = [
        node("stopped", "boundaryEvent", key, attached_to="call", trigger=ErrorTrigger("STOP"), outgoing=("s1",)),
        user_task("handle", key, incoming=("s1",), outgoing=("s2",)),
        node("handled", "endEvent", key, incoming=("s2",)),
    ]
    flows = {"s1": SequenceFlow("s1", "stopped", "handle", key), "s2": SequenceFlow("s2", "handle", "handled", key)}
    nodes = {**drawn.nodes, **{each.id: each for each in caught}}
    return replace(drawn, nodes=nodes, flows={**drawn.flows, **flows})


def forked(key: str, *steps: FlowNode) -> Definition:
    """Draw steps side by side, each with an end of its own."""
    drawn = [replace(step, incoming=(f"to-{step.id}",), outgoing=(f"from-{step.id}",)) for step in steps]
    ends = [node(f"end-{step.id}", "endEvent", key, incoming=(f"from-{step.id}",)) for step in steps]
    start = node("start", "startEvent", key, outgoing=tuple(f"to-{step.id}" for step in steps))
    flows = [SequenceFlow(f"to-{step.id}", "start", step.id, key) for step in steps]
    flows += [SequenceFlow(f"from-{step.id}", step.id, f"end-{step.id}", key) for step in steps]
    nodes = {each.id: each for each in (start, *drawn, *ends)}
    process = Process(key, key, executable=True)
    return Definition(key, key, "1", key, (process,), nodes, {flow.id: flow for flow in flows})


async def test_an_error_is_thrown_out_of_a_called_case_when_its_caller_catches_it(office: Office) -> None:
    called, caller = f"asked-{number()}", f"asking-{number()}"
    await published(office, line(called, work("fetch", called, "nobody.serves.this")), pin=called)
    await published(office, asking(caller, called, f"{called}-1"))
    incident = await stopped(office, caller)
    assert "throw-error" in named(incident)
    vain = await office.admin.post(link(incident, "throw-error"), {**WHY, "code": "OTHER"})
    assert (vain.status_code, "nobody catches the error 'OTHER'" in vain.json()["detail"]) == (422, True)
    step = {"activation": "fetch", "code": "OTHER", **WHY}
    assert (await office.admin.post(f"/cases/{quote(incident['case_id'])}/throw-error", step)).status_code == 422
    await office.admin.do(link(incident, "throw-error"), {**WHY, "code": "STOP"})
    async with asyncio.timeout(60):
        while not (await office.gateway.state(incident["root_case_id"])).activations.get("handle#1"):
            await asyncio.sleep(0.05)


async def test_the_case_or_only_the_branch_that_stopped_is_called_off(office: Office) -> None:
    incident = await stopped(office)
    refused = await office.admin.post(link(incident, "cancel-token"), {**WHY, "what": "token"})
    assert refused.status_code == 422
    assert "cancel the case instead" in refused.json()["detail"]
    assert (await office.admin.do(link(incident, "cancel-case"), WHY))["status"] == "cancelled"


async def test_what_concerns_the_case_offers_only_what_can_be_done_without_a_step(office: Office) -> None:
    key = f"anchored-{number()}"
    examine = user_task("examine", key, expected_duration="date and time(begins)", due_anchor="begins")
    await published(office, line(key, examine))
    case = (await office.refer(key))["case_id"]
    begins = {"variables": {"begins": "2030-01-01T09:00:00Z"}}
    incident = (await office.admin.read("/incidents", case=case))["items"][0]
    await office.admin.do(link(incident, "retry"), begins)
    await office.admin.do(f"/cases/{case}/variables", {"variables": {"begins": "soon"}, **WHY})
    incident = (await office.admin.read("/incidents", case=case))["items"][0]
    assert named(incident) == ["retry", "skip", "modify", "cancel-case"]
    assert named(incident) == named((await office.admin.read(f"/cases/{case}"))["incidents"][0])
    await office.admin.do(link(incident, "retry"), {})
    again = (await office.admin.read("/incidents", case=case))["items"][0]
    assert again["id"] != incident["id"], "it is still no time"
    await office.admin.do(link(again, "skip"), WHY)
    assert not (await office.admin.read("/incidents", case=case))["items"]


async def test_the_incident_of_a_due_time_is_over_when_its_variable_is_corrected(office: Office) -> None:
    key = f"corrected-{number()}"
    examine = user_task("examine", key, expected_duration="date and time(begins)", due_anchor="begins")
    await published(office, line(key, examine))
    case = (await office.refer(key))["case_id"]
    incident = (await office.admin.read("/incidents", case=case))["items"][0]
    await office.admin.do(link(incident, "retry"), {"variables": {"begins": "2030-01-01T09:00:00Z"}})
    for begins, still in (("soon", 1), ("2030-02-01T09:00:00Z", 0)):
        await office.admin.do(f"/cases/{case}/variables", {"variables": {"begins": begins}, **WHY})
        assert len((await office.admin.read("/incidents", case=case))["items"]) == still
        assert len((await office.admin.read(f"/cases/{case}"))["stuck"]) == still


async def test_a_case_with_two_incidents_is_called_off_as_the_dry_run_said(office: Office) -> None:
    key = f"stopped-twice-{number()}"
    await published(office, forked(key, work("fetch", key, "nobody.fetches"), work("book", key, "nobody.books")))
    case = (await stopped(office, key))["case_id"]
    async with asyncio.timeout(60):
        while (await office.coordinator.read("/incidents", case=case))["total"] < 2:
            await asyncio.sleep(0.05)
    body = {"kind": "incident.cancel", "filter": {"case": case}, **WHY}
    foresight = await office.admin.do("/batches", {**body, "dry_run": True})
    batch = await office.admin.do("/batches", body)
    await office.here.background.rest()
    assert (await office.admin.read(batch["links"]["self"]))["counts"] == foresight["counts"] == {"done": 2}


async def test_a_version_that_is_not_published_here_takes_no_list_away(office: Office) -> None:
    key = f"unpublished-{number()}"
    await published(office, line(key, work("fetch", key, "nobody.fetches")))
    incident = await stopped(office, key)
    async with office.database.session() as session:
        row = await session.get_one(Case, incident["case_id"])
        row.sha256 = f"of-the-newer-backup-{number()}"
    page = await office.coordinator.read("/incidents", case=incident["case_id"])
    assert [each["id"] for each in page["items"]] == [incident["id"]]
    assert (await office.admin.read(f"/cases/{incident['case_id']}"))["incidents"]
    refused = await office.admin.get(f"/cases/{incident['case_id']}/timers")
    assert (refused.status_code, "publish it first" in refused.json()["detail"]) == (422, True)


async def test_incidents_are_resolved_by_filter_after_a_dry_run(office: Office) -> None:
    incidents = [await stopped(office) for _ in range(3)]
    cases = [each["case_id"] for each in incidents]
    ids = [each["id"] for each in incidents]
    body = {"kind": "incident.skip", "filter": {"incidents": ids, "kind": "work-failed"}, **WHY}
    foresight = await office.admin.do("/batches", {**body, "dry_run": True})
    assert (foresight["selected"], foresight["counts"]) == (3, {"done": 3})
    await office.admin.do(link(incidents[0], "retry"), {})
    batch = await office.admin.do("/batches", body)
    await office.here.background.rest()
    batch = await office.admin.read(batch["links"]["self"])
    assert batch["counts"] == {"done": 2}
    assert [(await office.coordinator.read(f"/cases/{case}"))["status"] for case in cases[1:]] == ["completed"] * 2
