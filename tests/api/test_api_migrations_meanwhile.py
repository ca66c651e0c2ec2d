"""What if a case calls another while it is being migrated? The called one goes along, though nobody had seen it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from pathways.bpmn.model import CallSpec, Definition
from records.tables import BatchItem
from tests.api.conftest import Office, number
from tests.api.test_api_migrations import at_rest, begun, begun_with_called, migrate, on_version, published
from tests.host.diagrams import line, node, user_task
from workflows.contract.requests import CompleteTask, Migrate, Request
from workflows.engine.state import State
from workflows.host.gateway import CaseNotFound

pytestmark = pytest.mark.temporal


def calling(key: str, called: str, version: int) -> Definition:
    call = node("call", "callActivity", key, call=CallSpec(called))
    drawn = line(key, user_task("first", key), call, calls={called: f"{called}-{version}"})
    return replace(drawn, version_tag=str(version))


async def under_way(office: Office) -> tuple[str, str, str]:
    """Give a pathway that calls another at once, the called one, and a case of both; then both get a second version."""
    key = f"meanwhile_{number()}"
    called = f"{key}_called"
    one, more = user_task("inner", called), user_task("more", called)
    await published(office, line(called, one), line(called, one, more), pin=called)
    call = node("call", "callActivity", key, call=CallSpec(called))
    first, second = (replace(line(key, call, calls={called: f"{called}-{n}"}), version_tag=str(n)) for n in (1, 2))
    await published(office, first)
    case_id = await begun_with_called(office, key, called)
    await published(office, second)
    return key, called, case_id


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


async def test_a_called_case_that_is_just_beginning_is_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a case whose call is under way, when it is migrated before Temporal knows the called one, then both go."""
    key, called, case_id = await under_way(office)
    child, state, errands, asked = f"{case_id}/call#1", office.gateway.state, office.gateway.errands, []

    async def not_there_yet(of_case: str) -> State:
        if of_case == child and len(asked) < 3:
            raise CaseNotFound(of_case)
        return await state(of_case)

    async def beginning(of_case: str) -> tuple[str, ...]:
        asked.append(of_case)
        return ("call#1",) if len(asked) < 3 else await errands(of_case)

    monkeypatch.setattr(office.gateway, "state", not_there_yet)
    monkeypatch.setattr(office.gateway, "errands", beginning)
    batch = await migrate(office, key, to=2)
    assert (await at_rest(office, batch["id"]))["counts"] == {"done": 1}
    assert (await on_version(office, key), await on_version(office, called)) == ({2: 1}, {2: 1})


async def test_a_called_case_that_nobody_saw_beginning_goes_back_with_its_caller(office: Office) -> None:
    """Given a call that began in the new version unseen, when the migration is undone, then it is not left behind."""
    key, called, case_id = await under_way(office)
    batch = await migrate(office, key, to=2)
    assert (await at_rest(office, batch["id"]))["counts"] == {"done": 1}
    async with office.database.session() as session:
        [item] = await session.exec(select(BatchItem).where(BatchItem.batch == batch["id"]))
        item.result = {"cases": [case_id]}
    await office.admin.do(f"/batches/{batch['id']}/undo")
    assert (await at_rest(office, batch["id"]))["counts"] == {"undone": 1}
    assert (await on_version(office, key), await on_version(office, called)) == ({1: 1}, {1: 1})
