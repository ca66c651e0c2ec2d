"""How does a message leave for a service? Once in effect, however often it is tried: to our inbox or its endpoint.

A service with an endpoint gets an HTTP POST with an `Idempotency-Key`. No answer, 408, 429 and 5xx are tried again by
Temporal until the task's retries are used up, then a person decides; any other refusal becomes an incident at once.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.directory import Directory, Endpoint, Service
from activities.fhir_message import message_bundle
from records.database import Database
from records.tables import DeliveryAttempt, ServiceInbox
from records.writes.handovers import deliver_to_service, record_attempt, was_taken
from workflows.contract.requests import Work

Clock = Callable[[], datetime]

TIMEOUT = timedelta(seconds=20)
TRY_AGAIN = frozenset({408, 425, 429})

CONTENT = (
    "service",
    "reason",
    "clinical_question",
    "priority",
    "patient",
    "requester",
    "named_contact",
    "conditions",
    "medications",
    "allergies",
    "rt_start_date",
    "outcome",
    "report",
    "slot",
    "site",
    "advice",
    "missing_items",
)
"""What a recipient may see of a case's variables: a referral's content and its answers, never the rest."""


class Outbound:
    """The way out, by the directory of services."""

    def __init__(self, database: Database, directory: Directory, http: httpx.AsyncClient, clock: Clock) -> None:
        self._database = database
        self._directory = directory
        self._http = http
        self._clock = clock

    async def deliver(self, service_id: str, message: str, referral_id: str, work: Work) -> Service:
        """Deliver `message` about a referral to a service; give the service.

        Raises:
            ApplicationError: its endpoint did not take the message.
        """
        service = self._directory.service(service_id)
        if service.endpoint is None:
            await self._to_inbox(service_id, service, message, work)
        else:
            await self._to_endpoint(service_id, service.endpoint, message, referral_id, work)
        return service

    async def _to_inbox(self, service_id: str, service: Service, message: str, work: Work) -> None:
        delivery = ServiceInbox(
            idempotency_key=work.idempotency_key,
            service=service_id,
            case_id=work.case_id,
            referral={"message": message, **content_of(work)},
            named_contact=service.named_contact,
            deputy=service.deputy,
            delivered_at=self._clock(),
        )
        async with self._database.session() as session:
            await deliver_to_service(session, delivery)

    async def _to_endpoint(
        self, service_id: str, endpoint: Endpoint, message: str, referral_id: str, work: Work
    ) -> None:
        if await self._was_taken(work):
            return
        body, media_type = _body(endpoint, message, referral_id, work)
        headers = {"Idempotency-Key": work.idempotency_key, "Content-Type": media_type, **_authorization(endpoint)}
        status, failure = None, ""
        try:
            answer = await self._http.post(
                str(endpoint.url), json=body, headers=headers, timeout=TIMEOUT.total_seconds()
            )
            status = answer.status_code
        except httpx.TransportError as error:
            failure = type(error).__name__
        await self._note(service_id, endpoint, work.idempotency_key, status, failure)
        _judge(service_id, status, failure)

    async def _was_taken(self, work: Work) -> bool:
        """Whether an earlier try has delivered it, and only its answer was lost."""
        async with self._database.reader() as session:
            return await was_taken(session, work.idempotency_key)

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


def content_of(work: Work) -> dict[str, Any]:
    """Give what a recipient may see."""
    return {name: work.variables[name] for name in CONTENT if work.variables.get(name) is not None}


def _body(endpoint: Endpoint, message: str, referral_id: str, work: Work) -> tuple[dict[str, Any], str]:
    if endpoint.format == "fhir":
        return message_bundle(message, referral_id, work), "application/fhir+json"
    known = {"message": message, "referral_id": referral_id, "message_id": work.idempotency_key}
    return {**known, "content": content_of(work)}, "application/json"


def _authorization(endpoint: Endpoint) -> dict[str, str]:
    token = os.environ.get(endpoint.token_env, "") if endpoint.token_env else ""
    return {"Authorization": f"Bearer {token}"} if token else {}


def _judge(service_id: str, status: int | None, failure: str) -> None:
    if status is None:
        raise ApplicationError(f"Service '{service_id}' did not answer.", type=f"{service_id} {failure}")
    if status >= 300:
        raise ApplicationError(
            f"Service '{service_id}' answered {status}.",
            type=f"{service_id} answered {status}",
            non_retryable=status < 500 and status not in TRY_AGAIN,
        )
