"""Does a step of one case begin another case once, with its place in the chain of referrals?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.pathway_start import Onward, PathwayStarts, onward_of
from api.answering_beginner import waiting_beginner
from api.delivery import Post
from api.starting_onward import begin_onward
from api.surroundings import system_clock
from records.tables import Lineage, NotedStart
from records.writes.publications import publish
from tests.api.conftest import DyingGateway, Office, number
from tests.host.diagrams import MESSAGE
from workflows.contract.requests import DeliverMessage, Work
from workflows.host.gateway import HostUnavailable


def step(headers: Mapping[str, str], **variables: Any) -> Work:
    """What a service task `pathway.start` is asked."""
    return Work(
        case_id=f"case-{number()}",
        business_key="REF-1",
        activation="start#1",
        element="start",
        title="Begin the next pathway",
        headers=headers,
        variables={"referral_id": "REF-1-ENT", "priority": "stat", "histology": "private", **variables},
        pathway="asking",
    )


def test_a_new_case_gets_what_a_referral_is_and_what_the_step_names() -> None:
    headers = {"pathway": "two_tasks", "carry": "service, service_date"}
    onward = onward_of(step(headers, reason="Ulcer", service="ENT", service_date=None))
    assert onward.variables == {"referral_id": "REF-1-ENT", "priority": "stat", "reason": "Ulcer", "service": "ENT"}
    assert (onward.from_referral, onward.kind, onward.urgency) == ("REF-1", "started", "stat")


def test_a_priority_in_words_of_its_own_is_never_the_urgency_that_temporal_stores_in_clear() -> None:
    assert onward_of(step({"pathway": "two_tasks"}, priority="soon, says Mr Sample")).urgency == "routine"


@pytest.mark.parametrize(
    ("headers", "referral_id"),
    [({}, "REF-2"), ({"pathway": "a"}, None), ({"pathway": "a"}, "REF-1"), ({"pathway": "a", "kind": "x"}, "REF-2")],
)
def test_a_step_without_pathway_or_a_referral_id_of_its_own_stops_at_once(
    headers: dict[str, str], referral_id: str | None
) -> None:
    with pytest.raises(ApplicationError) as refused:
        onward_of(step(headers, referral_id=referral_id))
    assert refused.value.non_retryable


@pytest.mark.temporal
async def test_a_case_of_others_with_the_same_number_keeps_no_step_from_beginning_its_own(office: Office) -> None:
    post, number_of_both = Post(office.database, office.gateway, system_clock), f"REF-{number()}-RF"
    others = office.person("portal.north", "integration", organisation="north")
    theirs = await others.do("/pathways/two_tasks/cases", {"business_key": number_of_both})
    onward = onward_of(step({"pathway": "two_tasks"}, referral_id=number_of_both))
    own = [await begin_onward(post, replace(onward, request=request)) for request in ("one", "one", "another")]
    assert len({theirs["case_id"], *own}) == 2
    assert (await office.coordinator.read(f"/cases/{own[0]}"))["referral_id"] == number_of_both


@pytest.mark.temporal
async def test_a_step_that_is_tried_again_begins_one_case_with_its_lineage(office: Office) -> None:
    post = Post(office.database, office.gateway, system_clock)
    work = step({"pathway": "two_tasks"}, referral_id=f"REF-{number()}-ENT")

    async def begin(onward: Onward) -> str:
        return await begin_onward(post, onward)

    results = [await ActivityEnvironment().run(PathwayStarts(begin).start, work) for _ in range(2)]
    started = results[0].variables["started_case"]
    assert results[1].variables["started_case"] == started
    case = await office.coordinator.read(f"/cases/{started['case_id']}")
    assert (case["referral_id"], case["urgency"], case["status"]) == (work.variables["referral_id"], "stat", "running")
    async with office.database.reader() as session:
        (link,) = await session.exec(select(Lineage).where(Lineage.parent_case_id == work.case_id))
    assert (link.case_id, link.parent_referral_id, link.kind) == (started["case_id"], "REF-1", "started")


@pytest.mark.temporal
async def test_another_step_with_the_referral_id_of_a_running_case_is_led_to_that_case(office: Office) -> None:
    post = Post(office.database, office.gateway, system_clock)
    referral_id = f"REF-{number()}-ENT"
    first, second = (step({"pathway": "two_tasks"}, referral_id=referral_id) for _ in range(2))
    assert await begin_onward(post, onward_of(first)) == await begin_onward(post, onward_of(second))


@pytest.mark.temporal
async def test_a_pathway_that_begins_with_a_message_is_begun_with_it(office: Office) -> None:
    post = Post(office.database, office.gateway, system_clock)
    work = step({"pathway": "begun_by_message"}, referral_id=f"REF-{number()}-ENT")
    case_id = await begin_onward(post, onward_of(work))
    assert (await office.coordinator.read(f"/cases/{case_id}"))["status"] == "running"


@pytest.mark.temporal
@pytest.mark.parametrize("pathway", ["nowhere", "begun_by_signal"])
async def test_a_pathway_that_nobody_can_begin_so_stops_at_once(office: Office, pathway: str) -> None:
    post = Post(office.database, office.gateway, system_clock)

    async def begin(onward: Onward) -> str:
        return await begin_onward(post, onward)

    work = step({"pathway": pathway}, referral_id=f"REF-{number()}-ENT")
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(PathwayStarts(begin).start, work)
    assert refused.value.non_retryable


@pytest.mark.temporal
async def test_a_start_that_died_is_noted_and_carried_out_by_the_next_try(office: Office, dev_server: Client) -> None:
    dying = Post(office.database, DyingGateway(dev_server, "nobody"), system_clock)
    onward = onward_of(step({"pathway": "two_tasks"}, referral_id=f"REF-{number()}-ENT"))
    with pytest.raises(HostUnavailable):
        await begin_onward(dying, onward)
    case_id = await begin_onward(Post(office.database, office.gateway, system_clock), onward)
    async with office.database.reader() as session:
        assert (await session.get_one(NotedStart, case_id)).status == "begun"


@pytest.mark.temporal
async def test_only_a_case_that_listens_hears_the_answer_to_what_it_began(office: Office) -> None:
    post = Post(office.database, office.gateway, system_clock)
    async with office.database.session() as session:
        await publish(session, MESSAGE, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    for beginner, told in (("message", True), ("two_tasks", False)):
        waiting = await begin_onward(post, onward_of(step({"pathway": beginner}, referral_id=f"REF-{number()}-A")))
        await office.coordinator.read(f"/cases/{waiting}")
        work = replace(step({"pathway": "two_tasks"}, referral_id=f"REF-{number()}-B"), case_id=waiting)
        begun = await begin_onward(post, onward_of(work))
        answer = DeliverMessage("imaging.report", work.variables["referral_id"], f"answer-{number()}")
        assert await waiting_beginner(office.database, answer, f"{begun}/call#1") == (waiting if told else None)
        other = replace(answer, correlation_key="REF-of-another-referral")
        assert await waiting_beginner(office.database, other, begun) is None
