"""What would a request do to a case? The pure `step` on the state as it is now; nothing is sent, nothing changes."""

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from api.surroundings import Surroundings
from pathways.bpmn.model import Definition
from records.queries.library import definition_by_sha256, parsed
from workflows.contract.requests import Request, UndoMigration
from workflows.engine.errors import EventRejected
from workflows.engine.state import State
from workflows.engine.step import Step, step
from workflows.host.intake import event_of

KEPT_DEFINITIONS = 32
_definitions: dict[str, Definition] = {}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A case as it stands, and as it would stand."""

    definition: Definition
    before: State
    step: Step


async def foresee(here: Surroundings, case_id: str, request: Request) -> Foreseen:
    """Say what `request` would do to a case now.

    Raises:
        EventRejected: the case would refuse it.
        CaseNotFound, HostUnavailable: as from the gateway.
    """
    before = await here.gateway.state(case_id)
    back = await here.gateway.way_back(case_id) if isinstance(request, UndoMigration) else None
    definition = await definition_of(here, back.sha256 if back else before.sha256)
    return Foreseen(definition, before, step(definition, before, event_of(request, here.clock(), back)))


async def definition_of(here: Surroundings, sha256: str) -> Definition:
    """Give the definition that a case pins; what is pinned by its hash never changes, so some are kept.

    Raises:
        EventRejected: it is not published here, such as after an older backup was restored.
    """
    if sha256 not in _definitions:
        async with here.database.reader() as session:
            published = await definition_by_sha256(session, sha256)
        if published is None:
            raise EventRejected("invalid", f"no published version has sha256 {sha256[:12]}: publish it first")
        while len(_definitions) >= KEPT_DEFINITIONS:
            _definitions.pop(next(iter(_definitions)))
        _definitions[sha256] = parsed(published)
    return _definitions[sha256]


async def definitions_known(here: Surroundings, sha256s: Collection[str]) -> dict[str, Definition]:
    """Give those of these definitions that are published here: a list is not lost with one that is not."""
    found: dict[str, Definition] = {}
    for sha256 in sha256s:
        with suppress(EventRejected):
            found[sha256] = await definition_of(here, sha256)
    return found


def words_of(refusal: EventRejected, case_id: str) -> str:
    """Give the refusal without ids of the case, its steps and timers: the same reason reads the same for every case."""
    return re.sub(r"(?<=\w)#\d+", "", re.sub(rf"[Cc]ase '?{re.escape(case_id)}'?", "the case", str(refusal)))
