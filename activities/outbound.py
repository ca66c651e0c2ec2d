"""How does a message leave for a service? Once in effect, however often it is tried: to our inbox or its endpoint.

A service with an endpoint gets an HTTP POST with an `Idempotency-Key`. While it gives no answer, or 408, 425, 429 or
5xx, the message is kept and tried again without end, with rests (`breaker.py`, `workflows/host/errands.py`); any other
refusal becomes an incident at once. What somebody delivered by hand meanwhile is not sent (`delivered_by_hand.py`).
Before every try consent and agreements are asked (`sending.py`); what they withhold is not sent and not tried again.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.breaker import Breaker
from activities.delivered_by_hand import is_by_hand
from activities.directory import Directory, Endpoint, Results, Service
from activities.fhir_message import message_bundle
from activities.notification import inbox_entry
from activities.recipients import recipients
from activities.sending import REQUESTER, Gate, To, Withheld, WithheldNow, leaving_key, to_requester, to_service
from policy.consent import Recipient
from policy.profiles import Payload
from records.database import Database
from records.queries.parties import requester_of
from records.tables import DeliveryAttempt, ServiceInbox
from records.writes.handovers import deliver_to_service, notify, record_attempt, taken
from records.writes.orders import activate_orders
from records.writes.outside import let_in
from records.writes.sharing import settle_leaving
from workflows.contract import names
from workflows.contract.requests import Work

Clock = Callable[[], datetime]
Body = tuple[dict[str, Any], str]
"""What is posted, and its media type."""

FIRST_BYTE = "send_request_headers.started"
"""How the event of the HTTP client ends that comes before anything of a request is written."""

TIMEOUT = timedelta(seconds=20)
TRY_AGAIN = frozenset({408, 425, 429})

ORDERS = frozenset({"referral.requested", "imaging.ordered", "lab.ordered"})
"""Messages by which something is asked for: with them an order is under way."""

CONTENT_FREE = frozenset({"consent.withdrawn"})
"""Messages that carry nothing of the patient: they are sent also after consent was withdrawn."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message. `withheld`: it was not sent, and why. `by_hand`: somebody has delivered it."""

    service: Service
    withheld: Withheld | None = None
    by_hand: bool = False


class Outbound:
    """The way out, by the directory of services."""

    def __init__(self, database: Database, directory: Directory, http: httpx.AsyncClient, clock: Clock) -> None:
        self._gate = Gate(database, directory, clock)
        self._database = database
        self._directory = directory
        self._http = http
        self._clock = clock
        self._breaker = Breaker()

    async def deliver(
        self, service_id: str, message: str, referral_id: str, work: Work, *, own_record: bool = False
    ) -> Delivery:
        """Deliver `message` about a referral to a service, unless consent or agreements withhold it.

        `own_record`: it goes to the patient's record here, which treatment needs whatever is shared.

        Raises:
            ApplicationError: its endpoint did not take the message, or the step names no known payload profile.
        """
        service = self._directory.service(service_id)
        to = to_service(service_id, service, message, self._directory.organisation)
        if service_id == REQUESTER:
            async with self._database.reader() as session:
                to = to_requester(to, await requester_of(session, work.case_id.partition("/")[0]))
        if own_record:
            to = replace(to, recipient=Recipient(()), agreed_with=())
        if service.endpoint is None:
            return Delivery(service, await self._to_inbox(to, service, work))
        return await self._to_endpoint(to, service, service.endpoint, referral_id, work)

    async def tell(self, work: Work) -> None:
        """Tell whom the step names besides (header `tell`) that it has sent something: in the inbox, each once."""
        if "tell" not in work.headers:
            return
        async with self._database.session() as session:
            for recipient in recipients(work, "tell"):
                await notify(session, inbox_entry(work, recipient, now=self._clock()))

    async def notice(self, service_id: str, message: str, referral_id: str, key: str, work: Work) -> None:
        """Send a message that carries nothing of the patient (`CONTENT_FREE`) to a service, once by its key.

        Raises:
            ApplicationError: its endpoint did not take the message.
        """
        assert message in CONTENT_FREE, message
        service, bare = self._directory.service(service_id), replace(work, variables={})
        if service.endpoint is None:
            async with self._database.session() as session:
                await deliver_to_service(session, self._delivery(service_id, service, message, {}, bare, key=key))
        elif await self._taken(key) is None:
            to = to_service(service_id, service, message, "")
            await self._post(to, service.endpoint, _body(service.endpoint, message, referral_id, bare, {}), key, None)

    async def _to_inbox(self, to: To, service: Service, work: Work) -> Withheld | None:
        """Put it into the inbox; what an earlier try has put there has left, whatever was said since."""
        async with self._database.session() as session:
            if await session.get(ServiceInbox, work.idempotency_key) is None:
                answer = await self._gate.ask_within(session, work, to)
                if isinstance(answer, Withheld):
                    return answer
                content = _content(answer.payload)
                row = self._delivery(to.name, service, to.message, content, work, key=work.idempotency_key)
                await deliver_to_service(session, row)
            await self._reached(session, to, service, work)
        return None

    def _delivery(
        self, service_id: str, service: Service, message: str, content: Mapping[str, Any], work: Work, *, key: str
    ) -> ServiceInbox:
        return ServiceInbox(
            idempotency_key=key,
            service=service_id,
            case_id=work.case_id,
            referral={"message": message, **content},
            named_contact=service.named_contact,
            deputy=service.deputy,
            delivered_at=self._clock(),
        )

    async def _to_endpoint(
        self, to: To, service: Service, endpoint: Endpoint, referral_id: str, work: Work
    ) -> Delivery:
        earlier = await self._taken(work.idempotency_key)
        withheld = await self._posted(to, endpoint, referral_id, work) if earlier is None else None
        if withheld is None:
            async with self._database.session() as session:
                await self._reached(session, to, service, work)
        return Delivery(service, withheld, by_hand=earlier is not None and is_by_hand(earlier))

    async def _posted(self, to: To, endpoint: Endpoint, referral_id: str, work: Work) -> Withheld | None:
        answer = await self._gate.ask(work, to)
        if isinstance(answer, Withheld):
            return answer
        body = _body(endpoint, to.message, referral_id, work, _content(answer.payload))
        try:
            await self._post(to, endpoint, body, work.idempotency_key, work)
        except WithheldNow as refusal:
            return await self._gate.stopped(work, to, refusal.reason)
        return None

    async def _reached(self, session: AsyncSession, to: To, service: Service, work: Work) -> None:
        """Note that it has left, and what follows: also when the try that sent it could not."""
        await settle_leaving(session, leaving_key(work, to), state="sent", now=self._clock())
        await self._take_part(session, to, service, work)
        if to.message in ORDERS:
            requester = await requester_of(session, work.case_id.partition("/")[0])
            await activate_orders(session, _texts(work, "order_id", "referral_id"), requester)

    async def _take_part(self, session: AsyncSession, to: To, service: Service, work: Work) -> None:
        """The organisation of a service that got something takes part in the case from now on."""
        if not to.recipient.scopes:
            return
        organisation = "" if service.organisation == self._directory.organisation else service.organisation
        root, through = work.case_id.partition("/")[0], f"service:{to.name}"
        await let_in(session, root, organisation, via="service", through=through, now=self._clock())

    async def _post(self, to: To, endpoint: Endpoint, body: Body, key: str, asking: Work | None) -> None:
        """Post once. `asking`: the work for which the gate is asked again when the first byte is about to go."""

        async def before_sending(event: str, _info: Mapping[str, Any]) -> None:
            if asking is not None and event.endswith(FIRST_BYTE):
                await self._gate.still(asking, to)

        if self._breaker.is_open(str(endpoint.url)):
            raise ApplicationError(f"Service '{to.name}' is away.", type=names.SERVICE_AWAY, non_retryable=True)
        content, media_type = body
        headers = {"Idempotency-Key": key, "Content-Type": media_type, **authorization(endpoint)}
        status, failure = None, ""
        try:
            answer = await self._http.post(
                str(endpoint.url),
                json=content,
                headers=headers,
                timeout=TIMEOUT.total_seconds(),
                extensions={"trace": before_sending},
            )
            status = answer.status_code
        except httpx.TransportError as error:
            failure = type(error).__name__
        self._breaker.note(str(endpoint.url), answered=not is_away(status))
        await self._note(to.name, endpoint, key, status, failure)
        _judge(to.name, status)

    async def _taken(self, key: str) -> DeliveryAttempt | None:
        """Give the earlier try that has delivered it: only its answer was lost, or somebody did it by hand."""
        async with self._database.reader() as session:
            return await taken(session, key)

    async def _note(self, service_id: str, endpoint: Endpoint, key: str, status: int | None, error: str) -> None:
        attempt = DeliveryAttempt(
            idempotency_key=key,
            attempt=activity.info().attempt,
            service=service_id,
            endpoint=str(endpoint.url),
            at=self._clock(),
            status=status,
            error=error,
        )
        async with self._database.session() as session:
            await record_attempt(session, attempt)


def _texts(work: Work, *names: str) -> list[str]:
    return [value for name in names if isinstance(value := work.variables.get(name), str)]


def _content(payload: Payload) -> dict[str, Any]:
    """What goes, and that something was kept back: whoever reads it must not take it for all there is."""
    return {**payload.content, **({"withheld_classes": list(payload.withheld)} if payload.withheld else {})}


def _body(endpoint: Endpoint, message: str, referral_id: str, work: Work, content: Mapping[str, Any]) -> Body:
    if endpoint.format == "fhir":
        return message_bundle(message, referral_id, replace(work, variables=content)), "application/fhir+json"
    known = {"message": message, "referral_id": referral_id, "message_id": work.idempotency_key}
    return {**known, "content": dict(content)}, "application/json"


def authorization(address: Endpoint | Results) -> dict[str, str]:
    """Give the header with the token of an address; none where it needs none."""
    token = os.environ.get(address.token_env, "") if address.token_env else ""
    return {"Authorization": f"Bearer {token}"} if token else {}


def is_away(status: int | None) -> bool:
    """Say whether an answer, None: no answer, means that the service cannot serve just now."""
    return status is None or status >= 500 or status in TRY_AGAIN


def _judge(service_id: str, status: int | None) -> None:
    said = "did not answer" if status is None else f"answered {status}"
    if is_away(status):
        raise ApplicationError(f"Service '{service_id}' {said}.", type=names.SERVICE_AWAY)
    if status is not None and status >= 300:
        raise ApplicationError(f"Service '{service_id}' {said}.", type=f"{service_id} {said}", non_retryable=True)
