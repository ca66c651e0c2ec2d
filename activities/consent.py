"""How does a pathway ask about consent, put it on record, and act on its withdrawal? Task types `consent.…`.

`consent.check` says how consent stands. `consent.record` keeps what a form says. `consent.apply` follows a withdrawal:
what waited to leave is stopped already (before the message was routed); services that had data hear of it.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.directory import Directory
from activities.fhir_message import service_name
from activities.outbound import Outbound
from activities.sending import to_service
from policy.consent import (
    SHARING,
    ConsentError,
    Recipient,
    check_limits,
    has_legal_basis,
    newest,
    scope_of,
    state,
)
from records.database import Database
from records.queries.patients import keyed_patient
from records.queries.sharing import disclosures, statements, told_of
from records.tables import Disclosure
from records.writes.sharing import Said, cancel_pending, record_consent
from workflows.contract.requests import Work, WorkResult

WITHDRAWN = "consent.withdrawn"
STATUS = {"yes": "given", "yes_limited": "given", "no": "refused"}
STOPPED = ("cancelled", "withheld")


class Consents:
    """Consent, as the steps of a pathway meet it."""

    def __init__(
        self, database: Database, directory: Directory, outbound: Outbound, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._directory = directory
        self._outbound = outbound
        self._clock = clock

    @activity.defn(name="consent.check")
    async def check(self, work: Work) -> WorkResult:
        """Say how the patient's consent stands towards the service that the case names, or in general."""
        async with self._database.reader() as session:
            patient_id = await _patient(session, work)
            return WorkResult(await self._standing(session, work, patient_id))

    @activity.defn(name="consent.record")
    async def record(self, work: Work) -> WorkResult:
        """Put on record what a form says; give how consent stands now.

        Raises:
            ApplicationError: the form says neither, names an unknown limit, or the case has no patient.
        """
        async with self._database.session() as session:
            patient_id = _required(await _patient(session, work))
            await record_consent(session, self._said(work, patient_id), now=self._clock())
            return WorkResult(await self._standing(session, work, patient_id))

    @activity.defn(name="consent.apply")
    async def apply(self, work: Work) -> WorkResult:
        """Stop what waits to leave, and tell every service that had data of the withdrawal, each once.

        Raises:
            ApplicationError: the case has no patient, or a service did not take the notice; all others have it.
        """
        async with self._database.session() as session:
            patient_id = _required(await _patient(session, work))
            now = self._clock()
            await self._on_record(session, work, patient_id, now)
            await cancel_pending(session, patient_id, now=now)
            had = self._concerned(await told_of(session, patient_id), scope_of(work.variables.get("scope")))
            stopped = [row for row in await disclosures(session, patient_id) if row.state in STOPPED]
        keys = {each: f"{WITHDRAWN}:{patient_id}:{each}:{row.idempotency_key}" for each, row in had.items()}
        notices = [self._outbound.notice(each, WITHDRAWN, _referral(work), key, work) for each, key in keys.items()]
        _raise_one(await asyncio.gather(*notices, return_exceptions=True))
        return WorkResult({"consent_told": sorted(had), "consent_cancelled": len(stopped)})

    def _concerned(self, sent: Sequence[Disclosure], scope: str) -> dict[str, Disclosure]:
        """The services that had data and that the withdrawal is about, each with the last that it got."""
        return {row.recipient: row for row in reversed(sent) if scope in self._towards(row.recipient).scopes}

    async def _on_record(self, session: AsyncSession, work: Work, patient_id: str, now: datetime) -> None:
        """A withdrawal that no message brought is put on record here, if nothing was said about its scope so far."""
        scope = scope_of(work.variables.get("scope"))
        said = newest(await statements(session, patient_id), case_id="", now=now)
        if not any(each.scope == scope for each in said):
            id_ = f"apply:{work.idempotency_key}"
            word = Said(id_, patient_id, scope, "withdrawn", now, recorded_by=f"case:{work.case_id}")
            await record_consent(session, word, now=now)

    async def _standing(self, session: AsyncSession, work: Work, patient_id: str) -> dict[str, Any]:
        said = await statements(session, patient_id)
        case_id, now = work.case_id.partition("/")[0], self._clock()
        stands = state(said, self._recipient(work), case_id=case_id, now=now)
        given = [each for each in newest(said, case_id=case_id, now=now) if each.status == "given"]
        return {
            "consent": stands,
            "consent_limits": sorted({limit for each in given for limit in each.limits}),
            "legal_basis_other": has_legal_basis(said, case_id=case_id, now=now),
        }

    def _recipient(self, work: Work) -> Recipient:
        service_id = work.headers.get("to") or service_name(work.variables)
        return self._towards(service_id) if service_id else Recipient((SHARING,))

    def _towards(self, service_id: str) -> Recipient:
        service = self._directory.service(service_id)
        return to_service(service_id, service, "", self._directory.organisation).recipient

    def _said(self, work: Work, patient_id: str) -> Said:
        variables = work.variables
        if variables.get("continue_mode") == "legal_basis_other" and "consent_given" not in variables:
            return self._duty(work, patient_id)
        status = STATUS.get(_text(variables.get("consent_given")))
        if status is None:
            raise _missing("consent_given")
        return Said(
            work.idempotency_key,
            patient_id,
            scope_of(variables.get("scope")),
            status,
            self._clock(),
            recorded_by=f"case:{work.case_id}",
            limits=_limits(variables.get("limits")) if status == "given" else (),
            named=_texts(variables.get("named")),
            given_by=_text(variables.get("given_by")),
            method=_text(variables.get("method")),
            expires=_end_of(variables.get("expires")),
        )

    def _duty(self, work: Work, patient_id: str) -> Said:
        """A clinician's duty to go on sharing in this case, whatever the patient has said."""
        basis = _text(work.variables.get("legal_basis"))
        if not basis:
            raise _missing("legal_basis")
        return Said(
            work.idempotency_key,
            patient_id,
            SHARING,
            "legal_basis",
            self._clock(),
            recorded_by=f"case:{work.case_id}",
            legal_basis=basis,
            case_id=work.case_id.partition("/")[0],
        )


def _raise_one(answers: Sequence[BaseException | None]) -> None:
    """Fail if one has failed: as one that is tried again, so that the others are, if there is such a one."""
    failures = [answer for answer in answers if answer is not None]
    if failures:
        raise min(failures, key=lambda failure: isinstance(failure, ApplicationError) and failure.non_retryable)


async def _patient(session: AsyncSession, work: Work) -> str:
    return await keyed_patient(session, work.case_id) or _text(work.variables.get("patient_id"))


def _required(patient_id: str) -> str:
    if not patient_id:
        raise ApplicationError("The case has no patient_id.", type="no patient_id", non_retryable=True)
    return patient_id


def _missing(name: str) -> ApplicationError:
    return ApplicationError(
        f"There is nothing to put on record: map the form's '{name}'.", type=f"no {name}", non_retryable=True
    )


def _referral(work: Work) -> str:
    return _text(work.variables.get("referral_id")) or work.business_key


def _limits(value: object) -> tuple[str, ...]:
    try:
        return check_limits(_texts(value))
    except ConsentError as error:
        raise ApplicationError(str(error), type="no such limit", non_retryable=True) from error


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(each for each in values if isinstance(each, str) and each)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _end_of(value: object) -> datetime | None:
    """The last moment of a day, or the moment itself; UTC when no zone is said."""
    if not isinstance(value, str) or not value:
        return None
    moment = datetime.fromisoformat(value)
    if len(value) == len("2026-01-01"):
        moment = datetime.combine(moment.date(), time.max)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
