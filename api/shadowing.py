"""Would cases have gone the same way with another version? Their records are played on it; no case is asked."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.foreseeing import definition_of
from api.shapes.shadows import Beside, InShadow, ShadowReport, Ways
from api.surroundings import Surroundings
from pathways.bpmn.model import Definition
from pathways.diff import diff
from records.queries.access import Side
from records.queries.shadow import CaseOfVersion, ShadowSelection, cases_for_shadow, recorded
from records.queries.versions import sha256_of
from workflows.engine.errors import EventRejected
from workflows.proof.shadow import Shadowed, shadow
from workflows.proof.ways import Names, Parting

MOST_REASONS = 5
"""Reasons in the summary; all of them are in `ways`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is tried: a definition, the number of its version (None: it is not published), and what it renamed."""

    definition: Definition
    version: int | None
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Played:
    case: CaseOfVersion
    told: Shadowed


async def run_in_shadow(
    here: Surroundings, candidate: Candidate, wanted: ShadowSelection, side: Side, *, most: int
) -> ShadowReport:
    """Play the newest cases that are wanted on the candidate, one after the other."""
    async with here.database.reader() as session:
        cases, total = await cases_for_shadow(session, wanted, side, most=most)
    played = [_Played(case, await _play(here, candidate, case)) for case in cases]
    counts: Counter[str] = Counter(each.told.outcome for each in played)
    ways = _ways(played)
    return ShadowReport(
        summary=_summary(candidate.definition, ways, counts, len(played)),
        pathway=wanted.pathway,
        candidate=candidate.version,
        total=total,
        selected=len(played),
        same=counts["same"],
        differs=counts["differs"],
        untold=counts["untold"],
        ways=ways,
        beside=_beside(played),
        proposed=await _proposed(here, candidate, wanted.pathway, cases),
        cases=[_told(each) for each in played],
    )


async def _play(here: Surroundings, candidate: Candidate, case: CaseOfVersion) -> Shadowed:
    """Play one case, in a thread of its own: that takes the processor for a while."""
    async with here.database.reader() as session:
        facts, brought = await recorded(session, case.case_id)
    if not facts:
        return Shadowed("untold", reason="no record of it is left")
    try:
        own = await definition_of(here, str(facts[0].detail.get("sha256", "")))
    except EventRejected:
        return Shadowed("untold", reason="the version that it began with is not published here")
    names = Names(candidate.names)
    return await asyncio.to_thread(
        shadow, own, candidate.definition, facts, now=here.clock(), names=names, brought=brought
    )


def _ways(played: Sequence[_Played]) -> list[Ways]:
    """Put together what ends alike, the most frequent first."""
    cases: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for each in played:
        cases[each.told.outcome, _element(each.told), _reason(each.told)].append(each.case.case_id)
    by_size = sorted(cases.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        Ways.model_validate({"outcome": outcome, "element": element, "reason": reason, "count": len(ids), "cases": ids})
        for (outcome, element, reason), ids in by_size
    ]


def _element(told: Shadowed) -> str:
    return told.parting.element if told.parting else ""


def _reason(told: Shadowed) -> str:
    if told.reason or told.parting is None:
        return told.reason
    return "; ".join(part for part in (_words(told.parting), told.because) if part)


def _words(parting: Parting) -> str:
    if not parting.was:
        return f"{parting.would_be}, which did not happen"
    return f"{parting.would_be}; it was: {parting.was}" if parting.would_be else f"no longer: {parting.was}"


def _summary(candidate: Definition, ways: Sequence[Ways], counts: Counter[str], selected: int) -> str:
    """One sentence: 200 of 214 go the same way; 14 differ: 10 first at 'Urgent?', 4 first at 'Book'."""
    parts = [f"{counts['same']} of {selected} go the same way"]
    if counts["differs"]:
        at: Counter[str] = Counter()
        for each in ways:
            at.update({_title(candidate, each.element): each.count} if each.outcome == "differs" else {})
        parts.append(
            f"{counts['differs']} differ: {_few([f'{n} first at {title!r}' for title, n in at.most_common()])}"
        )
    if counts["untold"]:
        why = [f"{each.count} because {each.reason}" for each in ways if each.outcome == "untold"]
        parts.append(f"of {counts['untold']} it cannot be told: {_few(why)}")
    return "; ".join(parts)


def _few(reasons: Sequence[str]) -> str:
    more = len(reasons) - MOST_REASONS
    return ", ".join(reasons[:MOST_REASONS]) + (f" and {more} more reasons" if more > 0 else "")


def _title(candidate: Definition, element: str) -> str:
    node = candidate.nodes.get(element)
    return node.title if node else element


def _beside(played: Sequence[_Played]) -> list[Beside]:
    counted = Counter(each for one in played for each in one.told.beside)
    return [Beside(what=what, element=element, count=n) for (what, element), n in sorted(counted.items())]


def _told(played: _Played) -> InShadow:
    parting = played.told.parting
    return InShadow(
        case_id=played.case.case_id,
        version=played.case.version,
        outcome=played.told.outcome,
        element=_element(played.told),
        at=parting.at if parting else None,
        reason=_reason(played.told),
    )


async def _proposed(
    here: Surroundings, candidate: Candidate, pathway: str, cases: Sequence[CaseOfVersion]
) -> dict[str, str]:
    """Give what seems to have been renamed since the versions that the cases run."""
    proposed: dict[str, str] = {}
    for version in sorted({case.version for case in cases}):
        async with here.database.reader() as session:
            sha256 = await sha256_of(session, pathway, version)
        proposed |= diff(await definition_of(here, sha256 or ""), candidate.definition).renamed
    return {old: new for old, new in proposed.items() if old not in candidate.names}
