"""What would a step have sent that could not reach its service? Found by the rung that has people bring it by hand.

What a person prints is what consent, agreements and the profile of the recipient let the step itself send, no more.
"""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio.exceptions import ApplicationError

from activities.directory import Directory, Service
from activities.fhir_message import REQUESTED
from activities.recipients import recipient_service
from activities.sending import REQUESTER, Gate, Withheld, to_requester, to_service
from api.directory import directory_of
from api.foreseeing import definition_of
from api.problems import Problem
from api.surroundings import Surroundings
from policy.profiles import Payload
from policy.sealed import SEALED
from records.queries.case import visible_variables
from records.queries.parties import requester_of
from records.queries.patients import keyed_patient
from records.queries.rungs import rung_that_began
from records.tables import Case, OpenActivation
from workflows.contract.requests import Work

SENDS = "referral.send"
NOTHING = "There is nothing to print of this task."


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that did not leave: of which work, to which service, and what of the case it may carry now."""

    work: Work
    message: str
    service_id: str
    service: Service
    sender: str
    payload: Payload
    patient_id: str

    @property
    def referral_id(self) -> str:
        """The number under which the service would have got it."""
        named = self.work.variables.get("referral_id")
        return named if isinstance(named, str) and named else self.work.business_key


async def unsent_by(here: Surroundings, case_id: str) -> Unsent:
    """Give the message for which a case was begun, to be brought by hand.

    Raises:
        Problem: 404, no step asked for it; 409, the step is over, or consent or agreements let nothing leave.
    """
    async with here.database.reader() as session:
        case, at = await _late(session, case_id)
        variables = await visible_variables(session, at)
        patient_id = await keyed_patient(session, case.case_id) or str(variables.get("patient_id") or "")
    definition = await definition_of(here, case.sha256)
    spec = definition.nodes[at.element].work
    work = Work(
        case_id=case.case_id,
        business_key=case.business_key,
        activation=at.activation,
        element=at.element,
        title=at.title,
        headers=spec.headers if spec else {},
        variables=variables,
        pathway=case.key,
        urgency=case.urgency,
    )
    return await _allowed(here, work, patient_id)


async def _late(session: AsyncSession, case_id: str) -> tuple[Case, OpenActivation]:
    """The late step and its case, as the rung says: a variable that names them could be anybody's."""
    rung = await rung_that_began(session, case_id)
    if rung is None:
        raise Problem("not-found", NOTHING)
    at = await session.get(OpenActivation, (rung.case_id, rung.activation))
    if at is None or at.waiting_for != SENDS:
        raise Problem("not-now", "The step no longer waits to send it: nothing is left to be brought by hand.")
    return await session.get_one(Case, rung.case_id), at


async def _allowed(here: Surroundings, work: Work, patient_id: str) -> Unsent:
    directory, message = directory_of(here), work.headers.get("message", REQUESTED)
    service_id = recipient_service(work)
    service = directory.service(service_id)
    to = to_service(service_id, service, message, directory.organisation)
    if service_id == REQUESTER:
        async with here.database.reader() as session:
            to = to_requester(to, await requester_of(session, work.case_id.partition("/")[0]))
    try:
        answer = await Gate(here.database, directory, here.clock).would_send(work, to)
    except ApplicationError as error:
        raise Problem("not-now", f"The step cannot send as it is drawn: {error.message}") from error
    if isinstance(answer, Withheld):
        raise _withheld(answer)
    return Unsent(work, message, service_id, service, _sender(directory), answer, patient_id)


def _sender(directory: Directory) -> str:
    return directory.organisation.replace("_", " ")


def _withheld(answer: Withheld) -> Problem:
    """Why nothing may be sent; of a case that is sealed nobody hears that it is."""
    if answer.reason == SEALED:
        return Problem("not-found", NOTHING)
    reason = answer.reason.replace("_", " ")
    return Problem("withheld", f"Nothing of it may be sent, by phone or fax either: {reason}.", reason=answer.reason)
