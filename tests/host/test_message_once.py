"""Does a case take a message once for good, also when it has carried itself over since?"""

import pytest

from tests.host.conftest import World
from tests.host.diagrams import LOOPING
from workflows.contract.requests import CompleteTask, DeliverMessage

pytestmark = pytest.mark.temporal


async def test_a_message_is_recognised_and_still_kept_after_continue_as_new(world: World) -> None:
    case_id = (await world.start(LOOPING)).case_id
    handle = world.client.get_workflow_handle(case_id)
    first_run = (await handle.describe()).run_id
    message = DeliverMessage("imaging.report", "X", "m1")
    assert (await world.gateway.send(case_id, message, "k")).outcome == "buffered"
    for number in range(25):
        await world.gateway.send(case_id, CompleteTask(f"task{number}#1", "p1"), f"k{number}")
    assert (await handle.describe()).run_id != first_run
    assert (await world.gateway.send(case_id, message, "another")).outcome == "duplicate"
    assert [kept["message_id"] for kept in (await handle.query("state"))["buffered"]] == ["m1"]
