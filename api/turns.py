"""How is the same thing done to many cases? A few at a time, and one that does not answer keeps no other from it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import structlog

from workflows.host.gateway import GatewayError, HostUnavailable

logger = structlog.get_logger(__name__)
T = TypeVar("T")
AT_ONCE = 8


async def few_at_once(calls: Iterable[Callable[[], Awaitable[T]]], *, most: int = AT_ONCE) -> list[T]:
    """Call all, at most so many at a time, and give their answers in order; the first error is raised at the end."""
    turns = asyncio.Semaphore(most)

    async def in_turn(call: Callable[[], Awaitable[T]]) -> T:
        async with turns:
            return await call()

    return list(_answers(await asyncio.gather(*map(in_turn, calls), return_exceptions=True)))


async def finish_left(calls: Sequence[Callable[[], Awaitable[int]]]) -> int:
    """Do what calls have left, a few at a time; give how much was done.

    When none of a few cases answers, Temporal is away, and the rest waits for the next sweep. They come in no order, so
    that cases that never answer do not stand before the others every time.
    """
    left, done = random.sample(calls, len(calls)), 0
    while left:
        some, left = left[:AT_ONCE], left[AT_ONCE:]
        answers = await asyncio.gather(*(call() for call in some), return_exceptions=True)
        silent = [answer for answer in answers if isinstance(answer, GatewayError)]
        for error in silent:
            logger.warning("a case did not answer; the next sweep asks again", error=str(error))
        done += sum(_answers([answer for answer in answers if not isinstance(answer, GatewayError)]))
        if sum(isinstance(error, HostUnavailable) for error in silent) == len(some):
            break
    return done


def _answers(given: Iterable[T | BaseException]) -> Iterator[T]:
    for each in given:
        if isinstance(each, BaseException):
            raise each
        yield each
