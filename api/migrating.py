"""How do running cases go on with another version, many at once? A kind of batch: `cases.migrate`.

One item is a case with the cases that it called. All of them are foreseen before the first is asked, so that one that
cannot go keeps the whole item where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from api.batches import Job, Kind, Outcome, Target
from api.foreseeing import foresee, words_of
from api.migrating_tree import Wanted, Way, unseen, ways
from api.moments import Moment
from api.shapes.base import Body
from api.surroundings import Surroundings
from pathways.migration import MigrationPlan
from records.queries.selection import CaseSelection
from records.queries.versions import MigrationSelection, cases_to_migrate, sha256_of
from records.tables import BatchItem
from workflows.contract.requests import Migrate, UndoMigration
from workflows.contract.urgency import Urgency
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseNotFound

NAME = "cases.migrate"


class MigrationFilter(Body):
    """Which running cases of a pathway. `versions`: that they run now, all when left out.

    `called`: also cases that another case called; normally those go with their caller.
    """

    pathway: str
    versions: list[int] | None = None
    cases: list[str] | None = Field(default=None, max_length=10_000, description="case ids")
    element: str | None = Field(default=None, description="a token stands at it")
    urgency: Urgency | None = None
    stuck: bool | None = None
    incident: bool | None = None
    started_before: Moment | None = None
    called: bool = False


class Migration(Body):
    """Where to, and what was renamed: old id → new id, or "" for nothing; `called_map`: the same by called pathway."""

    pathway: str
    to: int = Field(ge=1)
    map: dict[str, str] = Field(default_factory=dict)
    called_map: dict[str, dict[str, str]] = Field(default_factory=dict)


async def wanted_of(here: Surroundings, job: Job) -> Wanted:
    """Give what a job asks of every case.

    Raises:
        EventRejected: there is no such version.
    """
    asked: Migration = job.request
    async with here.database.reader() as session:
        sha256 = await sha256_of(session, asked.pathway, asked.to)
    if sha256 is None:
        raise EventRejected("invalid", f"there is no version {asked.to} of '{asked.pathway}'")
    return Wanted(sha256, {**asked.called_map, asked.pathway: asked.map}, job.reason, job.actor)


async def _select(session: AsyncSession, wanted: MigrationFilter) -> Sequence[Target]:
    where = CaseSelection(
        cases=None if wanted.cases is None else tuple(wanted.cases),
        pathway=wanted.pathway,
        element=wanted.element,
        urgency=wanted.urgency,
        stuck=wanted.stuck,
        incident=wanted.incident,
        started_before=wanted.started_before,
    )
    versions = None if wanted.versions is None else tuple(wanted.versions)
    found = await cases_to_migrate(session, MigrationSelection(where, versions, called=wanted.called))
    return [Target(case_id) for case_id in found]


async def _foresee(here: Surroundings, job: Job, target: Target) -> Outcome:
    found = await ways(here, target.case_id, await wanted_of(here, job))
    return Outcome(result={"cases": [way.case_id for way in found if way.plan]})


async def _act(here: Surroundings, job: Job, target: Target, update_id: str) -> Outcome:
    """Migrate a case, then those that it called, also those that began after we had looked.

    After a crash some are there already: whether we had asked them, they know by the id under which they are asked.
    """
    wanted = await wanted_of(here, job)
    first, *called = await ways(here, target.case_id, wanted)
    await here.gateway.send(first.case_id, _request(first, job), update_id)
    follow = _Follow(here, job, update_id, [first.case_id])
    await follow.all(called)
    await follow.begun_meanwhile([first.case_id, *(way.case_id for way in called)], wanted)
    reason = f"done, but a case that it called could no longer follow: {follow.stayed[0]}" if follow.stayed else ""
    return Outcome(reason=reason, result={"cases": follow.went})


@dataclass(slots=True)
class _Follow:
    """The called cases that follow their caller to a version: which `went`, and why others `stayed`."""

    here: Surroundings
    job: Job
    update_id: str
    went: list[str] = field(default_factory=list)
    stayed: list[str] = field(default_factory=list)

    async def all(self, ways: Sequence[Way]) -> None:
        """Let cases migrate; of one that was there already and knows nothing of the request nothing is said."""
        for way in ways:
            try:
                await self.here.gateway.send(way.case_id, _request(way, self.job), f"{self.update_id}:{way.case_id}")
                self.went.append(way.case_id)
            except EventRejected as refusal:
                if way.plan is not None:
                    self.stayed.append(words_of(refusal, way.case_id))

    async def begun_meanwhile(self, seen: Sequence[str], wanted: Wanted) -> None:
        """Let those follow that the case, which goes first in `seen`, had called before, and we had not seen."""
        async for case_id, goal in unseen(self.here, seen[0], seen, wanted):
            try:
                await self.all([way for way in await ways(self.here, case_id, goal) if way.plan is not None])
            except CaseNotFound:
                continue
            except EventRejected as refusal:
                if refusal.code != "not-running":
                    self.stayed.append(words_of(refusal, case_id))


def _request(way: Way, job: Job) -> Migrate:
    """Ask for a migration; of a case that is there already for one that it refuses, unless it knows the request."""
    plan = way.plan or MigrationPlan("", way.was, {}, {})
    return Migrate(plan.for_case(), job.reason, job.actor)


async def _foresee_undo(here: Surroundings, job: Job, item: BatchItem) -> Outcome:
    """Say whether the case would go back, and whether one that it called would not."""
    first, *called = item.result["cases"]
    request, stays = UndoMigration(job.reason, job.actor), []
    await foresee(here, first, request)
    for case_id in called:
        try:
            await foresee(here, case_id, request)
        except EventRejected as refusal:
            stays.append(words_of(refusal, case_id))
    return Outcome(reason=f"a case that it called would stay in its new version: {stays[0]}" if stays else "")


async def _undo(here: Surroundings, job: Job, item: BatchItem, update_id: str) -> Outcome:
    """Put a case back, then those that it called; one that moved on keeps where it is, and that is said.

    What it had called and we had not seen begun in the new version: it is migrated to the one before.
    """
    first, *called = item.result["cases"]
    request, stayed = UndoMigration(job.reason, job.actor), []
    await here.gateway.send(first, request, update_id)
    for case_id in called:
        try:
            await here.gateway.send(case_id, request, f"{update_id}:{case_id}")
        except EventRejected as refusal:
            stayed.append(words_of(refusal, case_id))
    follow = _Follow(here, job, update_id, stayed=stayed)
    await follow.begun_meanwhile([first, *called], _backwards(await wanted_of(here, job)))
    reason = f"undone, but a case that it called stays in its new version: {stayed[0]}" if stayed else ""
    return Outcome(reason=reason)


def _backwards(wanted: Wanted) -> Wanted:
    """Give what was renamed the other way round; each case goes to the version that its caller pins."""
    back = {key: {new: old for old, new in renamed.items() if new} for key, renamed in wanted.overrides.items()}
    return replace(wanted, overrides=back)


MIGRATE = Kind(
    NAME,
    "let cases go on with another version of their pathway",
    filter=MigrationFilter,
    request=Migration,
    select=_select,
    foresee=_foresee,
    act=_act,
    undo=_undo,
    foresee_undo=_foresee_undo,
)
KINDS: tuple[Kind, ...] = (MIGRATE,)
