"""`pathways versions` and `pathways rollback`: which versions are there, and which do new cases start with?"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.audit_key import require_audit_key
from records.database import Database
from records.queries.library import VersionPage, version_of
from records.queries.library import versions as page_of
from records.tables import PublishedDefinition
from records.writes.audit import append_audit
from records.writes.publications import activate
from workflows.host.settings import settings_from

Key = Annotated[str, typer.Argument(help="the pathway's key")]
Actor = Annotated[str, typer.Option(help="who does it")]


class NoSuchVersion(Exception):
    """There is no such version of the pathway; `pathways versions KEY` lists them."""


@asynccontextmanager
async def database() -> AsyncIterator[Database]:
    """Open the database that the environment names."""
    opened = Database(settings_from(os.environ).database)
    try:
        yield opened
    finally:
        await opened.close()


async def published(opened: Database, key: str, version: int) -> PublishedDefinition:
    """Give one version.

    Raises:
        NoSuchVersion: there is none.
    """
    async with opened.reader() as session:
        found = await version_of(session, key, version)
    if found is None:
        raise NoSuchVersion(f"There is no version {version} of the pathway '{key}': see `pathways versions {key}`.")
    return found


def versions(key: Key, limit: Annotated[int, typer.Option(min=1, help="how many, the newest first")] = 20) -> None:
    """List the versions of a pathway, and how many cases run on each."""
    page = asyncio.run(_page(key, limit))
    if not page.versions:
        typer.echo(f"There is no pathway '{key}'.", err=True)
        raise typer.Exit(1)
    Console().print(_table(key, page))


async def _page(key: str, limit: int) -> VersionPage:
    async with database() as opened, opened.reader() as session:
        return await page_of(session, key, limit=limit)


def _table(key: str, page: VersionPage) -> Table:
    shown = f"{len(page.versions)} of " if len(page.versions) < page.total else ""
    table = Table(title=f"{key}: {shown}{page.total} versions")
    for column in ("version", "tag", "active", "running cases", "published", "by", "sha256"):
        table.add_column(column)
    for row in page.versions:
        active, running = "yes" if row.active else "", str(page.running.get(row.sha256, 0))
        when = f"{row.published_at:%Y-%m-%d %H:%M}"
        table.add_row(str(row.version), row.version_tag, active, running, when, row.published_by, row.sha256[:12])
    return table


def rollback(
    key: Key,
    version: Annotated[int | None, typer.Argument(help="the one below the active one when it is not named")] = None,
    actor: Actor = "system",
) -> None:
    """Let new cases start with an older version again; cases that run keep the version that they have."""
    row = asyncio.run(_activated(key, version, actor))
    if row is None:
        which = f"version {version}" if version else "version below the active one"
        typer.echo(f"There is no {which} of the pathway '{key}': see `pathways versions {key}`.", err=True)
        raise typer.Exit(1)
    typer.echo(f"New cases of {row.key} start with version {row.version} ({row.sha256[:12]}).")


async def _activated(key: str, version: int | None, actor: str) -> PublishedDefinition | None:
    async with database() as opened:
        await require_audit_key(opened)
        async with opened.session() as session:
            row = await activate(session, key, version)
            if row is not None:
                detail, now = {"pathway": key, "version": row.version}, datetime.now(UTC)
                await append_audit(session, actor=actor, action="pathway.activated", now=now, detail=detail)
    return row
