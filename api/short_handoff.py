"""What does whoever gets a result need to read of it? One page, the question that it answers, and who goes on.

What is longer than the page is named, never dropped in silence; the whole of it stands in the list of hand-offs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from api.deps import Visit
from api.next_planner import handed_over
from api.shapes.exchange import HandoffPage, PageLine
from records.queries.case import process_variables
from records.tables import Case, Handoff

QUESTION = "clinical_question"
MOST_LINES, LONGEST = 20, 240
"""So much is one page."""


async def short_handoff(asked: Visit, row: Handoff) -> HandoffPage:
    """Give a hand-off on one page, as its reader sees it."""
    (whole,) = await handed_over(asked, [await _with_question(asked, row)])
    told = {name: value for name, value in whole.result.items() if name != QUESTION}
    lines = {name: says for name, value in told.items() if (says := "; ".join(_words(value)))}
    page = {name: says for name, says in lines.items() if len(says) <= LONGEST}
    kept = dict(list(page.items())[:MOST_LINES])
    return HandoffPage(
        id=whole.id,
        question=str(whole.result.get(QUESTION) or ""),
        page=[PageLine(what=name.replace("_", " "), says=says) for name, says in kept.items()],
        left_out=sorted({*lines, *whole.withheld} - {*kept}),
        owner=whole.plans_next,
        acknowledged_by=whole.acknowledged_by,
        acknowledged_at=whole.acknowledged_at,
        links=whole.links,
    )


async def _with_question(asked: Visit, row: Handoff) -> Handoff:
    """The hand-off with what its referral asked, which whoever gets it sees by their own classes of data."""
    async with asked.here.database.reader() as session:
        root = await session.get(Case, row.case_id.partition("/")[0])
        known = await process_variables(session, root) if root else {}
    question = {QUESTION: known[QUESTION]} if known.get(QUESTION) else {}
    return Handoff(**{**row.model_dump(), "result": {**question, **row.result}})


def _words(value: Any) -> Iterator[str]:
    """Every text, number and answer in a value; what is empty says nothing."""
    match value:
        case bool():
            yield "yes" if value else "no"
        case str() | int() | float():
            yield from [str(value)] if value != "" else []
        case Mapping():
            yield from (each for inner in value.values() for each in _words(inner))
        case list():
            yield from (each for inner in value for each in _words(inner))
