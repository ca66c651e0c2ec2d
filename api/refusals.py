"""Who tried what is not theirs? A refusal of someone known leaves a row in the audit, as a failure.

A case of others is answered with 404, as if it were not there: that is a refusal too, and is noted as one.
"""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Visit
from api.ids import named_in
from api.own_record import side_of_patients
from api.problems import KINDS, Problem, answer
from api.sides import side_of, working_roles
from records.database import is_away
from records.queries.own_record import patient_of
from records.queries.standing import standing
from records.tables import Case
from records.writes.audit import REFUSED

logger = structlog.get_logger(__name__)
ACTION = "access.refused"
FORBIDDEN, ABSENT = 403, 404


def install(app: FastAPI) -> None:
    """Let the app note refusals before it answers them."""
    app.add_exception_handler(Problem, _on_problem)


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    visit = getattr(request.state, "visit", None)
    if isinstance(visit, Visit) and KINDS[error.kind].status in (FORBIDDEN, ABSENT):
        await _note(request, visit, error)
    return answer(request, error)


async def _note(request: Request, visit: Visit, problem: Problem) -> None:
    """Note it; while the database is away nothing was shown, so the refusal stands and the log says it."""
    status = KINDS[problem.kind].status
    named, activation = (problem.about, "") if problem.about else named_in(request.path_params)
    try:
        async with visit.here.database.session() as session:
            case = await session.get(Case, named) if named else None
            if status == FORBIDDEN or (case and not await _is_theirs(session, visit, case)):
                said: dict[str, Any] = {"status": status, "problem": problem.kind}
                said |= {"activation": activation} if activation and case else {}
                await visit.audit(session, ACTION, case.case_id if case else "", outcome=REFUSED, **said)
    except SQLAlchemyError as error:
        if not is_away(error):
            raise
        logger.warning("a refusal was not noted in the audit", request_id=visit.request_id, status=status)


async def _is_theirs(session: AsyncSession, visit: Visit, case: Case) -> bool:
    stands = await standing(session, case.root_case_id, side_of(visit))
    if stands.opened or ((stands.party or stands.named) and working_roles(visit.me)):
        return True
    root = await session.get(Case, case.root_case_id)
    return root is not None and await patient_of(session, root) in (await side_of_patients(visit)).patients
