"""How does a referral reach the other service, and the answer the requester? Task type `referral.send`.

Headers: `message` (default `referral.requested`), `to` (`requester`, or a service id; default `service`: the one that
the variable of this name names).
A request that our own inbox took, or that somebody delivered by hand, is acknowledged at once: the case gets
`referral.received`. A service outside acknowledges by itself, with a message to the API; until then the pathway waits
and sends again.
An answer to the requester is also told to the case whose step began this one, when that waits for it; a rejection not
where the variable `rejection_heard` says that the case hears how it is settled: its referrer would be asked twice. With
the header `tell` (roles) people read `text` in the inbox besides, for a letter alone reaches nobody who works here.
"""

from collections.abc import Awaitable, Callable

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.fhir_message import REQUESTED
from activities.outbound import Outbound
from activities.recipients import REQUESTER, recipient_service
from activities.sending import given
from workflows.contract.requests import DeliverMessage, Work, WorkResult

SendMessage = Callable[[DeliverMessage, str], Awaitable[None]]
"""Note a message and route it: to the case with this id and those it called, or by its key when the id is empty."""

RECEIVED, DECLINED = "referral.received", "referral.status.declined"

ANSWERS = ("outcome", "report", "advice", "missing_items", "reject_reason", "slot", "site", "cancer_found", "stage")
"""What an answer says to the case that began this one; nothing that it knows by itself."""


class Referrals:
    """The sending of referrals and of answers to them."""

    def __init__(self, outbound: Outbound, send_message: SendMessage, tell_beginner: SendMessage) -> None:
        self._outbound = outbound
        self._send_message = send_message
        self._tell_beginner = tell_beginner

    @activity.defn(name="referral.send")
    async def send(self, work: Work) -> WorkResult:
        """Send a message of the closed loop; give the contact at the service that got it.

        Raises:
            ApplicationError: there is no referral id or no recipient, or the endpoint did not take the message.
        """
        message = work.headers.get("message", REQUESTED)
        referral_id = _referral_id(work)
        service_id = _recipient(work)
        delivery = await self._outbound.deliver(service_id, message, referral_id, work)
        service, withheld = delivery.service, delivery.withheld
        if withheld is None and work.headers.get("to") == REQUESTER and not _heard_when_settled(work, message):
            await self._tell_beginner(_answer(work, message, referral_id), work.case_id)
        if withheld is None:
            await self._outbound.tell(work)
        if message != REQUESTED or withheld is not None:
            return given(work, {}, withheld)
        if service.endpoint is None or delivery.by_hand:
            await self._send_message(_acknowledgement(work, referral_id, service_id), work.case_id)
        contact = {"named_contact": service.named_contact, "deputy": service.deputy}
        vetting = {"vetting_role": service.vetting_role} if service.vetting_role else {}
        return given(work, {"recipient": {"service": service_id, **contact, **vetting}}, None)


def _referral_id(work: Work) -> str:
    found = work.variables.get("referral_id") or work.business_key
    if not isinstance(found, str) or not found:
        raise ApplicationError("The case has no referral_id.", type="no referral_id", non_retryable=True)
    return found


def _recipient(work: Work) -> str:
    recipient = recipient_service(work)
    if not recipient:
        raise ApplicationError(
            "Nobody to send to: give the header 'to' or the variable 'service'.",
            type="no recipient",
            non_retryable=True,
        )
    return recipient


def _heard_when_settled(work: Work, message: str) -> bool:
    return message == DECLINED and work.variables.get("rejection_heard") is True


def _answer(work: Work, message: str, referral_id: str) -> DeliverMessage:
    return DeliverMessage(
        name=message,
        correlation_key=referral_id,
        message_id=f"{work.idempotency_key}:answer",
        variables={name: work.variables[name] for name in ANSWERS if work.variables.get(name) is not None},
        actor=f"case:{work.case_id}",
    )


def _acknowledgement(work: Work, referral_id: str, service_id: str) -> DeliverMessage:
    return DeliverMessage(
        name=RECEIVED,
        correlation_key=referral_id,
        message_id=f"{work.idempotency_key}:received",
        variables={"received_by": service_id},
        actor=f"service:{service_id}",
    )
