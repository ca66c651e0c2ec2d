"""`pathways deployments` and `messages` over HTTP: what an operator publishes, compares, takes back and sends."""

import shutil
from pathlib import Path

import pytest

from pathways.catalogue import library_folders
from tests.api.conftest import Office, number
from tests.api.letters import go_on, publish_letters, titles
from tests.api.typed import answered, run

pytestmark = pytest.mark.temporal
LIBRARY = library_folders()[0].parent


async def test_an_operator_publishes_compares_and_rolls_back_over_the_api(served: str, tmp_path: Path) -> None:
    key = f"shown_{number()}"
    folder = tmp_path / key
    shutil.copytree(LIBRARY / "no_show", folder)
    diagram = folder / "pathway.bpmn"
    diagram.write_text(diagram.read_text().replace('"no_show"', f'"{key}"'))
    dry = await run(served, "deployments", "publish", str(folder), "--dry-run")
    assert (key in dry.output, "nothing was changed" in dry.output) == (True, True)
    assert key not in {each["key"] for each in await answered(served, "deployments", "list")}
    await run(served, "deployments", "publish", str(folder))
    diagram.write_text(diagram.read_text().replace("Clinical review of", "Clinical look at"))
    await run(served, "deployments", "publish", str(folder))
    assert "Clinical look at" in (await run(served, "deployments", "diff", key, "1", "2")).output
    foreseen = (await run(served, "deployments", "rollback", key, "--dry-run")).output
    assert f"{key}: version 2 → 1; 0 running cases keep theirs" in foreseen
    await run(served, "deployments", "rollback", key, said="n\n", code=1)
    assert "start with version 1" in (await run(served, "deployments", "rollback", key, said="y\n")).output
    shown = await answered(served, "deployments", "show", key)
    assert [(each["version"], each["active"]) for each in shown] == [(2, False), (1, True)]
    assert "There is no version 9" in (await run(served, "deployments", "rollback", key, "9", code=1)).output


async def test_an_operator_starts_a_case_and_sends_it_what_it_waits_for(office: Office, served: str) -> None:
    await publish_letters(office.database)
    order = f"ORDER-{number()}"
    case = (await answered(served, "cases", "start", "letters", f"K-{number()}", "--set", f"order={order}"))["case_id"]
    await go_on(office, case)
    sent = ("messages", "send", "letter.result", order, "--id", f"typed-{number()}")
    assert f"delivered ({case})" in (await run(served, *sent)).output
    assert await titles(office, case) == ["read"]
    listed = await answered(served, "messages", "list", "--status", "delivered")
    assert sent[-1] in {each["message_id"] for each in listed}
    assert "0 cases reached" in (await run(served, "messages", "broadcast", f"nobody-{number()}")).output
