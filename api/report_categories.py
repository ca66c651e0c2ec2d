"""What category does a report have by what its sender says? By flag and code, as the table of imaging orders judges.

Of several conclusion codes each is judged, and the most alarming counts: it is the one that a case is told.
It is the table `report_alert` of the version that new orders begin with here: a site that edits it changes both. Where
no imaging order is published it is the one of the library.
"""

from collections.abc import Iterator, Mapping
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

CODE, CODES = "conclusion_code", "conclusion_codes"
ALARM = (CRITICAL, "suspicious", "indeterminate", UNCLASSIFIED, "benign", "normal")
"""The most alarming first; what nobody has classified may be anything, as may a word that is not among these."""


async def category_of(session: AsyncSession, message: Message) -> str:
    """Give the category of a report: by the table, else the word of its sender, else `unclassified`."""
    said = str(_variables(message).get(CATEGORY) or "")
    _, judged = await _most_alarming(session, message)
    return judged if judged != UNCLASSIFIED else said or UNCLASSIFIED


async def told_by_code(session: AsyncSession, message: Message) -> Mapping[str, Any]:
    """Give what a message says; of several conclusion codes the most alarming is the `conclusion_code`."""
    variables = _variables(message)
    if not isinstance(variables.get(CODES), list):
        return variables
    code, _ = await _most_alarming(session, message)
    return {**variables, CODE: code}


async def _most_alarming(session: AsyncSession, message: Message) -> tuple[str | None, str]:
    """Which code of a report counts, the first of those that are alike, and its category."""
    table, variables = await _table(session), _variables(message)
    flag = CRITICAL if variables.get(CATEGORY) == CRITICAL else variables.get("alert_flag")
    judged: list[tuple[str | None, str]] = []
    for code in dict.fromkeys(_codes(variables)) or (None,):
        value = table.evaluate(TABLE, {"alert_flag": flag, CODE: code}, now=message.received_at).value
        judged.append((code, value if isinstance(value, str) else UNCLASSIFIED))
    return min(judged, key=lambda each: ALARM.index(each[1] if each[1] in ALARM else UNCLASSIFIED))


def _codes(variables: Mapping[str, Any]) -> Iterator[str]:
    several = variables.get(CODES)
    for code in (variables.get(CODE), *(several if isinstance(several, list) else ())):
        if isinstance(code, str):
            yield code


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


def _variables(message: Message) -> Mapping[str, Any]:
    variables: Mapping[str, Any] = message.payload.get("variables", {})
    return variables
