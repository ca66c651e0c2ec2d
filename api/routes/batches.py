"""How is one thing done to many cases, watched, paused, ended and undone? Administrators only."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from api.batches import Kind
from api.batches_kinds import KINDS
from api.batches_planning import Selected, foresee_batch, foresee_undoing, plan, selected
from api.batches_running import run_batch
from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.paging import Paged
from api.patients import require_patients
from api.problems import Problem
from api.shapes.batches import (
    BatchBody,
    BatchesPage,
    BatchItemsPage,
    BatchView,
    Foresight,
    ItemStatus,
    KindView,
    Status,
    batch_view,
    item_view,
)
from api.sides import working_roles
from policy.matrix import matrix
from records.queries.batches import batch_items, batch_page, batch_progress, reasons
from records.tables import Batch
from records.writes.batches import Move, move_batch

router = APIRouter(prefix="/batches", tags=["Batches"])
STARTED: dict[int | str, dict[str, Any]] = {202: {"model": BatchView, "description": "Planned, and begun if `start`."}}


@router.post("", response_model=Foresight, responses=STARTED, summary="Do one thing to many cases")
async def create(change: Changing, body: BatchBody) -> JSONResponse:
    """Select cases by filter and act on each; or, as a dry run, say what would happen and change nothing."""
    change.visit.require(allowed=change.here.access.administers(change.me), what="act on many cases")
    kind = _kind(body.kind)
    await require_patients(change.visit, body.request)

    async def once() -> Answer:
        chosen = await _selected(change, kind, body)
        if body.dry_run:
            await change.visit.read("batch.foreseen", kind=kind.name, selected=len(chosen.targets))
            return said(await foresee_batch(change.here, kind, chosen, reason=body.reason, actor=change.me.id))
        async with change.here.database.session() as session:
            batch = await plan(session, kind, chosen, body, change)
            await change.visit.audit(session, "batch.planned", batch=batch.batch, kind=kind.name, items=batch.total)
        if body.start:
            change.here.background.start(run_batch(change.here, batch.batch))
        return said(await _shown(change.visit, batch.batch), 202)

    return await change.once(once)


@router.get("", summary="Batches")
async def listed(asked: Asked, paged: Paged, kind: str | None = None, status: Status | None = None) -> BatchesPage:
    """Give one page of batches, the newest first."""
    asked.require(allowed=asked.here.access.administers(asked.me), what="read batches")
    async with asked.here.database.reader() as session:
        found, total = await batch_page(
            session, organisation=asked.me.organisation, kind=kind, status=status, limit=paged.size, offset=paged.offset
        )
    await asked.read("batches.read", cases=_named(*(each.batch.filter for each in found)))
    return BatchesPage(items=[batch_view(each, **_known(each.batch.kind)) for each in found], **paged.of(total))


@router.get("/kinds", summary="What can be done to many cases")
async def kinds(asked: Asked) -> list[KindView]:
    """Give every kind of batch, with the JSON schemas of its `filter` and `request`."""
    asked.require(allowed=asked.here.access.administers(asked.me), what="read the kinds of batches")
    return [
        KindView(
            name=kind.name,
            what=kind.what,
            filter=kind.filter.model_json_schema(),
            request=kind.request.model_json_schema(),
            may_undo=kind.undo is not None,
        )
        for kind in KINDS.values()
    ]


@router.get("/{identifier}", summary="How far a batch is")
async def batch(asked: Asked, identifier: str) -> BatchView:
    """Give a batch: its progress, and what became of its items by reason."""
    asked.require(allowed=asked.here.access.administers(asked.me), what="read batches")
    shown = await _shown(asked, identifier)
    await asked.read("batch.read", batch=identifier, cases=_named(shown.filter))
    return shown


@router.get("/{identifier}/items", summary="What a batch acts on")
async def items(asked: Asked, paged: Paged, identifier: str, status: ItemStatus | None = None) -> BatchItemsPage:
    """Give one page of the items of a batch, in the order in which they are done."""
    asked.require(allowed=asked.here.access.administers(asked.me), what="read batches")
    await _shown(asked, identifier)
    async with asked.here.database.reader() as session:
        found, total = await batch_items(session, identifier, status=status, limit=paged.size, offset=paged.offset)
    await asked.read("batch.items_read", batch=identifier, cases=sorted({row.case_id for row in found if row.case_id}))
    return BatchItemsPage(items=[item_view(row) for row in found], **paged.of(total))


@router.post("/{identifier}/pause", response_model=BatchView, summary="Pause a batch")
async def pause(change: Changing, identifier: str) -> JSONResponse:
    """Let a batch rest after the items that are under way."""
    return await _move(change, identifier, "pause")


@router.post("/{identifier}/resume", response_model=BatchView, summary="Start a batch, or go on with it")
async def resume(change: Changing, identifier: str) -> JSONResponse:
    """Start what was planned, or go on with what was paused; what had failed is tried again."""
    return await _move(change, identifier, "resume")


@router.post("/{identifier}/cancel", response_model=BatchView, summary="End a batch")
async def cancel(change: Changing, identifier: str) -> JSONResponse:
    """Leave the rest undone; what is done stays done."""
    return await _move(change, identifier, "cancel")


@router.post("/{identifier}/undo", response_model=BatchView | Foresight, summary="Undo a batch")
async def undo(
    change: Changing,
    identifier: str,
    dry_run: Annotated[bool, Query(description="say what would be taken back; change nothing")] = False,
) -> JSONResponse:
    """Take back what was done, where the kind can; what has moved on since is kept, and says so."""
    if not dry_run:
        return await _move(change, identifier, "undo")
    shown = await _movable(change, identifier, "undo")
    if "undo" not in shown.links:
        raise _not_now(shown, "undo")
    async with change.here.database.reader() as session:
        batch = await session.get_one(Batch, identifier)
    foreseen = await foresee_undoing(change.here, _kind(batch.kind), batch)
    await change.visit.read("batch.undo.foreseen", batch=identifier, selected=foreseen.selected)
    return said(foreseen).response()


async def _move(change: Change, identifier: str, move: Move) -> JSONResponse:
    shown = await _movable(change, identifier, move)

    async def once() -> Answer:
        async with change.here.database.session() as session:
            moved = await move_batch(session, identifier, move, now=change.here.clock())
            if moved is None:
                raise _not_now(shown, move)
            await change.visit.audit(session, f"batch.{move}", batch=identifier)
        if moved.status in ("running", "undoing", "cancelled"):
            change.here.background.start(run_batch(change.here, identifier))
        return said(await _shown(change.visit, identifier))

    return await change.once(once)


async def _movable(change: Change, identifier: str, move: Move) -> BatchView:
    """Give a batch that somebody may move, of a kind that can."""
    change.visit.require(allowed=change.here.access.administers(change.me), what=f"{move} batches")
    shown = await _shown(change.visit, identifier)
    if move == "undo" and not _known(shown.kind)["may_undo"]:
        raise Problem("no-undo", f"What '{shown.kind}' does cannot be taken back.")
    return shown


def _not_now(shown: BatchView, move: Move) -> Problem:
    return Problem("not-now", f"The batch is {shown.status}: it cannot {move}.", status_now=shown.status)


async def _shown(asked: Visit, identifier: str) -> BatchView:
    async with asked.here.database.reader() as session:
        found = await batch_progress(session, identifier)
        why = await reasons(session, identifier)
    if found is None or found.batch.organisation != asked.me.organisation:
        raise Problem("not-found", f"There is no batch '{identifier[:64]}'.")
    sees = matrix().seen_by(working_roles(asked.me), asked.me.purpose)
    return batch_view(found, **_known(found.batch.kind), reasons=why, classes=sees)


def _known(name: str) -> dict[str, Any]:
    """What a batch's kind says of itself; a batch may be older than this build, and its kind gone."""
    kind = KINDS.get(name)
    return {"what": kind.what if kind else "", "may_undo": kind is not None and kind.undo is not None}


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Problem("unknown-kind", f"There is no kind of batch '{name[:64]}'.", kinds=sorted(KINDS))
    return KINDS[name]


async def _selected(change: Change, kind: Kind, body: BatchBody) -> Selected:
    try:
        wanted = kind.filter.model_validate(body.filter)
        request = kind.request.model_validate(body.request)
    except ValidationError as error:
        errors = [{"where": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in error.errors()]
        raise Problem("invalid", "; ".join(f"{e['where']}: {e['message']}" for e in errors), errors=errors) from error
    return await selected(change.visit, kind, wanted, request, expect=body.expect)


def _named(*filters: Mapping[str, Any]) -> list[str]:
    """The cases that filters name by their ids."""
    return sorted({str(case) for each in filters for case in each.get("cases") or () if str(case).startswith("case-")})
