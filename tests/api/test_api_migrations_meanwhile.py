"""What if a case calls another while it is being migrated? The called one goes along, though nobody had seen it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from pathways.bpmn.model import CallSpec, Definition
from tests.api.conftest import Office, number
from tests.api.test_api_migrations import at_rest, begun, migrate, on_version, published
from tests.host.diagrams import line, node, user_task
from workflows.contract.requests import CompleteTask, Migrate, Request

pytestmark = pytest.mark.temporal


def calling(key: str, called: str, version: int) -> Definition:
    call = node("call", "callActivity", key, call=CallSpec(called))
    drawn = line(key, user_task("first", key), call, calls={called: f"{called}-{version}"})
    return replace(drawn, version_tag=str(version))


async def test_a_case_that_is_called_after_we_had_looked_goes_along_and_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"meanwhile_{number()}"
    called, send = f"{key}_called", office.gateway.send
    inner = (
        line(called, user_task("inner", called)),
        line(called, user_task("inner", called), user_task("more", called)),
    )
    await published(office, *inner, pin=called)
    await published(office, calling(key, called, 1))
    (case_id,) = await begun(office, key, 1)
    await published(office, calling(key, called, 2))

    async def go_on_first(of_case: str, request: Request, idempotency_key: str) -> Any:
        if of_case == case_id and isinstance(request, Migrate):
            await send(case_id, CompleteTask("first#1", "dr.oak"), "meanwhile")
            async with asyncio.timeout(60):
                while not await on_version(office, called):
                    await asyncio.sleep(0.05)
        return await send(of_case, request, idempotency_key)

    monkeypatch.setattr(office.gateway, "send", go_on_first)
    batch = await migrate(office, key, to=2)
    assert (await at_rest(office, batch["id"]))["counts"] == {"done": 1}
    assert (await on_version(office, key), await on_version(office, called)) == ({2: 1}, {2: 1})
    monkeypatch.undo()
    await office.admin.do(f"/batches/{batch['id']}/undo")
    assert (await at_rest(office, batch["id"]))["counts"] == {"undone": 1}
    assert (await on_version(office, key), await on_version(office, called)) == ({1: 1}, {1: 1})
