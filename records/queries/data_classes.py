"""Of which data class is a variable, by what the forms and diagrams of its case and of those that called it declare?"""

import json
from collections.abc import Mapping

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from policy.data_classes import classes_of
from records.queries.library import definition_by_sha256, forms_of, parsed
from records.tables import Case

KEPT_DEFINITIONS = 64
_declared: dict[str, Mapping[str, str]] = {}


async def declared_in(session: AsyncSession, case_id: str) -> Mapping[str, str]:
    """Give the classes that hold in a case: its own first, then those of the case that called it, up to the first.

    What a case is called with keeps the name that its caller gave it, and so the class.
    """
    parts = case_id.split("/")
    line = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    found = (await session.exec(select(Case.case_id, Case.sha256).where(col(Case.case_id).in_(line)))).all()
    known = dict(found)
    classes: dict[str, str] = {}
    for each in line:
        classes |= await declared(session, known[each]) if each in known else {}
    return classes


async def declared(session: AsyncSession, sha256: str) -> Mapping[str, str]:
    """Give the classes that a definition declares for its variables; a definition never changes, so some are kept."""
    if sha256 not in _declared:
        published = await definition_by_sha256(session, sha256)
        if published is None:
            return {}
        definition = parsed(published)
        forms = await forms_of(session, definition)
        while len(_declared) >= KEPT_DEFINITIONS:
            _declared.pop(next(iter(_declared)))
        _declared[sha256] = classes_of(definition, [json.loads(form.form_schema) for form in forms.values()])
    return _declared[sha256]
