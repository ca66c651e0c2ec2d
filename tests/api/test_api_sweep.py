"""Does the sweep go on, whatever goes wrong in one of its parts?"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from api import app
from tests.api.conftest import Office

pytestmark = pytest.mark.temporal


async def test_a_part_that_fails_in_a_way_that_nobody_foresaw_ends_neither_the_others_nor_the_sweep(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[str] = []

    async def odd(_here: Any) -> int:
        swept.append("odd")
        raise OverflowError("date value out of range")

    async def after(_here: Any) -> int:
        swept.append("after")
        if len(swept) >= 4:
            stopped.set()
        return 0

    here = office.app.state.surroundings
    stopped = asyncio.Event()
    monkeypatch.setattr(app, "remind_patients", odd)
    monkeypatch.setattr(app, "send_pages", after)
    async with asyncio.timeout(20):
        await app._sweep_until(stopped, replace(here, settings=replace(here.settings, sweep_seconds=0.01)))
    assert swept == ["odd", "after", "odd", "after"]


async def test_who_has_to_be_told_does_not_wait_for_cases_that_do_not_answer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = asyncio.Event()

    async def unanswered(*_: Any) -> int:
        await told.wait()
        return 0

    async def tell(_here: Any) -> int:
        told.set()
        return 0

    monkeypatch.setattr(app, "finish_starts", unanswered)
    monkeypatch.setattr(app, "send_pages", tell)
    async with asyncio.timeout(20):
        await app.sweep_once(office.app.state.surroundings)
