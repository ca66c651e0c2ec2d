"""How do running cases go on with another version of their pathway? Foreseen first, then as a batch."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.batches import Job
from api.batches_planning import Selected, plan, selected
from api.batches_running import run_batch
from api.deps import Answer, Change, Changing, said
from api.foreseeing import definition_of
from api.migrating import MIGRATE, Migration, MigrationFilter
from api.migrating_foresight import foresee_migration
from api.migrating_tree import planned
from api.problems import Problem
from api.shapes.batches import BatchBody, BatchView, batch_view
from api.shapes.migrations import MigrationBody, MigrationForesight
from api.sides import side_of
from records.queries.batches import batch_progress, reasons
from records.queries.versions import RunningVersion, running_versions, sha256_of
from workflows.engine.errors import EventRejected

router = APIRouter(prefix="/pathways", tags=["Pathways"])
STARTED: dict[int | str, dict[str, Any]] = {202: {"model": BatchView, "description": "Planned, and begun if `start`."}}


@router.post(
    "/{pathway}/migrations", response_model=MigrationForesight, responses=STARTED, summary="Migrate running cases"
)
async def migrate(change: Changing, pathway: str, body: MigrationBody) -> JSONResponse:
    """Let running cases go on with another version, as a batch (202); as a dry run say what would become of each.

    Called cases go with their caller, to the version that its new version pins. Pause, resume and undo: `/batches`.
    """
    change.visit.require(allowed=change.here.access.administers(change.me), what="migrate cases")

    async def once() -> Answer:
        coming = await _coming(change, pathway, body)
        await _check(change, pathway, body, coming)
        chosen = await selected(change.visit, MIGRATE, *_asked(pathway, body, coming), expect=body.expect)
        if not body.dry_run:
            return await _planned(change, chosen, body)
        job = Job(chosen.request, body.reason, change.me.id)
        foresight = await foresee_migration(change.here, job, chosen.targets, coming)
        await change.visit.read("migration.foreseen", pathway=pathway, to=body.to, selected=foresight.selected)
        return said(foresight)

    return await change.once(once)


async def _coming(change: Change, pathway: str, body: MigrationBody) -> list[RunningVersion]:
    """Give the versions that cases of my organisation come from, of those that were named."""
    async with change.here.database.reader() as session:
        if await sha256_of(session, pathway, body.to) is None:
            raise Problem("not-found", f"There is no version {body.to} of the pathway '{pathway[:100]}'.")
        running = await running_versions(session, pathway, side_of(change.visit))
    wanted = [each for each in running if body.versions == "all" or each.version in body.versions]
    return [each for each in wanted if each.version != body.to]


async def _check(change: Change, pathway: str, body: MigrationBody, coming: Sequence[RunningVersion]) -> None:
    """Refuse overrides that make no sense, before any case is looked at."""
    async with change.here.database.reader() as session:
        new = await definition_of(change.here, await sha256_of(session, pathway, body.to) or "")
    olds = [await definition_of(change.here, each.sha256) for each in coming]
    known = {name for old in olds for name in (*old.nodes, *old.flows)}
    errors = [
        {"where": f"map.{name}", "message": f"'{name}' is no element of the versions that cases come from."}
        for name in body.map
        if coming and name not in known
    ]
    for old in olds:
        try:
            planned(old, new, body.map)
        except EventRejected as refusal:
            errors += [{"where": "map", "message": reason} for reason in str(refusal).splitlines()]
    errors += [error for key, map_ in body.called_map.items() for error in await _unknown(change, key, map_)]
    if errors:
        raise Problem("invalid", " ".join(error["message"] for error in errors), errors=errors)


async def _unknown(change: Change, key: str, renamed: Mapping[str, str]) -> list[dict[str, str]]:
    """Say what no running case of a called pathway knows: a misspelt name would change nothing, silently."""
    async with change.here.database.reader() as session:
        running = await running_versions(session, key, side_of(change.visit))
    if not running:
        return [{"where": f"called_map.{key}", "message": f"No case of a pathway '{key[:100]}' runs."}]
    olds = [await definition_of(change.here, each.sha256) for each in running]
    known = {name for old in olds for name in (*old.nodes, *old.flows)}
    return [
        {"where": f"called_map.{key}.{name}", "message": f"'{name}' is no element of '{key}' in any version that runs."}
        for name in renamed
        if name not in known
    ]


def _asked(pathway: str, body: MigrationBody, coming: Sequence[RunningVersion]) -> tuple[MigrationFilter, Migration]:
    versions = [each.version for each in coming]
    wanted = MigrationFilter(pathway=pathway, versions=versions, **body.filter.model_dump())
    return wanted, Migration(pathway=pathway, to=body.to, map=body.map, called_map=body.called_map)


async def _planned(change: Change, chosen: Selected, body: MigrationBody) -> Answer:
    asked = BatchBody(
        kind=MIGRATE.name, filter={}, request={}, reason=body.reason, canary=body.canary, start=body.start
    )
    async with change.here.database.session() as session:
        batch = await plan(session, MIGRATE, chosen, asked, change)
        await change.visit.audit(session, "batch.planned", batch=batch.batch, kind=MIGRATE.name, items=batch.total)
    if body.start:
        change.here.background.start(run_batch(change.here, batch.batch))
    async with change.here.database.reader() as session:
        found, why = await batch_progress(session, batch.batch), await reasons(session, batch.batch)
    assert found is not None
    view = batch_view(found, what=MIGRATE.what, may_undo=True, reasons=why)
    return said(view, 202, Location=f"/batches/{batch.batch}")
