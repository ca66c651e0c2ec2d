"""How does a sweep take a task from who holds it? Asked of its case once, and audited when the case has done it."""

import hashlib

from api.surroundings import Surroundings
from records.writes.audit import append_audit
from workflows.contract.requests import DelegateTask, ReleaseTask
from workflows.engine.errors import EventRejected


async def hand_on(
    here: Surroundings,
    case_id: str,
    request: DelegateTask | ReleaseTask,
    *,
    because: str,
    given: int,
    action: str,
    **detail: str,
) -> bool:
    """Hand on a task, or give it back to its pool, once for each time that its holder got it (`given`).

    It may come back to them: the fact by which they got it is another one then. `because`: the id of what makes them
    lose it. `action`, `detail`: as the audit has it. False: it was done, released or taken by somebody since the read
    model was asked.
    """
    named = f"{because}\x00{case_id}\x00{request.activation}\x00{given}"
    try:
        await here.gateway.send(case_id, request, hashlib.sha256(named.encode()).hexdigest())
    except EventRejected:
        return False
    async with here.database.session() as session:
        await append_audit(
            session,
            actor=request.actor,
            action=action,
            now=here.clock(),
            case_id=case_id,
            detail={"activation": request.activation, "from": request.on_behalf_of, **detail},
        )
    return True
