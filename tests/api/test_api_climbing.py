"""Does a climbed rung begin its case once, for its people, with its place in the chain?"""

import pytest
import pytest_asyncio

from api.climbing import begin_climbed
from api.surroundings import system_clock
from records.tables import RungStart
from tests.api.caring import begin_care, publish_care
from tests.api.conftest import Office, number

pytestmark = pytest.mark.temporal


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office, "direct_intervention")
    return office


async def climb(house: Office, case_id: str, process: str) -> str:
    """Note what the projection notes of a climbed rung."""
    rung = RungStart(
        rung_key=f"{case_id}:examine#1:rung{number()}",
        case_id=case_id,
        activation="examine#1",
        process=process,
        title="Examine",
        level="escalation",
        climbed_at=system_clock(),
    )
    async with house.database.session() as session:
        session.add(rung)
    return rung.rung_key


async def test_a_rung_begins_one_case_however_often_the_sweep_comes(house: Office) -> None:
    care, here = await begin_care(house), house.here
    await begin_climbed(here)  # what other tests have left
    await climb(house, care.case_id, "direct_intervention")
    assert (await begin_climbed(here), await begin_climbed(here)) == (1, 0)
    tasks = (await house.person("prof.cedar", "clinical_lead").read("/tasks", size=200))["items"]
    (task,) = [each for each in tasks if each["referral_id"].startswith(f"{care.referral_id}-R")]
    assert (task["title"], task["pathway"]) == ("Direct clinical intervention", "direct_intervention")
    chain = (await house.admin.read(f"/referrals/{task['referral_id']}"))["chain"]
    assert [(each["referral_id"], each["kind"]) for each in chain][-1] == (task["referral_id"], "escalated")


async def test_what_cannot_begin_keeps_no_other_rung_from_it(house: Office) -> None:
    care = await begin_care(house)
    await begin_climbed(house.here)  # what other tests have left
    await climb(house, care.case_id, "no_such_process")
    await climb(house, care.case_id, "direct_intervention")
    assert await begin_climbed(house.here) == 1
    assert await begin_climbed(house.here) == 0
    told = [each["text"] for each in await house.coordinator.read("/inbox") if "no_such_process" in each["text"]]
    assert len(told) == 1, "the coordinator hears of it once"
