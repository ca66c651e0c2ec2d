"""Why does a patient get this letter? Reason of the referral and of each step, as far as whoever prints it sees it."""

from collections.abc import Collection, Mapping

from api.deps import Visit
from api.letter import Because
from api.patient_view import under_way
from api.task_sight import PLAN
from policy.data_classes import visible
from records.queries.case import CaseDetail
from records.queries.data_classes import declared

REASON = "reason"
OF_STEPS = frozenset({PLAN, "task_titles"})
"""Whoever sees one of these classes reads what happens now: patients their plan, staff the titles of tasks."""


async def because(asked: Visit, detail: CaseDetail, classes: Collection[str], language: str) -> Because:
    """Give why a case is there and what happens now, of what these classes of data open; the rest is left out."""
    async with asked.here.database.reader() as session:
        said = await declared(session, detail.case.sha256)
        steps = await under_way(session, detail, language) if OF_STEPS.intersection(classes) else []
    there = {REASON: words_of(detail.variables.get(REASON))}
    kept = visible(there, classes, said).values.get(REASON, "")
    told = tuple((step.text, step.why) for step in steps if step.why)
    return Because(kept, told, elsewhere=bool(there[REASON]) and not kept)


def words_of(reason: object) -> str:
    """Give the reason of a referral in words; a code that has none says nothing to a patient."""
    parts = reason if isinstance(reason, list) else [reason]
    return "; ".join(dict.fromkeys(said for each in parts if (said := _said(each))))


def _said(part: object) -> str:
    found = (part.get("text") or part.get("display")) if isinstance(part, Mapping) else part
    return found.strip() if isinstance(found, str) else ""
