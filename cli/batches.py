"""`pathways batches`: which acts on many cases are there, how far are they; pause, resume, end, undo them."""

import json
import time
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.acting import Act, DryRun, filters
from cli.remote import DRY_RUN_SECONDS, REFUSED, Remote, over_http, table

app = typer.Typer(no_args_is_help=True, help="Acts on many cases: how far they are, pause, resume, cancel, undo.")
AT_REST = ("planned", "paused", "completed", "cancelled", "undone")
POLL_SECONDS = 0.5

BatchId = Annotated[str, typer.Argument(help="id of a batch: `pathways batches list`")]


@app.command()
@over_http
def kinds(remote: Remote) -> None:
    """List what can be done to many cases, with the members of filter and request."""
    found = remote.read("/batches/kinds")
    rows = [[k["name"], k["what"], _members(k["filter"]), _members(k["request"])] for k in found]
    remote.show(found, table("kind", "what it does", "--where", "--request", rows=rows))


@app.command()
@over_http
def start(
    remote: Remote,
    kind: Annotated[str, typer.Argument(help="`pathways batches kinds`")],
    act: Act,
    request: Annotated[str, typer.Option(help="JSON, as the kind takes it")] = "{}",
) -> None:
    """Do one thing to many cases: foresee it, ask, begin and watch."""
    try:
        asked = json.loads(request)
    except ValueError as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint="--request") from error
    begin(remote, kind, filters(act.where), act, request=asked)


@app.command("list")
@over_http
def listed(remote: Remote, kind: str | None = None, status: str | None = None) -> None:
    """List batches, the newest first."""
    found = list(remote.each("/batches", kind=kind, status=status))
    rows = [
        [each["id"], each["kind"], each["status"], f"{each['tried']}/{each['total']}", each["actor"], each["reason"]]
        for each in found
    ]
    remote.show(found, table("batch", "kind", "status", "tried", "by", "reason", rows=rows))


@app.command()
@over_http
def show(
    remote: Remote,
    batch: BatchId,
    items: Annotated[str | None, typer.Option(help="also list the items of this status, or `all`")] = None,
) -> None:
    """Show a batch: its progress, and what became of its items by reason."""
    found = remote.read(f"/batches/{batch}")
    if items is not None:
        wanted = None if items == "all" else items
        found["items"] = list(remote.each(f"/batches/{batch}/items", status=wanted))
    remote.show(found, *pictures(found))


@app.command()
@over_http
def watch(remote: Remote, batch: BatchId) -> None:
    """Watch a batch until it rests; exit status 1 when some of it was refused or failed."""
    follow(remote, remote.read(f"/batches/{batch}"))


@app.command()
@over_http
def pause(remote: Remote, batch: BatchId) -> None:
    """Let a batch rest after the items that are under way."""
    _move(remote, batch, "pause")


@app.command()
@over_http
def resume(remote: Remote, batch: BatchId) -> None:
    """Start what was planned, go on with what was paused, and try again what failed."""
    _move(remote, batch, "resume")


@app.command()
@over_http
def cancel(remote: Remote, batch: BatchId) -> None:
    """Leave the rest undone; what is done stays done."""
    _move(remote, batch, "cancel")


@app.command()
@over_http
def undo(remote: Remote, batch: BatchId, dry_run: DryRun = False) -> None:
    """Take back what was done, where the kind can."""
    if not dry_run:
        _move(remote, batch, "undo")
        return
    foresight = remote.do(f"/batches/{batch}/undo?dry_run=true")
    remote.show(foresight, *_foreseen(foresight, dry_run=True))
    _end_as_foreseen(foresight)


def begin(remote: Remote, kind: str, which: dict[str, Any], act: Act, *, request: dict[str, Any] | None = None) -> None:
    """Foresee a batch, ask, begin it and watch it; a dry run ends after the first."""
    body = {"kind": kind, "filter": which, "request": request or {}, "reason": act.reason, "canary": act.canary}
    foresight = remote.do("/batches", {**body, "dry_run": True}, patience=DRY_RUN_SECONDS)
    ends_here = act.dry_run or not foresight["selected"]
    if ends_here or not remote.as_json:
        remote.show(foresight, *_foreseen(foresight, dry_run=act.dry_run))
    if ends_here:
        _end_as_foreseen(foresight)
    if not act.yes:
        typer.confirm(f"{kind}: act on {foresight['selected']}?", abort=True, err=True)
    follow(remote, remote.do("/batches", {**body, "expect": foresight["selected"]}))


def _end_as_foreseen(foresight: dict[str, Any]) -> NoReturn:
    """End a dry run with the exit status with which the act would end."""
    raise typer.Exit(REFUSED if any(foresight["counts"].get(each) for each in ("refused", "unknown", "kept")) else 0)


def follow(remote: Remote, batch: dict[str, Any]) -> None:
    """Show a batch as it goes, until it rests; what ends the watching does not end the batch, and that is said."""
    try:
        found = _watched(remote, batch)
    except BaseException:
        see, rest = (f"`pathways batches {command} {batch['id']}`" for command in ("watch", "pause"))
        typer.echo(f"The batch goes on without being watched: {see} watches it again, {rest} lets it rest.", err=True)
        raise
    remote.show(found, *pictures(found))
    amiss = ("kept",) if found["status"] == "undone" else ("refused", "failed", "kept")
    if any(found["counts"].get(status) for status in amiss):
        raise typer.Exit(REFUSED)


def _watched(remote: Remote, batch: dict[str, Any]) -> dict[str, Any]:
    if remote.as_json or not remote.console.is_terminal:
        return _until_at_rest(remote, batch, lambda _: None)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=remote.console) as progress:
        bar = progress.add_task(batch["kind"], total=batch["total"])
        return _until_at_rest(remote, batch, lambda now: progress.update(bar, completed=done(now)))


def done(batch: dict[str, Any]) -> int:
    """How many of its items are through: tried, or, while it is being undone, undone."""
    undone = sum(batch["counts"].get(status, 0) for status in ("undone", "kept"))
    tried: int = batch["tried"]
    return undone if batch["status"] in ("undoing", "undone") else tried


def _until_at_rest(remote: Remote, batch: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    tell(batch)
    while batch["status"] not in AT_REST:
        time.sleep(POLL_SECONDS)
        batch = remote.poll(f"/batches/{batch['id']}")
        tell(batch)
    return batch


def _move(remote: Remote, batch: str, move: str) -> None:
    moved = remote.do(f"/batches/{batch}/{move}")
    if move in ("resume", "undo"):
        follow(remote, moved)
    else:
        remote.show(moved, *pictures(moved))


def pictures(batch: dict[str, Any]) -> list[Any]:
    """What is shown of a batch."""
    rows = [[each["outcome"], str(each["count"]), each["reason"]] for each in batch["reasons"]]
    said = f"{batch['id']}  {batch['kind']}: {batch['what']}"
    counts = ", ".join(f"{count} {status}" for status, count in sorted(batch["counts"].items())) or "nothing selected"
    shown: list[Any] = [said, f"{batch['status']} {batch['status_reason']} — {counts}"]
    if any(row[2] for row in rows):
        shown.append(table("outcome", "count", "reason", rows=rows))
    if "items" in batch:
        items = [[str(i["number"]), i["case_id"], i["target"], i["status"], i["reason"]] for i in batch["items"]]
        shown.append(table("#", "case", "target", "status", "reason", rows=items))
    return shown


def _members(schema: dict[str, Any]) -> str:
    return ", ".join(schema.get("properties", {}))


def _foreseen(foresight: dict[str, Any], *, dry_run: bool) -> list[Any]:
    rows = [
        [each["outcome"], str(each["count"]), each["reason"], " ".join(each["examples"][:2])]
        for each in foresight["reasons"]
    ]
    title = f"{foresight['kind']}: {foresight['selected']} selected"
    some = f", {foresight['foreseen']} of them looked at" if foresight["foreseen"] < foresight["selected"] else ""
    more = "; nothing was changed" if dry_run else ""
    return [title + some + more, table("would be", "count", "reason", "for instance", rows=rows)]
