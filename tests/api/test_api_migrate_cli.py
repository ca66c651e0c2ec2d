"""`pathways migrate cases` over HTTP: what an operator reads before cases move, and how they come back."""

import json

import pytest

from tests.api.conftest import Office, number
from tests.api.test_api_migrations import begun, calling, elements, on_version, published
from tests.api.typed import run
from tests.host.diagrams import line, user_task

pytestmark = pytest.mark.temporal


async def test_an_operator_foresees_maps_migrates_and_undoes(office: Office, served: str) -> None:
    key = f"typed_{number()}"
    await published(office, line(key, user_task("first", key, name="Look")))
    (case,) = await begun(office, key, 1)
    await published(office, line(key, user_task("look", key, name="Look")))
    to = ("migrate", "cases", key, "--to", "2")
    told = await run(served, *to, "--dry-run", "--changes", code=1)
    assert "0 migrate, 1 cannot: it waits at 'first'" in told.output
    assert "--map first=look" in told.output
    assert "userTask first 'Look' is now look: renamed" in told.output
    done = await run(served, *to, "--map", "first=look", "--yes", "--json")
    batch = json.loads(done.stdout)
    assert batch["counts"] == {"done": 1}
    assert await elements(office, case) == {"look"}
    foreseen = await run(served, "batches", "undo", batch["id"], "--dry-run")
    assert "1 selected; nothing was changed" in foreseen.output
    assert await on_version(office, key) == {2: 1}
    await run(served, "batches", "undo", batch["id"])
    assert await on_version(office, key) == {1: 1}


async def test_an_operator_maps_a_step_of_a_called_pathway_in_the_cases_that_a_filter_selects(
    office: Office, served: str
) -> None:
    key, called = f"typed_{number()}", f"typed_{number()}_called"
    await published(
        office, *(line(called, user_task(name, called, name="Look")) for name in ("inner", "look")), pin=called
    )
    await published(office, calling(key, called, 1))
    (case,) = await begun(office, key, 1)
    await published(office, calling(key, called, 2))
    to = ("migrate", "cases", key, "--to", "2")
    assert f"--map {called}/inner=look" in (await run(served, *to, "--dry-run", code=1)).output
    none = await run(served, *to, "--where", "stuck=true", "--dry-run")
    assert "0 migrate; nothing was changed" in none.output
    await run(served, *to, "--where", "stuck=false", "--map", f"{called}/inner=look", "--yes")
    assert await elements(office, f"{case}/call#1") == {"look"}


async def test_a_map_that_makes_no_sense_is_explained(office: Office, served: str) -> None:
    key = f"typed_{number()}"
    await published(office, line(key, user_task("first", key)))
    await begun(office, key, 1)
    await published(office, line(key, user_task("look", key)))
    wrong = await run(served, "migrate", "cases", key, "--to", "2", "--map", "first=start", code=1)
    assert "'first' cannot become 'start': it was a userTask and is a startEvent" in wrong.output
    await run(served, "migrate", "cases", key, "--to", "2", "--map", "first", code=2)
