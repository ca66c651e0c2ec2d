"""What becomes of a task to bring a message by hand when nothing is left to bring? Its case ends by itself.

The message has gone meanwhile, or the step that sends it has ended: the patient has died, the referral was taken back.
"""

from functools import partial

import structlog

from api.shapes.tasks import UNSENT
from api.surroundings import Surroundings
from api.turns import finish_left
from records.queries.rungs import begun_for_what_is_over
from records.tables import RungStart
from workflows.contract.requests import CancelCase
from workflows.engine.errors import EventRejected

logger = structlog.get_logger(__name__)
SWEEP = "system:unsent"
WHY = "Nothing is left to bring by hand: it has gone by itself, or is not to be sent any more."


async def end_needless_deliveries(here: Surroundings) -> int:
    """End what people were to bring by hand and need not any more; give the number."""
    async with here.database.reader() as session:
        needless = await begun_for_what_is_over(session, UNSENT)
    return await finish_left([partial(_ended, here, each) for each in needless])


async def _ended(here: Surroundings, rung: RungStart) -> bool:
    try:
        await here.gateway.send(rung.begun_case_id, CancelCase(WHY, SWEEP), f"nothing-left:{rung.rung_key}")
    except EventRejected as refusal:  # somebody has brought it in this very moment
        logger.info("a delivery by hand was left alone", case_id=rung.begun_case_id, code=refusal.code)
        return False
    return True
