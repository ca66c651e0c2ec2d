"""Of which data class is a variable, and what is a step about, by what the forms and diagrams of its case declare?"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from policy.data_classes import classes_of, values_of_steps
from records.queries.library import definition_by_sha256, forms_of, parsed
from records.tables import Case

KEPT_DEFINITIONS = 64


@dataclass(frozen=True, slots=True)
class _Said:
    """`classes`: of variables, by name; `steps`: the names of the values that a step is about, by element."""

    classes: Mapping[str, str]
    steps: Mapping[str, frozenset[str]]


_kept: dict[str, _Said] = {}


async def declared_in(session: AsyncSession, case_id: str) -> Mapping[str, str]:
    """Give the classes that hold in a case."""
    return (await declared_in_each(session, (case_id,)))[case_id]


async def declared_in_each(session: AsyncSession, case_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Give the classes that hold in each case: its own first, then those of the case that called it, up to the first.

    What a case is called with keeps the name that its caller gave it, and so the class. Of all of them it is asked at
    once which version each runs.
    """
    lines = {case_id: _line(case_id) for case_id in case_ids}
    asked = {each for line in lines.values() for each in line}
    versions = select(Case.case_id, Case.sha256).where(col(Case.case_id).in_(asked))
    known = dict((await session.exec(versions)).all())
    said = {sha256: await declared(session, sha256) for sha256 in {*known.values()}}
    return {case_id: _classes([said[known[each]] for each in line if each in known]) for case_id, line in lines.items()}


def _classes(declared_by: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {name: data_class for each in declared_by for name, data_class in each.items()}


def _line(case_id: str) -> list[str]:
    """The case that began it all, and each that was called on the way to this one."""
    parts = case_id.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]


async def declared(session: AsyncSession, sha256: str) -> Mapping[str, str]:
    """Give the classes that a definition declares for its variables."""
    return (await _said(session, sha256)).classes


async def values_by_step(session: AsyncSession, sha256: str) -> Mapping[str, frozenset[str]]:
    """Give the names of the values that each step of a definition is about, by element."""
    return (await _said(session, sha256)).steps


async def _said(session: AsyncSession, sha256: str) -> _Said:
    """What a definition and its forms say; they never change, so some are kept."""
    if sha256 not in _kept:
        published = await definition_by_sha256(session, sha256)
        if published is None:
            return _Said({}, {})
        definition = parsed(published)
        schemas = {name: json.loads(form.form_schema) for name, form in (await forms_of(session, definition)).items()}
        while len(_kept) >= KEPT_DEFINITIONS:
            _kept.pop(next(iter(_kept)))
        _kept[sha256] = _Said(classes_of(definition, schemas.values()), values_of_steps(definition, schemas))
    return _kept[sha256]
