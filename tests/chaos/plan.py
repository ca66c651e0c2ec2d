"""What happens in a storm? Everything that chance decides, decided beforehand from one seed."""

import random
from dataclasses import dataclass
from typing import Literal

ROUTES = ("told", "awaits", "calls", "many", "cycle")
"""The ways through the pathway, in turn; `clinical_question` of a referral names the way."""

RESULTS = {"image": ("imaging", "IMG"), "histology": ("pathology", "PATH")}
SENDERS = ("gateway", "dr.swift", "dr.jay", "c.hazel")
Kind = Literal["kill", "cut", "stall", "swallow", "slow", "refuse", "lock", "no database"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One sending of a result: `after` seconds from the case's begin (before its referral when small)."""

    result: str
    after: float
    by: str
    skew: float


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What the world does to one case. `copies`: how often it is referred; `rivals`: who triages at the same time."""

    number: int
    route: str
    copies: int = 1
    refer_after: float = 0.0
    deliveries: tuple[Delivery, ...] = ()
    rivals: tuple[str, ...] = ("dr.owl",)
    late_result: bool = False

    @property
    def way(self) -> tuple[str, bool]:
        """What it has in common with the calm case that it is compared with."""
        return self.route, self.late_result


@dataclass(frozen=True, slots=True)
class Blow:
    """One blow: at this second of the storm, to this process or link, for so long."""

    at: float
    kind: Kind
    target: str
    seconds: float


def calm_plans() -> tuple[CasePlan, ...]:
    """One case of each way, without anything in its way: what the others are compared with."""
    results = tuple(Delivery(result, 1.0, "gateway", 0.0) for result in RESULTS)
    ways = [*((route, False) for route in ROUTES), ("awaits", True)]
    return tuple(
        CasePlan(number, route, deliveries=results if route == "awaits" else (), late_result=late)
        for number, (route, late) in enumerate(ways)
    )


def case_plans(seed: int, cases: int, only: str = "") -> tuple[CasePlan, ...]:
    """Plan so many cases; `only`: all of this way, else of all ways in turn."""
    chance = random.Random(f"cases {seed}")
    first = len(calm_plans())
    numbers = range(first, first + cases)
    return tuple(_case_plan(chance, number, only or ROUTES[number % len(ROUTES)]) for number in numbers)


def _case_plan(chance: random.Random, number: int, route: str) -> CasePlan:
    return CasePlan(
        number=number,
        route=route,
        copies=chance.choice((1, 1, 1, 2, 3)),
        refer_after=chance.uniform(0, 1.5),
        deliveries=_deliveries(chance) if route == "awaits" else (),
        rivals=("dr.owl", "dr.kite")[: chance.choice((1, 2))] if route == "told" else ("dr.owl",),
        late_result=route == "awaits" and chance.random() < 0.2,
    )


def _deliveries(chance: random.Random) -> tuple[Delivery, ...]:
    """Each result one to five times, in any order, from any sender, with any clock."""
    found = [
        Delivery(result, chance.uniform(0, 6), chance.choice(SENDERS), chance.uniform(-4e6, 4e6))
        for result in RESULTS
        for _ in range(chance.randint(1, 5))
    ]
    chance.shuffle(found)
    return tuple(found)


def storm(
    seed: int, seconds: float, *, processes: tuple[str, ...], links: tuple[str, ...], outage: float
) -> list[Blow]:
    """Blows until `seconds` have passed; in the middle the database alone is away for `outage` seconds."""
    chance = random.Random(f"storm {seed}")
    quiet = (seconds / 2 - 12, seconds / 2 + outage + 4)
    blows = [Blow(seconds / 2, "no database", "database", outage)] if outage else []
    at = chance.uniform(1, 3)
    while at < seconds:
        blow = _blow(chance, at, processes, links)
        if not outage or blow.at + blow.seconds < quiet[0] or at > quiet[1]:
            blows.append(blow)
        at += chance.uniform(1.5, 5.5)
    return sorted(blows, key=lambda blow: blow.at)


def _blow(chance: random.Random, at: float, processes: tuple[str, ...], links: tuple[str, ...]) -> Blow:
    if chance.random() < 0.4:
        return Blow(at, "kill", chance.choice(processes), chance.uniform(0.2, 5))
    kinds: tuple[Kind, ...] = ("cut", "stall", "swallow", "slow", "refuse")
    return Blow(at, chance.choice(kinds), chance.choice(links), chance.uniform(0.5, 7))
