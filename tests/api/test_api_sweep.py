"""Does the sweep go on, whatever goes wrong in one of its parts? Does it forget what was kept long enough?"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api import app
from api.forgetting import forget_answers
from api.settings import ApiSettingsError, api_settings_from
from tests.api.conftest import Office, number

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

    here = office.here
    stopped = asyncio.Event()
    monkeypatch.setattr(app, "remind_patients", odd)
    monkeypatch.setattr(app, "send_pages", after)
    async with asyncio.timeout(60):
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
    async with asyncio.timeout(60):
        await app.sweep_once(office.here)


async def test_a_change_is_answered_as_before_for_the_days_that_answers_are_kept_and_not_for_ever(
    office: Office,
) -> None:
    here = office.here
    body, key = {"business_key": f"KEPT-{number()}"}, f"kept-{number()}"
    answers = [await office.admin.post("/pathways/two_tasks/cases", body, key=key)]
    for days in (here.settings.answer_days - 1, here.settings.answer_days + 1):
        await forget_answers(replace(here, clock=lambda days=days: here.clock() + timedelta(days=days)))
        answers.append(await office.admin.post("/pathways/two_tasks/cases", body, key=key))
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true", None]
    assert {answer.json()["case_id"] for answer in answers if answer.is_success} == {answers[0].json()["case_id"]}
    assert "forgotten" in app._of_people(here)


@pytest.mark.parametrize("days", ["0", "-1", "soon", "99999"])
def test_answers_are_kept_for_a_number_of_days(days: str) -> None:
    with pytest.raises(ApiSettingsError, match="PATHWAYS_ANSWER_DAYS"):
        api_settings_from({"PATHWAYS_CASE_ID_SECRET": "s" * 16, "PATHWAYS_ANSWER_DAYS": days})
