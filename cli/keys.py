"""`pathways keys`: which keys are there, how is the key-encryption key changed, how is a case's key erased for good?"""

import asyncio
import os
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated

import typer

from cli.audit_key import require_audit_key
from records.database import Database
from records.queries.keys import erased_keys, keys_by_kek
from records.writes.audit import append_audit
from workflows.host.connection import connected
from workflows.host.gateway import CaseGateway, GatewayError
from workflows.host.keys_erasing import NotErasable, erase_key
from workflows.host.keys_errors import KeyRingError
from workflows.host.keys_rotation import rewrap_all
from workflows.host.keys_wrapping import KeyRing, new_key
from workflows.host.settings import Settings, settings_from

app = typer.Typer(no_args_is_help=True, help="Keys of the payloads in Temporal's history (docs/privacy.md).")


@app.command("new")
def new(name: Annotated[str, typer.Argument(help="id of the key, such as 2027")]) -> None:
    """Make a key-encryption key: put it first into PATHWAYS_KEYS or the key file, and keep the others."""
    typer.echo(new_key(name))


@app.command("list")
def listed() -> None:
    """Show the key-encryption keys with the number of data keys that each wraps, and the cases whose key was erased."""
    for line in asyncio.run(_lines(settings_from(os.environ))):
        typer.echo(line)


@app.command("rotate")
def rotate() -> None:
    """Wrap every data key by the first key of the ring; stopped, it goes on where it was. Cases go on meanwhile."""
    try:
        asyncio.run(_rotate(settings_from(os.environ)))
    except KeyRingError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@app.command("erase")
def erase(
    case: Annotated[str, typer.Argument(help="id of a case that is over")],
    reason: Annotated[str, typer.Option(help="why; the audit keeps it, so it names no patient")],
    actor: Annotated[str, typer.Option(help="who erases")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Erase the key of a case: what Temporal keeps of it and of all it called can never be read again."""
    if not yes:
        typer.confirm(f"Nobody will ever read the history of {case} again. Erase its key?", abort=True)
    try:
        typer.echo(asyncio.run(_erase(settings_from(os.environ), case, actor=actor or getuser(), reason=reason)))
    except (GatewayError, NotErasable) as error:
        typer.echo(f"Not erased: {error}", err=True)
        raise typer.Exit(1) from error


async def _lines(settings: Settings) -> list[str]:
    database = Database(settings.database)
    try:
        async with database.reader() as session:
            counted, erased = await keys_by_kek(session), await erased_keys(session)
    finally:
        await database.close()
    ring = settings.keys
    return [
        *(f"{kek}  {counted.get(kek, 0)} data keys  {_standing(ring, kek)}" for kek in {**ring.keys, **counted}),
        *(f"{row.root_case_id}  erased {row.erased_at:%Y-%m-%d %H:%M} UTC by {row.erased_by}" for row in erased),
    ]


def _standing(ring: KeyRing, kek: str) -> str:
    if kek not in ring.keys:
        return "MISSING from the ring: what it wraps cannot be read"
    return "active" if kek == ring.active else "only reads"


async def _rotate(settings: Settings) -> None:
    database = Database(settings.database)
    done = 0
    try:
        await require_audit_key(database)
        async with database.session() as session:
            detail, now = {"kek": settings.keys.active}, datetime.now(UTC)
            await append_audit(session, actor=getuser(), action="keys.rotated", now=now, detail=detail)
        async for done in rewrap_all(database, settings.keys):
            typer.echo(f"{done} …")
    finally:
        await database.close()
    typer.echo(f"{done} data keys were wrapped anew; all are under '{settings.keys.active}'.")


async def _erase(settings: Settings, case: str, *, actor: str, reason: str) -> str:
    database = Database(settings.database)
    try:
        await require_audit_key(database)
        async with connected(settings) as client:
            gateway = CaseGateway(client, settings.task_queue)
            row = await erase_key(database, gateway, case, actor=actor, reason=reason, now=datetime.now(UTC))
    finally:
        await database.close()
    return f"The key of {row.root_case_id} is erased since {row.erased_at:%Y-%m-%d %H:%M} UTC."
