"""Who reads a result instead of whom it could not be sent to? The covering clinician, at once.

Whoever was never sent a result acknowledges nothing (`seeing.py`). The ladder of results hands such a task to whoever
covers after two days; here nobody else can do it, so that rung is climbed now, which also tells coordinator and
clinical lead. Where those who referred are our own people, they read it in the task, and nothing has to be done.
"""

from functools import partial
from hashlib import sha256

import structlog

from api.critical_results import COVERING
from api.foreseeing import definition_of
from api.surroundings import Surroundings
from api.turns import finish_left
from policy.consent import outside_roles
from records.queries.access import OURS, Side
from records.queries.clocks import clocks_of
from records.queries.requesters import is_made_by
from records.queries.withheld import REFERRER, is_withheld, withheld_readings
from records.tables import Case, Task
from records.writes.handovers import tell_role
from workflows.contract.requests import MoveTimer
from workflows.engine.errors import EventRejected

logger = structlog.get_logger(__name__)
TEXT = (
    "A result could not be sent to who asked for it: the patient does not share it, or no agreement lets it. Read it "
    "in their place and acknowledge it; what they have to act on reaches them only as the patient agrees."
)
TO_COVER, WHY, BY = "reassign_to_cover", "it could not be sent to who should acknowledge it", "engine"
_TOLD = "result-withheld:"


async def hand_to_cover(here: Surroundings) -> int:
    """Hand over every result that nobody can acknowledge since it was withheld from them; give the number."""
    async with here.database.reader() as session:
        found = await withheld_readings(session, told_under=_TOLD)
        left = [task for task in found if await is_withheld(session, task, outside_roles())]
        ours = Side("", (OURS, here.settings.claims.home), here.clock())
        theirs = [
            task for task in left if not (REFERRER in task.groups and await is_made_by(session, task.case_id, ours))
        ]
    return await finish_left([partial(_handed, here, task) for task in theirs])


async def _handed(here: Surroundings, task: Task) -> int:
    """Climb the rung that hands it to whoever covers, and tell them. Safe to repeat."""
    now = here.clock()
    for timer in await _rungs(here, task):
        update_id = sha256(f"{_TOLD}{task.case_id}:{timer}".encode()).hexdigest()
        try:
            await here.gateway.send(task.case_id, MoveTimer(timer, now, WHY, BY), update_id)
        except EventRejected as refusal:
            logger.info("a rung was left alone", case_id=task.case_id, code=refusal.code)
    key, about = f"{_TOLD}{task.case_id}:{task.activation}", task.activation
    async with here.database.session() as session:
        await tell_role(session, COVERING, task.case_id, TEXT, level="result", key=key, now=now, activation=about)
    return 1


async def _rungs(here: Surroundings, task: Task) -> list[str]:
    """The timers of the rungs that hand a task to whoever covers, and that have not been climbed."""
    async with here.database.reader() as session:
        case, clocks = await session.get_one(Case, task.case_id), await clocks_of(session, task.case_id)
    node = (await definition_of(here, case.sha256)).nodes[task.element]
    armed = {timer.timer for timer in clocks.timers if timer.activation == task.activation}
    return [timer for timer, rung in clocks.rungs.items() if timer in armed and TO_COVER in node.rungs[rung].actions]
