"""`pathways publish` and `pathways database migrate`: bring the catalogue and the database up to date."""

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.audit_key import require_audit_key
from cli.pack import remark, unpacked
from pathways.bpmn.findings import DefinitionError, sentence
from pathways.catalogue import Publication, library_folders
from pathways.catalogue import publish as publish_folders
from records.audit_keys import audit_keys_from
from records.database import Database
from records.queries.library import active_processes
from records.writes.audit import append_audit
from records.writes.publications import publish_together
from workflows.host.settings import settings_from

Folders = Annotated[
    list[Path] | None, typer.Argument(help="pathway folders, packages; the library when nothing is named")
]
database_app = typer.Typer(no_args_is_help=True, help="The database of the read model.")


OnlyNew = Annotated[bool, typer.Option("--only-new", help="leave what was published before as it is, active or not")]


def publish(
    folders: Folders = None,
    actor: Annotated[str, typer.Option(help="who publishes")] = "system",
    only_new: OnlyNew = False,
) -> None:
    """Publish pathways together, or none of them: one error finding refuses all."""
    try:
        lines = asyncio.run(_publish(folders or library_folders(), actor=actor, only_new=only_new))
    except DefinitionError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for line in lines:
        typer.echo(line)


@database_app.command("migrate")
def migrate_database() -> None:
    """Bring the database to the newest schema."""
    asyncio.run(_migrate())


@database_app.callback()
def _database() -> None:
    """Let `migrate` be named even while it is the only command."""


async def _publish(folders: list[Path], *, actor: str, only_new: bool) -> list[str]:
    """Publish; what a folder calls and is not among them is found in the active versions."""
    database = Database(settings_from(os.environ).database)
    try:
        await database.migrate()
        async with database.reader() as session:
            published = await active_processes(session)
        with unpacked(folders) as (whole, packages):
            found = publish_folders(whole, published=published)
        said = [sentence(each) for one in found for each in one.findings if each.severity == "warning"]
        differs = [remark(package, one.key, one.sha256) for package in packages for one in found]
        for line in (*said, *filter(None, differs)):
            typer.echo(line, err=True)
        return await _stored(database, found, actor=actor, only_new=only_new)
    finally:
        await database.close()


async def _migrate() -> None:
    database = Database(settings_from(os.environ).database)
    try:
        await database.migrate()
    finally:
        await database.close()


async def store_new(publications: list[Publication], environment: Mapping[str, str], *, actor: str) -> list[str]:
    """Store what is new of publications in the database of an environment, all or none, and say which are."""
    database = Database(environment["PATHWAYS_DATABASE"], audit_keys=audit_keys_from(environment))
    try:
        await database.migrate()
        return await _stored(database, publications, actor=actor, only_new=True)
    finally:
        await database.close()


async def _stored(database: Database, publications: list[Publication], *, actor: str, only_new: bool) -> list[str]:
    now, lines = datetime.now(UTC), []
    await require_audit_key(database)
    async with database.session() as session:
        rows = await publish_together(session, publications, actor=actor, now=now, only_new=only_new)
        for row, is_new in rows:
            if is_new or not only_new:
                detail = {"pathway": row.key, "version": row.version, "new": is_new}
                await append_audit(session, actor=actor, action="pathway.published", now=now, detail=detail)
            lines.append(f"{row.key} version {row.version} {'published' if is_new else 'unchanged'}")
    return lines
