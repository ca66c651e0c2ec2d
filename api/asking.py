"""How is one request of a person brought to a case? Once under its key, audited, answered with what it opened."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from fastapi.responses import JSONResponse

from api.deps import Answer, Change, said
from api.foreseeing import foresee
from api.patients import require_patients
from api.problems import Problem
from api.seeing import require_theirs
from api.shapes.modifications import foreseen_view
from api.shapes.tasks import changed
from records.writes.idempotency import Proceed
from workflows.contract.requests import CompleteTask, Request
from workflows.engine.errors import EventRejected

Asking = Request | Callable[[], Awaitable[Request]]
"""A request, or how it is made: then it is made only when it is sent, not when a replayed answer is given again."""


async def ask(change: Change, case_id: str, asking: Asking, action: str, **detail: Any) -> JSONResponse:
    """Send a request to a case and audit it as `action`; what the case refuses is a problem, and nothing changed.

    What a call that died had done is answered as it was then, though its step is not open any more.

    Raises:
        Problem: 404, there is no such case, or it is another organisation's; 422, it names a patient of others.
    """
    await require_theirs(change.visit, case_id)

    async def once(begun: Proceed) -> Answer:
        try:
            request = await _made(change, asking)
            receipt, whose = await change.here.gateway.send(case_id, request, change.update_id), _for_whom(request)
        except (EventRejected, Problem):
            answered = await change.here.gateway.answer(case_id, change.update_id) if begun.again else None
            if answered is None:
                raise
            receipt, whose = answered, {}
        async with change.here.database.session() as session:
            await change.visit.audit(session, action, case_id, **whose, **detail)
        return said(changed(receipt))

    return await change.once_begun(once)


async def ask_or_foresee(
    change: Change, case_id: str, asking: Asking, action: str, *, dry_run: bool, **detail: Any
) -> JSONResponse:
    """Send a request to a case; or only say what it would do, when that is asked."""
    if not dry_run:
        return await ask(change, case_id, asking, action, **detail)
    await require_theirs(change.visit, case_id)
    foreseen = await foresee(change.here, case_id, await _made(change, asking))
    await change.visit.read(f"{action}.foreseen", case_id, **detail)
    return said(foreseen_view(foreseen)).response()


async def _made(change: Change, asking: Asking) -> Request:
    request = await asking() if callable(asking) else asking
    await require_patients(change.visit, asdict(request))
    return request


def _for_whom(request: Request) -> dict[str, str]:
    if not isinstance(request, CompleteTask):
        return {}
    return {"on_behalf_of": request.on_behalf_of, "grounds": request.grounds}
