"""What would a migration do? Every selected case's state is read and stepped through it; nothing is changed.

A few cases are asked at a time; one that does not answer is told as unknown.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from api.batches import Job, Target
from api.batches_running import NO_ANSWER
from api.foreseeing import definition_of, words_of
from api.migrating import wanted_of
from api.migrating_tree import Wanted, Way, called_pairs, planned, ways
from api.shapes.migrations import Effect, FindingOfPlan, FromVersion, MigrationForesight, Trial
from api.surroundings import Surroundings
from api.turns import few_at_once
from pathways.diff import diff
from pathways.diff_text import readable
from records.queries.versions import RunningVersion
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseNotFound, HostUnavailable

UNTOLD = frozenset({"migrated", "carried_over"})
"""Facts of every migration: they say nothing of what is different afterwards."""


@dataclass(frozen=True, slots=True)
class Tried:
    """How it would end for one case; `found`: its way and those of the cases that it called."""

    case_id: str
    outcome: str
    reason: str = ""
    found: Sequence[Way] = ()


async def foresee_migration(
    here: Surroundings, job: Job, targets: Sequence[Target], running: Sequence[RunningVersion]
) -> MigrationForesight:
    """Say how a migration of these cases would end; `running`: the versions that they come from."""
    wanted = await wanted_of(here, job)
    trials = await few_at_once([partial(_try, here, target.case_id, wanted) for target in targets])
    counts = Counter(trial.outcome for trial in trials)
    told = _told(trials)
    return MigrationForesight(
        summary=_summary(told, counts),
        pathway=job.request.pathway,
        to=job.request.to,
        selected=len(targets),
        migrates=counts["migrates"],
        cannot=counts["cannot"],
        unknown=counts["unknown"],
        called=sum(way.plan is not None for trial in trials for way in trial.found[1:]),
        trials=told,
        effects=_effects(trials),
        versions=[await _from_version(here, version, wanted) for version in running],
    )


async def _try(here: Surroundings, case_id: str, wanted: Wanted) -> Tried:
    try:
        return Tried(case_id, "migrates", "", await ways(here, case_id, wanted))
    except EventRejected as refusal:
        return Tried(case_id, "cannot", words_of(refusal, case_id))
    except CaseNotFound:
        return Tried(case_id, "cannot", "there is no such case")
    except HostUnavailable:
        return Tried(case_id, "unknown", NO_ANSWER)


def _told(trials: Sequence[Tried]) -> list[Trial]:
    cases: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for trial in trials:
        cases[trial.outcome, trial.reason].append(trial.case_id)
    by_size = sorted(cases.items(), key=lambda each: (-len(each[1]), each[0]))
    return [
        Trial.model_validate({"outcome": outcome, "reason": reason, "count": len(ids), "cases": ids})
        for (outcome, reason), ids in by_size
    ]


def _summary(told: Sequence[Trial], counts: Counter[str]) -> str:
    """One sentence: 214 migrate, 3 cannot: it waits at 'a', which …"""
    parts = [f"{counts['migrates']} migrate"]
    for outcome, words in (("cannot", "cannot"), ("unknown", "did not answer")):
        reasons = [trial for trial in told if trial.outcome == outcome]
        if reasons:
            why = "; ".join(trial.reason if len(reasons) == 1 else f"{trial.count} {trial.reason}" for trial in reasons)
            parts.append(f"{counts[outcome]} {words}: {why}")
    return ", ".join(parts)


def _effects(trials: Sequence[Tried]) -> list[Effect]:
    """Count, for each fact and element, the cases in which it would happen."""
    counted: Counter[tuple[str, str]] = Counter()
    for way in (way for trial in trials for way in trial.found):
        told = (fact for fact in way.facts if fact.fact not in UNTOLD)
        counted.update({(fact.fact, str(fact.detail.get("node") or fact.element)) for fact in told})
    return [Effect(fact=fact, element=element, count=count) for (fact, element), count in counted.most_common()]


async def _from_version(here: Surroundings, running: RunningVersion, wanted: Wanted) -> FromVersion:
    old, new = await definition_of(here, running.sha256), await definition_of(here, wanted.sha256)
    found = diff(old, new)
    plan = planned(old, new, wanted.overrides.get(old.key, {}))
    called = await called_pairs(here, old, new)
    renamed = {was.key: _unasked(diff(was, becomes).renamed, wanted, was.key) for was, becomes in called}
    return FromVersion(
        version=running.version,
        cases=running.cases,
        findings=[FindingOfPlan.model_validate(finding) for finding in plan.findings],
        proposed=_unasked(found.renamed, wanted, old.key),
        proposed_called={key: proposed for key, proposed in renamed.items() if proposed},
        difference=readable(found),
    )


def _unasked(renamed: Mapping[str, str], wanted: Wanted, key: str) -> dict[str, str]:
    return {before: after for before, after in renamed.items() if before not in wanted.overrides.get(key, {})}
