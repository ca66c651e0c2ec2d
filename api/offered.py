"""What does a form offer that stands in no variable of its case? Options that the read model knows, at this moment.

A field says with `valuesKey` under which name its options are looked for. They are read anew when the task is shown and
when it is completed, so that nothing is chosen that is not open any more.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.declined_steps import WILL, begun_steps, open_steps
from records.database import Database
from records.tables import Case


async def _open_steps(session: AsyncSession, case: Case) -> list[dict[str, str]]:
    return [step.option for step in await open_steps(session, case)]


async def _begun_cases(session: AsyncSession, case: Case) -> list[dict[str, str]]:
    return [step.option for step in await begun_steps(session, case) if step.became in WILL]


OFFERS: Mapping[str, Callable[[AsyncSession, Case], Awaitable[list[dict[str, str]]]]] = {
    "open_steps": _open_steps,
    "begun_cases": _begun_cases,
}


async def offered(database: Database, case_id: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give the options of a form of a case, by the names under which it looks for them."""
    names = OFFERS.keys() & {component.get("valuesKey") for component in _components(schema)}
    if not names:
        return {}
    async with database.reader() as session:
        case = await session.get_one(Case, case_id)
        return {name: await OFFERS[name](session, case) for name in sorted(names)}


def _components(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for component in schema.get("components") or ():
        yield component
        yield from _components(component)
