"""Can a coordinator work through the dead letters on the command line?"""

import json

import pytest
import pytest_asyncio

from tests.api.conftest import Office, number
from tests.api.letters import begin, go_on, publish_letters, result, titles
from tests.api.typed import answered, run

pytestmark = pytest.mark.temporal


@pytest_asyncio.fixture(scope="module", autouse=True, loop_scope="session")
async def _published(office: Office) -> None:
    await publish_letters(office.database)


async def typed(served: str, *arguments: str, status: int = 0) -> str:
    """What the coordinator is told."""
    return (await run(served, "dead-letters", *arguments, role="coordinator", code=status)).output


async def test_letters_are_listed_shown_correlated_and_discarded(office: Office, served: str) -> None:
    keys = [f"CLI-{number()}" for _ in range(2)]
    for key in keys:
        await office.sender.do("/messages", result(key))
    listed = json.loads(await typed(served, "list", "--key", keys[0], "--json"))
    assert "no case waits for it" in await typed(served, "list", "--name", "letter.result", "--status", "unmatched")
    assert "can correlate: give it the key or the case" in await typed(served, "show", listed[0]["id"])
    case_id, order = await begin(office)
    await go_on(office, case_id)
    correlated = ("correlate", listed[0]["id"], "--key", order)
    assert f"foreseen ({case_id}); nothing was changed" in await typed(served, *correlated, "--dry-run")
    assert f"delivered ({case_id})" in await typed(served, *correlated)
    assert await titles(office, case_id) == ["read"]
    other = json.loads(await typed(served, "list", "--key", keys[1], "--json"))[0]["id"]
    discard = ("discard", other, "--reason", "a test of the portal")
    assert "would be discarded; nothing was changed" in await typed(served, *discard, "--dry-run")
    assert "discarded" in await typed(served, *discard)
    for again in (discard, (*discard, "--dry-run")):
        assert "It is no longer open" in await typed(served, *again, status=1)
    assert "There is no message" in await typed(served, "discard", "typo", *discard[2:], "--dry-run", status=1)
    assert "give either --key or --case" in await typed(served, "correlate", other, status=2)
    (kept,) = json.loads(await typed(served, "list", "--key", keys[1], "--handled", "discarded", "--json"))
    assert kept["handled_by"] == "c.elm"


async def test_many_letters_are_delivered_again_or_discarded(office: Office, served: str) -> None:
    name = f"letter.{number()}"
    for _ in range(3):
        await office.sender.do("/messages", result(f"CLI-{number()}", name))
    many = ("--where", f"name={name}", "--reason", "the portal was tested")
    again = await run(served, "dead-letters", "deliver-again", *many, "--yes")
    assert "no case took it: it waits for one" in again.output
    left = await answered(served, "dead-letters", "list", "--name", name)
    assert sorted(each["message_id"].partition("~")[2] for each in left) == ["1", "1", "1"]
    dry = await run(served, "dead-letters", "discard", *many, "--dry-run")
    assert "3 selected; nothing was changed" in dry.output
    assert "3 done" in (await run(served, "dead-letters", "discard", *many, "--yes")).output
    assert await answered(served, "dead-letters", "list", "--name", name) == []
