"""`pathways publish` and `pathways migrate`: bring the catalogue and the database up to date."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pathways.bpmn.findings import DefinitionError
from pathways.catalogue import Publication, library_folders
from pathways.catalogue import publish as publish_folders
from records.database import Database
from records.writes.publications import publish as store
from workflows.host.settings import settings_from

Folders = Annotated[list[Path] | None, typer.Argument(help="pathway folders; the library when none is named")]


def publish(folders: Folders = None, actor: Annotated[str, typer.Option(help="who publishes")] = "system") -> None:
    """Publish pathways together, or none of them: one error finding refuses all."""
    try:
        publications = publish_folders(folders or library_folders())
    except DefinitionError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for line in asyncio.run(store_all(publications, settings_from(os.environ).database, actor=actor)):
        typer.echo(line)


def migrate() -> None:
    """Bring the database to the newest schema."""
    asyncio.run(_migrate())


async def _migrate() -> None:
    database = Database(settings_from(os.environ).database)
    try:
        await database.migrate()
    finally:
        await database.close()


async def store_all(publications: list[Publication], url: str, *, actor: str) -> list[str]:
    """Store publications in the database at `url`, all or none, and say which are new."""
    database = Database(url)
    try:
        await database.migrate()
        return await _stored(database, publications, actor)
    finally:
        await database.close()


async def _stored(database: Database, publications: list[Publication], actor: str) -> list[str]:
    lines = []
    async with database.session() as session:
        for publication in publications:
            row, is_new = await store(
                session,
                publication.definition,
                bpmn=publication.bpmn_source.decode(),
                forms={form: json.dumps(schema) for form, schema in publication.forms.items()},
                actor=actor,
                now=datetime.now(UTC),
            )
            lines.append(f"{row.key} version {row.version} {'published' if is_new else 'unchanged'}")
    return lines
