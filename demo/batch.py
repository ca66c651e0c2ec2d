"""How is a batch of referrals played? Every storyline at once, a few steps at a time, those with most steps first."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from demo.client import Api, NotInTime, Refused
from demo.player import Played, Player, Say
from demo.storyline import Story

ACTORS = 6
"""How many storylines are under way at the same time: more would only wait for each other on two cores."""


def batch_name(now: datetime) -> str:
    """Name a batch by its time, so that every batch has referral ids of its own."""
    return f"{now:%m%d-%H%M%S}"


async def play(
    api: Api, stories: tuple[Story, ...], batch: str, say: Say, ended: Callable[[], None], *, results: str
) -> list[Played]:
    """Play storylines; what went wrong in one stands in its `failure` and does not stop the others.

    `results`: the address of the systems that hold reports.
    """
    player = Player(api, batch, say, results)
    cast = player.cast(stories)
    free = asyncio.Semaphore(ACTORS)
    over = {played.story.id: asyncio.Event() for played in cast}

    async def one(played: Played) -> None:
        if played.story.patient_of:
            await over[played.story.patient_of].wait()
        async with free:
            try:
                await player.refer(played)
                await player.play(played)
            except (NotInTime, Refused) as failure:
                played.failure = str(failure)
                say(f"{played.story.id} stopped: {failure}")
        over[played.story.id].set()
        ended()

    longest_first = sorted(cast, key=lambda played: -len(played.story.steps))
    await asyncio.gather(*(one(played) for played in longest_first))
    return cast
