"""Can a coordinator work through the dead letters on the command line?"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from typer.testing import CliRunner

from cli.app import app
from tests.api.conftest import Office, number, token
from tests.api.letters import begin, go_on, publish_letters, result, titles
from tests.conftest import free_port

pytestmark = pytest.mark.temporal
Run = Callable[..., Coroutine[Any, Any, str]]


@pytest_asyncio.fixture
async def run(office: Office, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Run]:
    """Runs a command against the office's API on a real port; gives what it prints."""
    await publish_letters(office.database)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(office.app, port=port, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    monkeypatch.setenv("PATHWAYS_API", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("PATHWAYS_TOKEN", token("c.elm", "coordinator"))
    monkeypatch.setenv("COLUMNS", "250")

    async def invoke(*arguments: str, status: int = 0) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["dead-letters", *arguments])
        assert done.exit_code == status, done.output
        return done.output

    yield invoke
    server.should_exit = True
    await serving


async def test_letters_are_listed_shown_correlated_and_discarded(office: Office, run: Run) -> None:
    keys = [f"CLI-{number()}" for _ in range(2)]
    for key in keys:
        await office.sender.do("/messages", result(key))
    listed = json.loads(await run("list", "--key", keys[0], "--json"))
    assert "no case waits for it" in await run("list", "--name", "letter.result", "--status", "unmatched")
    assert "can correlate: give it the key or the case" in await run("show", listed[0]["id"])
    case_id, order = await begin(office)
    await go_on(office, case_id)
    assert f"delivered ({case_id})" in await run("correlate", listed[0]["id"], "--key", order)
    assert await titles(office, case_id) == ["read"]
    other = json.loads(await run("list", "--key", keys[1], "--json"))[0]["id"]
    assert "discarded" in await run("discard", other, "--reason", "a test of the portal")
    assert "It is no longer open" in await run("discard", other, "--reason", "again", status=1)
    assert "give either --key or --case" in await run("correlate", other, status=2)
    assert (
        json.loads(await run("list", "--key", keys[1], "--handled", "discarded", "--json"))[0]["handled_by"] == "c.elm"
    )
