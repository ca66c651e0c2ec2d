"""Who gets the letter anew when a report is amended after its case has ended? Every service that had got it, once.

An ended case sends nothing any more. So a process of its own for each service (`amended_letter`) sends the new version.
What of it may leave is asked here, of the case that wrote it and its forms, and once more by the step that sends it.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Directory
from activities.pathway_start import Onward
from activities.sending import REQUESTER, Gate, To, Withheld, to_requester, to_service
from api.deps import Change
from api.directory import directory_of
from api.not_begun import CANNOT, Wanted, begin_or_tell
from api.post import post_of
from api.referral_standing import Standing
from records.queries.case import process_variables
from records.queries.orders import sent_to
from records.queries.parties import requester_of
from workflows.contract.requests import Work

PATHWAY, KIND, LETTER = "amended_letter", "amended-letter", "referral.outcome"
WHAT = "The process that sends an amended letter"


async def send_anew(change: Change, found: Standing, values: Mapping[str, Any], reason: str) -> None:
    """Begin what sends the new version to each service that got an earlier one. Safe to repeat for a change.

    Raises:
        GatewayError: no answer in time; the start is noted and will be carried out.
    """
    case = found.answering
    async with change.here.database.reader() as session:
        services = await sent_to(session, case.case_id, (LETTER,))
        variables = await process_variables(session, case)
    first = variables.get("report")
    report = {name: values.get(name) for name in first} if isinstance(first, Mapping) else dict(values)
    letter = {**variables, **values, "report": {**report, "amended": True, "why": reason}}
    for service in services:
        await _send(change, found, service, letter)


async def _send(change: Change, found: Standing, service: str, letter: dict[str, Any]) -> None:
    here, directory = change.here, directory_of(change.here)
    request = f"amended:{change.update_id}:{found.answering.case_id}:{service}"
    work = _work(found, request, letter)
    async with here.database.reader() as session:
        to = await _to(session, work, service, directory)
    gate = Gate(here.database, directory, here.clock)
    may_leave = await gate.would_send(work, to)
    if isinstance(may_leave, Withheld):
        await gate.ask(work, to)
        return
    onward = _onward(found, request, {**may_leave.content, "service": service, **_kept(letter)})
    await begin_or_tell(post_of(here), Wanted(onward, request, CANNOT.format(what=WHAT)))


async def _to(session: AsyncSession, work: Work, service: str, directory: Directory) -> To:
    to = to_service(service, directory.service(service), LETTER, directory.organisation)
    return to_requester(to, await requester_of(session, work.case_id.partition("/")[0])) if service == REQUESTER else to


def _kept(letter: Mapping[str, Any]) -> dict[str, Any]:
    """Whose letter it is, and how much of it goes."""
    return {name: letter[name] for name in ("patient_id", "payload_profile") if letter.get(name) is not None}


def _work(found: Standing, request: str, letter: dict[str, Any]) -> Work:
    return Work(
        case_id=found.answering.case_id,
        business_key=found.referral_id,
        activation=request,
        element=PATHWAY,
        title="Amended letter",
        headers={},
        variables=letter,
    )


def _onward(found: Standing, request: str, variables: dict[str, Any]) -> Onward:
    referral_id = f"{found.referral_id}-A{sha256(request.encode()).hexdigest()[:12]}"
    return Onward(
        pathway=PATHWAY,
        referral_id=referral_id,
        request=request,
        kind=KIND,
        from_case=found.answering.case_id,
        from_referral=found.referral_id,
        variables={**variables, "about_referral": found.referral_id, "referral_id": referral_id},
        urgency=found.answering.urgency,
    )
