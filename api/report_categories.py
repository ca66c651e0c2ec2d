"""What category does a report have by what its sender says? By flag and code, as the table of imaging orders judges.

It is the table `report_alert` of the version that new orders begin with here: a site that edits it changes both. Where
no imaging order is published it is the one of the library.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from pathways.catalogue import library_folders
from pathways.dmn.evaluation import Decisions
from pathways.dmn.linking import read_decisions
from pathways.dmn.pinned import decisions_in
from records.queries.library import active_definition, parsed
from records.tables import Message

ORDERS, TABLE = "imaging_order", "report_alert"
CATEGORY, CRITICAL = "category", "critical"
UNCLASSIFIED = "unclassified"
"""What a version counts as whose sender says no category: that of an earlier one was said of other words."""


async def category_of(session: AsyncSession, message: Message) -> str:
    """Give the category of a report: by the table, else the word of its sender, else `unclassified`."""
    variables: Mapping[str, Any] = message.payload.get("variables", {})
    said = str(variables.get(CATEGORY) or "")
    flag = CRITICAL if said == CRITICAL else variables.get("alert_flag")
    given = {"alert_flag": flag, "conclusion_code": _text(variables.get("conclusion_code"))}
    judged = (await _table(session)).evaluate(TABLE, given, now=message.received_at).value
    return judged if isinstance(judged, str) and judged != UNCLASSIFIED else said or UNCLASSIFIED


async def _table(session: AsyncSession) -> Decisions:
    published = await active_definition(session, ORDERS)
    files = parsed(published).decisions if published else ()
    return next((decisions_in(file) for file in files if TABLE in file.names), None) or _shipped()


@cache
def _shipped() -> Decisions:
    folder = next(each for each in library_folders() if each.name.endswith(ORDERS))
    decisions = read_decisions((folder / f"{TABLE}.dmn").read_bytes(), file=f"{TABLE}.dmn").decisions
    assert decisions is not None
    return decisions


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
