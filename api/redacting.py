"""Which of the variables of a case does this person see? Those of the classes that the matrix gives them there."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Visit
from api.seeing import classes_in
from api.surroundings import Surroundings
from pathways.bpmn.model import Definition
from policy.data_classes import Visible, classes_of, visible
from records.queries.library import definition_by_sha256, forms_of, parsed
from records.tables import Case

KEPT_DEFINITIONS = 64
_declared: dict[str, Mapping[str, str]] = {}


async def shown(
    asked: Visit, case: Case, values: Mapping[str, Any], *, form: Collection[str] = (), classes: Collection[str] = ()
) -> Visible:
    """Give the values that somebody sees of a case. `form`: fields that they fill in; `classes`: instead of theirs."""
    seen = classes or await classes_in(asked, case)
    return visible(values, seen, await declared(asked.here, case.sha256), asked=form)


async def declared(here: Surroundings, sha256: str) -> Mapping[str, str]:
    """Give the classes that a definition declares for its variables; a definition never changes, so some are kept."""
    if sha256 not in _declared:
        async with here.database.reader() as session:
            published = await definition_by_sha256(session, sha256)
            found = await _classes(session, parsed(published)) if published else {}
        while len(_declared) >= KEPT_DEFINITIONS:
            _declared.pop(next(iter(_declared)))
        _declared[sha256] = found
    return _declared[sha256]


async def _classes(session: AsyncSession, definition: Definition) -> Mapping[str, str]:
    forms = await forms_of(session, definition)
    return classes_of(definition, [json.loads(form.form_schema) for form in forms.values()])
