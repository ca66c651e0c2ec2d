"""Who hears that a case which the engine itself wanted to begin cannot? The coordinator, once; the sweep tries on."""

import structlog

from api.surroundings import Surroundings
from records.writes.handovers import tell_role

logger = structlog.get_logger(__name__)
TOLD = "coordinator"
WHY = "its pathway is not published here, or the case that asks for it is sealed. Do by hand what it was to do."


async def tell_not_begun(here: Surroundings, case_id: str, what: str, *, key: str, error: Exception) -> None:
    """Tell of it, and note it in the log, the first time that this `key` fails. `what`: no data of the patient."""
    async with here.database.session() as session:
        words = f"{what} could not begin: {WHY}"
        is_new = await tell_role(
            session, TOLD, case_id, words, level="warning", key=f"not-begun:{key}", now=here.clock()
        )
    if is_new:
        logger.error("a case could not begin", case_id=case_id, what=what, error=type(error).__name__)
