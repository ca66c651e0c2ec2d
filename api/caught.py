"""Would anybody catch the error that a person throws instead of a step? Here, or in a case that called this one."""

from api.foreseeing import definition_of
from api.surroundings import Surroundings
from pathways.bpmn.model import ErrorTrigger
from records.tables import Case
from workflows.engine.catchers import catcher_of
from workflows.engine.errors import EventRejected
from workflows.engine.registry import BEHAVIOURS
from workflows.engine.run import thaw


async def require_catcher(here: Surroundings, case_id: str, activation: str, code: str) -> None:
    """Demand that an error which leaves a called case is caught above it; whether it is open, the case says itself.

    Raises:
        EventRejected: nobody would catch it.
        CaseNotFound, HostUnavailable: as from the gateway.
    """
    thrower, above = activation, case_id
    while above:
        state = await here.gateway.state(above)
        run = thaw(await definition_of(here, state.sha256), state, BEHAVIOURS, here.clock())
        at = run.activations.get(thrower)
        if at is None or catcher_of(run, at, ErrorTrigger, code) is not None:
            return
        above, thrower = await _caller(here, above) if state.called else ("", "")
    raise EventRejected("invalid", f"nobody catches the error {code!r}")


async def _caller(here: Surroundings, case_id: str) -> tuple[str, str]:
    async with here.database.reader() as session:
        case = await session.get_one(Case, case_id)
    return case.caller or "", case.caller_activation or ""
