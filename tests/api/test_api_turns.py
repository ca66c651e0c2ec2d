"""Are many cases asked a few at a time, and does one that does not answer keep no other from it?"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from api.turns import AT_ONCE, few_at_once, finish_left
from workflows.host.gateway import CaseNotFound, HostUnavailable


class Cases:
    """Cases that are asked. `away`: those that do not answer; `most`: so many were asked at the same time."""

    def __init__(self, away: frozenset[int] = frozenset()) -> None:
        self.away = away
        self.asked: list[int] = []
        self.under_way = 0
        self.most = 0

    async def ask(self, number: int) -> bool:
        self.asked.append(number)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if number in self.away:
            raise HostUnavailable(f"Case '{number}' did not answer in time.")
        return number % 2 == 0

    def calls(self, count: int) -> list[Callable[[], Awaitable[bool]]]:
        return [partial(self.ask, number) for number in range(count)]


async def test_answers_come_in_the_order_of_the_calls_a_few_under_way_at_once() -> None:
    cases = Cases()
    assert await few_at_once(cases.calls(9), most=3) == [number % 2 == 0 for number in range(9)]
    assert cases.most == 3


async def test_an_error_is_raised_when_all_have_been_asked() -> None:
    cases = Cases(frozenset({0}))
    with pytest.raises(HostUnavailable):
        await few_at_once(cases.calls(9))
    assert len(cases.asked) == 9


async def test_a_case_that_does_not_answer_keeps_no_other_from_being_finished() -> None:
    cases = Cases(frozenset({2}))
    assert await finish_left(cases.calls(40)) == 19
    assert (sorted(cases.asked), cases.most) == (list(range(40)), AT_ONCE)


async def test_while_temporal_is_away_a_sweep_waits_for_a_few_only() -> None:
    cases = Cases(frozenset(range(1_000)))
    assert await finish_left(cases.calls(1_000)) == 0
    assert len(cases.asked) == AT_ONCE


async def test_cases_that_never_answer_do_not_stand_before_the_others_for_ever() -> None:
    cases = Cases(frozenset(range(3 * AT_ONCE)))
    async with asyncio.timeout(60):
        while not set(cases.asked) & {98, 99}:
            await finish_left(cases.calls(100))


async def test_a_case_that_is_gone_is_no_sign_that_temporal_is_away() -> None:
    async def gone(number: int) -> bool:
        asked.append(number)
        raise CaseNotFound(str(number))

    asked: list[int] = []
    assert await finish_left([partial(gone, number) for number in range(20)]) == 0
    assert len(asked) == 20


async def test_a_mistake_is_not_taken_for_a_case_that_does_not_answer() -> None:
    async def wrong() -> bool:
        raise ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake"):
        await finish_left([wrong])
