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
