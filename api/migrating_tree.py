"""What becomes of one case, and of the cases that it called, in another version? Foreseen by the pure engine.

A called case goes with its caller: to the version that the caller's new version pins. It may have called others.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field

from api.foreseeing import definition_of, words_of
from api.surroundings import Surroundings
from pathways.bpmn.model import Definition
from pathways.migration import MigrationPlan, PlanRefused, plan_of
from workflows.contract import names
from workflows.engine.errors import EventRejected
from workflows.engine.events import Migrated
from workflows.engine.facts import Fact
from workflows.engine.state import State
from workflows.engine.step import step
from workflows.host.gateway import CaseNotFound

MOST_PLANS = 256
BEGINNING_POLLS = 30
BEGINNING_POLL_SECONDS = 0.1
_plans: dict[tuple[str, str, tuple[tuple[str, str], ...]], MigrationPlan] = {}
Overrides = Mapping[str, Mapping[str, str]]
"""By the key of a pathway: what its elements became."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the cases are to go (`sha256`), and what was renamed on the way."""

    sha256: str
    overrides: Overrides
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Way:
    """One case on its way: the plan, and the facts that this would be. No plan: it is there already."""

    case_id: str
    pathway: str
    was: str
    plan: MigrationPlan | None = None
    facts: tuple[Fact, ...] = field(default=(), repr=False)


async def ways(here: Surroundings, case_id: str, wanted: Wanted) -> list[Way]:
    """Give the way of a case and of every case below it, callers first.

    Raises:
        EventRejected: one of them cannot go.
        CaseNotFound, HostUnavailable: as from the gateway.
    """
    before = await here.gateway.state(case_id)
    new = await definition_of(here, wanted.sha256)
    way, after = await _way(here, case_id, before, new, wanted)
    below = [each async for each in _below(here, case_id, new, after, wanted)]
    return [way, *below]


async def _way(here: Surroundings, case_id: str, before: State, new: Definition, wanted: Wanted) -> tuple[Way, State]:
    if before.status != "running":
        raise EventRejected("not-running", f"case {case_id} is over")
    old = await definition_of(here, before.sha256)
    if old.sha256 == new.sha256:
        return Way(case_id, old.key, before.sha256), before
    plan = planned(old, new, wanted.overrides.get(old.key, {}))
    event = Migrated(here.clock(), plan.for_case(), wanted.reason, wanted.actor)
    found = step(new, before, event)
    return Way(case_id, old.key, before.sha256, plan, found.facts), found.state


async def _below(here: Surroundings, case_id: str, new: Definition, after: State, wanted: Wanted) -> AsyncIterator[Way]:
    for activation, sha256 in called_in(new, after):
        child = names.called_case_id(case_id, activation)
        goal = Wanted(sha256, wanted.overrides, wanted.reason, wanted.actor)
        try:
            found = await ways(here, child, goal)
        except CaseNotFound:
            continue  # the caller has not begun it yet, or stands at an incident instead
        except EventRejected as refusal:
            if refusal.code == "not-running":
                continue
            reason = f"a case that it called cannot follow: {words_of(refusal, child)}"
            raise EventRejected(refusal.code, reason) from refusal
        for way in found:
            yield way


async def unseen(
    here: Surroundings, case_id: str, seen: Collection[str], wanted: Wanted
) -> AsyncIterator[tuple[str, Wanted]]:
    """Give the cases below one that are not `seen`, each with the version that its caller pins now.

    Raises:
        CaseNotFound, HostUnavailable: as from the gateway.
    """
    state = await here.gateway.state(case_id)
    calls = called_in(await definition_of(here, state.sha256), state)
    await _begun(here, case_id, {activation for activation, _ in calls})
    for activation, sha256 in calls:
        child = names.called_case_id(case_id, activation)
        if child not in seen:
            yield child, Wanted(sha256, wanted.overrides, wanted.reason, wanted.actor)
            continue
        async for each in unseen(here, child, seen, wanted):
            yield each


async def _begun(here: Surroundings, case_id: str, calls: Collection[str]) -> None:
    """Wait a moment for calls that are just beginning: one that was asked for in the version before begins in it.

    Those that wait for their turn for longer begin in the version that their caller runs by then.
    """
    for _ in range(BEGINNING_POLLS):
        if not calls or not set(calls).intersection(await here.gateway.errands(case_id)):
            return
        await asyncio.sleep(BEGINNING_POLL_SECONDS)


def called_in(definition: Definition, state: State) -> list[tuple[str, str]]:
    """Give the open calls of a case: activation, and the version that its definition pins."""
    found: list[tuple[str, str]] = []
    for at in state.activations.values():
        node = definition.nodes.get(at.element)
        call = node.call if node and at.items is None and at.stage == "active" else None
        if call is not None and not call.detached and call.process_id in definition.calls:
            found.append((at.id, definition.calls[call.process_id]))
    return found


async def called_pairs(here: Surroundings, old: Definition, new: Definition) -> list[tuple[Definition, Definition]]:
    """Give what two versions call, at any depth, where it is not the same: as the old one pins it, and as the new one.

    Raises:
        EventRejected: one of them is not published.
    """
    found: list[tuple[Definition, Definition]] = []
    for process, sha256 in old.calls.items():
        goal = new.calls.get(process, sha256)
        if goal != sha256:
            pair = await definition_of(here, sha256), await definition_of(here, goal)
            found += [pair, *await called_pairs(here, *pair)]
    return found


def planned(old: Definition, new: Definition, overrides: Mapping[str, str]) -> MigrationPlan:
    """Give the plan between two versions, made once; overrides that the old version knows nothing of do not count.

    Raises:
        EventRejected: an override makes no sense for these two.
    """
    asked = tuple(sorted((a, b) for a, b in overrides.items() if a in old.nodes or a in old.flows))
    key = (old.sha256, new.sha256, asked)
    if key not in _plans:
        while len(_plans) >= MOST_PLANS:
            del _plans[next(iter(_plans))]
        try:
            _plans[key] = plan_of(old, new, dict(asked))
        except PlanRefused as refused:
            raise EventRejected("invalid", str(refused)) from refused
    return _plans[key]
