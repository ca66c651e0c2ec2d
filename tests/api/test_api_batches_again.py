"""Is an act on a case that a process died of done once, and known as done, when another process takes it up?"""

import pytest

from tests.api.conftest import Office, number
from tests.api.dying import acted_twice
from tests.api.test_api_migrations import at_rest, begun_with_called, calling, migrate, on_version, published
from tests.host.diagrams import line, user_task

pytestmark = pytest.mark.temporal
WHY = {"reason": "the service was closed", "start": False}


async def test_a_case_that_was_called_off_is_not_called_off_again(office: Office) -> None:
    case_id = (await office.refer("two_tasks"))["case_id"]
    batch = await office.admin.do("/batches", {"kind": "case.cancel", "filter": {"cases": [case_id]}, **WHY})
    assert (await acted_twice(office, batch))["counts"] == {"done": 1}


async def test_called_cases_that_had_gone_along_before_go_back_with_their_caller(office: Office) -> None:
    key = f"moving_{number()}"
    called = f"{key}_called"
    more = line(called, user_task("inner", called), user_task("more", called))
    await published(office, line(called, user_task("inner", called)), more, pin=called)
    await published(office, calling(key, called, 1))
    await begun_with_called(office, key, called)
    await published(office, calling(key, called, 2))
    batch = await acted_twice(office, await migrate(office, key, to=2, start=False))
    assert batch["counts"] == {"done": 1}
    assert (await on_version(office, key), await on_version(office, called)) == ({2: 1}, {2: 1})
    await office.admin.do(f"/batches/{batch['id']}/undo")
    assert (await at_rest(office, batch["id"]))["counts"] == {"undone": 1}
    assert (await on_version(office, key), await on_version(office, called)) == ({1: 1}, {1: 1})
