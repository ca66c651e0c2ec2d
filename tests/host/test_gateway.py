"""Does the API get an answer from the gateway when no worker is there?"""

from datetime import timedelta

import pytest

from tests.host.conftest import World
from tests.host.diagrams import ONE_TASK
from workflows.contract.requests import CompleteTask
from workflows.host.gateway import CaseGateway, HostUnavailable

pytestmark = pytest.mark.temporal


async def test_without_a_worker_a_start_is_answered_when_patience_ends(world: World) -> None:
    lonely = CaseGateway(world.client, f"nobody-{world.task_queue}", timedelta(seconds=1))
    case = world.case(ONE_TASK)
    with pytest.raises(HostUnavailable):
        await lonely.start(case, pathway=ONE_TASK.name)
    with pytest.raises(HostUnavailable):
        await lonely.send(case.case_id, CompleteTask("examine#1", "p1"), "k1")
