"""`pathways audit`: is the audit whole, what is its newest row, and how does it leave as FHIR AuditEvents?"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from interop.fhir.audit_event import audit_event
from records.audit_keys import AuditKeyError
from records.database import Database
from records.queries.audit import audit_batches, patients_of
from records.queries.audit_chain import Anchor, Verdict, head_of, verify
from records.tables import Audit
from records.writes.audit import append_audit, keys_of, require_key
from workflows.host.settings import SettingsError, with_secret_files

app = typer.Typer(no_args_is_help=True, help="The audit: who did what, when (docs/audit.md).")
T = TypeVar("T")
UNUSABLE = 2
BACK = "these rows say a time more than five minutes before the row before them, so a clock was wrong: {rows}"
NO_KEY = "THERE IS NO KEY: whoever can write to the database can have sealed all of it anew. Set PATHWAYS_AUDIT_KEY."

Anchors = Annotated[
    list[str] | None,
    typer.Option("--anchor", help="what `pathways audit head` printed earlier, or a file of such lines"),
]


@app.command("verify")
def verified(
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    anchors: Anchors = None,
    keyed_since: Annotated[int, typer.Option(help="the first row that was written with a key")] = 1,
    limit: Annotated[int, typer.Option(min=1, help="stop after so many findings")] = 100,
) -> None:
    """Walk the chain: exit status 1 when a row was removed, edited, inserted or moved, 2 when that cannot be told."""
    kept = _anchors(anchors or ())
    begun = time.monotonic()

    async def walk(session: AsyncSession) -> tuple[Verdict, bool]:
        found = await verify(session, keyed_since=keyed_since, anchors=kept, limit=limit)
        return found, bool(keys_of(session).active)

    found, has_key = _with_snapshot(walk)
    _say(found, has_key=has_key, as_json=as_json, seconds=time.monotonic() - begun)
    unusable = any(each.kind == "unknown_key" for each in found.findings)
    raise typer.Exit(UNUSABLE if unusable else 1 if found.findings else 0)


@app.command("head")
def head() -> None:
    """Print the newest row's number and seal: keep it where nobody who can write to the database can."""
    typer.echo(str(_with_snapshot(head_of)))


@app.command("export")
def export(
    after: Annotated[int, typer.Option(help="only rows after this number")] = 0,
    base_url: Annotated[str, typer.Option(help="of the API that the resources name")] = "",
) -> None:
    """Write every row as an AuditEvent (FHIR R4), one a line; that they are taken is in the audit before they are."""
    base = base_url or os.environ.get("PATHWAYS_BASE_URL", "http://127.0.0.1:8000")

    async def write(session: AsyncSession) -> None:
        async for rows in audit_batches(session, after=after, until=until):
            patients = await patients_of(session, {row.case_id for row in rows})
            for row in rows:
                typer.echo(json.dumps(_event(row, base, patients.get(row.case_id, ""))))

    _with_snapshot(require_key)
    until = asyncio.run(_note_export(after))  # before the first row leaves: nothing is taken that is not in the audit
    _with_snapshot(write)


def _event(row: Audit, base: str, patient: str) -> dict[str, Any]:
    named = row.detail.get("patient_id")
    shown = {**row.model_dump(), "at": row.at.astimezone(UTC).isoformat()}
    return audit_event(shown, base_url=f"{base}/fhir", patient=patient or (named if isinstance(named, str) else ""))


def _anchors(given: Sequence[str]) -> list[Anchor]:
    lines = [line for each in given for line in (Path(each).read_text().split() if Path(each).is_file() else [each])]
    try:
        return [Anchor.parse(line) for line in lines]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _with_snapshot(do: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _database() as database, database.snapshot() as session:
            return await do(session)

    try:
        return asyncio.run(run())
    except (AuditKeyError, SettingsError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(UNUSABLE) from error


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    """Only the database and the audit's key are needed: whoever audits needs no key of the patients' data."""
    environment = with_secret_files(os.environ)
    database = Database(environment.get("PATHWAYS_DATABASE", "sqlite:///pathways.db"))
    try:
        yield database
    finally:
        await database.close()


async def _note_export(after: int) -> int:
    """Note that every row after this one is taken; give the last of them."""
    async with _database() as database, database.session() as session:
        detail, now = {"after": after}, datetime.now(UTC)
        row = await append_audit(session, actor=getuser(), action="audit.exported", now=now, detail=detail)
        return (row.id or 0) - 1


def _say(found: Verdict, *, has_key: bool, as_json: bool, seconds: float) -> None:
    whole = not found.findings
    if as_json:
        findings = [asdict(each) for each in found.findings]
        said = {"whole": whole, "rows": found.rows, "keyed": found.keyed, "has_key": has_key, "back": found.back}
        typer.echo(json.dumps({**said, "head": str(found.anchor), "findings": findings}))
        return
    for each in found.findings:
        typer.echo(f"{each.kind:<12} {each.says}")
    if found.back:
        typer.echo(f"clock        {BACK.format(rows=', '.join(map(str, found.back)))}")
    typer.echo(f"{found.rows} rows in {seconds:.1f} s: {'whole' if whole else f'{len(found.findings)} findings'}")
    typer.echo(f"head {found.anchor}")
    if not has_key:
        typer.echo(NO_KEY, err=True)
