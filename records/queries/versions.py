"""Which versions do the running cases of a pathway run, and which of the cases are to go on with another one?"""

from dataclasses import dataclass, replace

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, within
from records.queries.selection import CaseSelection, select_cases
from records.tables import Case, PublishedDefinition


@dataclass(frozen=True, slots=True)
class MigrationSelection:
    """Running cases of one pathway. `versions`: that they run now, None for all; `called`: also those called by one."""

    where: CaseSelection
    versions: tuple[int, ...] | None = None
    called: bool = False


@dataclass(frozen=True, slots=True)
class RunningVersion:
    """A version that cases run, and how many do."""

    sha256: str
    version: int
    cases: int


async def sha256_of(session: AsyncSession, key: str, version: int) -> str | None:
    """Give by what cases pin a version of a pathway, None when there is no such version."""
    found = select(PublishedDefinition.sha256).where(
        PublishedDefinition.key == key, PublishedDefinition.version == version
    )
    return (await session.exec(found)).first()


async def running_versions(session: AsyncSession, key: str, side: Side | None = None) -> tuple[RunningVersion, ...]:
    """Give every version of a pathway that some case runs, the oldest first; `side`: of somebody's organisation."""
    mine = [within(Case.root_case_id, side)] if side else []
    found = (
        select(PublishedDefinition.sha256, PublishedDefinition.version, func.count())
        .join(Case, (col(Case.sha256) == PublishedDefinition.sha256) & (col(Case.key) == PublishedDefinition.key))
        .where(Case.key == key, Case.status == "running", *mine)
        .group_by(PublishedDefinition.sha256, col(PublishedDefinition.version))
        .order_by(col(PublishedDefinition.version))
    )
    return tuple(RunningVersion(*row) for row in await session.exec(found))


async def cases_to_migrate(session: AsyncSession, wanted: MigrationSelection) -> tuple[str, ...]:
    """Give the ids of the cases, the oldest versions first; those that another case called are left to it."""
    key = wanted.where.pathway or ""
    found: list[str] = []
    for running in await running_versions(session, key):
        if wanted.versions is None or running.version in wanted.versions:
            found += await select_cases(session, replace(wanted.where, sha256=running.sha256))
    return tuple(found if wanted.called else [case_id for case_id in found if "/" not in case_id])
