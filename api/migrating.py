"""How do running cases go on with another version, many at once? A kind of batch: `cases.migrate`.

One item is a case with the cases that it called. All of them are foreseen before the first is asked, so that one that
cannot go keeps the whole item where it is.
"""

from collections.abc import Sequence

from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from api.batches import Job, Kind, Outcome, Target
from api.foreseeing import foresee, words_of
from api.migrating_tree import Wanted, Way, ways
from api.moments import Moment
from api.shapes.base import Body
from api.surroundings import Surroundings
from pathways.migration import MigrationPlan
from records.queries.selection import CaseSelection
from records.queries.versions import MigrationSelection, cases_to_migrate, sha256_of
from records.tables import BatchItem
from workflows.contract.requests import Migrate, UndoMigration
from workflows.engine.errors import EventRejected

NAME = "cases.migrate"


class MigrationFilter(Body):
    """Which running cases of a pathway. `versions`: that they run now, all when left out.

    `called`: also cases that another case called; normally those go with their caller.
    """

    pathway: str
    versions: list[int] | None = Field(default=None, max_length=1_000)
    cases: list[str] | None = Field(default=None, max_length=10_000, description="case ids")
    element: str | None = Field(default=None, description="a token stands at it")
    urgency: str | None = None
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
    went, stayed = [first.case_id], []
    await here.gateway.send(first.case_id, _request(first, job), update_id)
    try:
        called += await _begun_meanwhile(here, [first, *called], wanted)
    except EventRejected as refusal:
        if refusal.code != "not-running":
            stayed.append(words_of(refusal, first.case_id))
    for way in called:
        try:
            await here.gateway.send(way.case_id, _request(way, job), f"{update_id}:{way.case_id}")
            went.append(way.case_id)
        except EventRejected as refusal:
            if way.plan is not None:
                stayed.append(words_of(refusal, way.case_id))
    reason = f"done, but a case that it called could no longer follow: {stayed[0]}" if stayed else ""
    return Outcome(reason=reason, result={"cases": went})


async def _begun_meanwhile(here: Surroundings, seen: Sequence[Way], wanted: Wanted) -> list[Way]:
    """Give what a case that has migrated just now had called before, and we had not seen."""
    known = {way.case_id for way in seen}
    found = await ways(here, seen[0].case_id, wanted)
    return [way for way in found if way.case_id not in known and way.plan is not None]


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
    """Put a case back, then those that it called; one that moved on keeps where it is, and that is said."""
    first, *called = item.result["cases"]
    request, stayed = UndoMigration(job.reason, job.actor), []
    await here.gateway.send(first, request, update_id)
    for case_id in called:
        try:
            await here.gateway.send(case_id, request, f"{update_id}:{case_id}")
        except EventRejected as refusal:
            stayed.append(words_of(refusal, case_id))
    reason = f"undone, but a case that it called stays in its new version: {stayed[0]}" if stayed else ""
    return Outcome(reason=reason)


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
