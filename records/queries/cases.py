"""Which cases are there, and where does each stand? One line per case that nobody called, called cases folded in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, named_in, opened_to, within
from records.queries.case import open_waits
from records.tables import Case, OpenActivation, ScopeVariables


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to show. What is None does not filter; `stuck`, `incident` and `step` look into called cases too.

    `step`: an element of a diagram at which a case waits.
    """

    pathway: str | None = None
    status: str | None = None
    urgency: str | None = None
    business_key: str | None = None
    stuck: bool | None = None
    incident: bool | None = None
    step: str | None = None

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """Give what holds for the cases that this filter shows."""
        optional = (
            (self.pathway, col(Case.key) == self.pathway),
            (self.status, col(Case.status) == self.status),
            (self.urgency, col(Case.urgency) == self.urgency),
            (self.business_key, col(Case.business_key) == self.business_key),
            (self.stuck, somewhere("stuck") == self.stuck),
            (self.incident, somewhere("incident") == self.incident),
            (self.step, _waits_at(self.step or "")),
        )
        return [col(Case.caller).is_(None), *(condition for value, condition in optional if value is not None)]


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in one line: `waiting` is what it waits for next, `escalation_level` the highest open in it.

    `flag`: what a rung has marked it as, or a case that it called.
    """

    case: Case
    waiting: OpenActivation | None
    escalation_level: int
    stuck: bool
    incident: bool
    flag: str = ""


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of cases; `total` counts all pages."""

    items: tuple[CaseLine, ...]
    total: int


async def open_parts(session: AsyncSession, root_case_id: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Give every running case of a tree, the one that began it first, with the variables of its process."""
    same_case = col(ScopeVariables.case_id) == col(Case.case_id)
    process = and_(same_case, col(ScopeVariables.scope) == col(Case.process_scope))
    running = (
        select(Case.case_id, ScopeVariables.variables)
        .join(ScopeVariables, process)
        .where(Case.root_case_id == root_case_id, Case.status == "running")
    )
    found = await session.exec(running.order_by(col(Case.case_id)))
    return tuple((case_id, variables) for case_id, variables in found)


async def cases(
    session: AsyncSession, wanted: CaseFilter, side: Side | None = None, *, limit: int = 50, offset: int = 0
) -> CasePage:
    """Give one page of cases, the newest first; of those of a `side`, or of all."""
    conditions = [*wanted.conditions(), *([reached_by(side)] if side else [])]
    total = await session.exec(select(func.count()).select_from(Case).where(*conditions))
    newest = select(Case).where(*conditions).order_by(col(Case.started_at).desc(), col(Case.case_id))
    roots = list(await session.exec(newest.limit(limit).offset(offset)))
    return CasePage(tuple(await _lines(session, roots)), total.one())


def reached_by(side: Side) -> ColumnElement[bool]:
    """Say of a case that began it all whether who oversees the cases of their organisation sees it."""
    root = col(Case.case_id)
    return or_(within(root, side), opened_to(root, side), named_in(root, side))


def somewhere(flag: str) -> ColumnElement[bool]:
    """Say of a case that began it all whether it, or one that it called, has this flag."""
    inner = aliased(Case)
    return exists().where(col(inner.root_case_id) == col(Case.case_id), getattr(inner, flag).is_(True))


def _waits_at(step: str) -> ColumnElement[bool]:
    return exists().where(
        col(OpenActivation.root_case_id) == col(Case.case_id),
        col(OpenActivation.element) == step,
        col(OpenActivation.wait).not_in(("", "call")),
    )


async def _lines(session: AsyncSession, roots: Sequence[Case]) -> list[CaseLine]:
    trees: dict[str, list[Case]] = defaultdict(list)
    for case in await session.exec(select(Case).where(col(Case.root_case_id).in_([r.case_id for r in roots]))):
        trees[case.root_case_id].append(case)
    inside = tuple(case.case_id for tree in trees.values() for case in tree)
    first: dict[str, OpenActivation] = {}
    for wait in await open_waits(session, inside):
        first.setdefault(wait.root_case_id, wait)
    return [_line(root, trees[root.case_id], first.get(root.case_id)) for root in roots]


def _line(root: Case, tree: Sequence[Case], waiting: OpenActivation | None) -> CaseLine:
    return CaseLine(
        case=root,
        waiting=waiting,
        escalation_level=max(case.escalation_level for case in tree),
        stuck=any(case.stuck for case in tree),
        incident=any(case.incident for case in tree),
        flag=flag_of(tree),
    )


def flag_of(tree: Iterable[Case]) -> str:
    """Give what one of these cases is marked as; empty when none is."""
    return next((case.flag for case in tree if case.flag), "")


async def flags(session: AsyncSession, root_case_ids: Iterable[str]) -> Mapping[str, str]:
    """Give what cases are marked as, themselves or by a case that they called, by their id; only those that are."""
    marked = select(Case.root_case_id, Case.flag).where(col(Case.root_case_id).in_(root_case_ids), Case.flag != "")
    return dict((await session.exec(marked)).all())
