"""How does a referral become one case? Stored first, then started; what died in between is finished later.

The id of the case follows from pathway and referral, so that the same referral twice, even at the same moment, is one
case: whoever's call starts it is answered 201, everyone else 409 with the case.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from api.patients import patient_of_referral
from api.problems import Problem
from api.surroundings import Surroundings
from api.turns import finish_left
from interop.referral import Document, Intake, Referral
from pathways import codec
from pathways.bpmn.model import Definition, MessageTrigger
from records.database import Database
from records.queries.api_referrals import unstarted_referrals
from records.queries.library import active_definition, active_definitions, definition_by_sha256, parsed
from records.tables import Case, PublishedDefinition
from records.tables import Document as StoredDocument
from records.tables import Referral as StoredReferral
from records.writes.audit import append_audit
from records.writes.parties import note_requester
from records.writes.referrals import add_document, record_referral
from records.writes.sharing import Said, record_consent
from workflows.contract import names
from workflows.contract.requests import Receipt, StartCase
from workflows.engine.errors import EventRejected
from workflows.engine.starting import entries, plain_starts
from workflows.host.gateway import AlreadyStarted, CaseGateway

logger = structlog.get_logger(__name__)
SHOWN_POLLS = 100
SHOWN_POLL_SECONDS = 0.1
REFERRAL_REQUESTED = "referral.requested"
BEGUN_BY_US = frozenset(
    {
        "break_glass_review",
        "patient_question",
        "concern",
        "order_withdrawn",
        "wrong_patient",
        "seal_lifted",
        "category_changed",
        "amended_letter",
    }
)
"""Processes to which nobody refers and that nobody starts: else a review could be begun by whom it is about."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The case that a referral is. `receipt`: of the call that started it, None when it was there before.

    `patient_id`: the opaque id of whom it is about, empty when the referral was stored by an earlier version.
    `repeated`: another request sent this referral before, also when the case began only now. The same request under
    the same idempotency key, whose answer was not heard, is none.
    """

    case_id: str
    pathway: str
    name: str
    receipt: Receipt | None
    same_content: bool
    patient_id: str = ""
    repeated: bool = False


async def begin_case(
    here: Surroundings,
    intake: Intake,
    raw: bytes,
    *,
    pathway: str | None,
    keys: Sequence[str],
    actor: str,
    request_id: str,
    organisation: str = "",
    sent_as: str = "",
    context: Mapping[str, Any] | None = None,
) -> Begun:
    """Store a referral and start its case. `sent_as`: the id of the request, the same when it is sent again.

    `context`: what the audit keeps of whoever sends it.

    Raises:
        Problem: 422, no pathway was named or found, it is not published, or no referral begins it.
        HostUnavailable: the case did not start in time; it is stored and will be started.
    """
    published = await _published(here, pathway or intake.referral.pathway_hint, named=pathway is not None)
    start = _start(here, intake.referral, published, keys, actor)
    row = _row(here, intake.referral, start, raw, sent_as)
    async with here.database.session() as session:
        stored, is_new = await record_referral(session, row)
        if is_new:
            await note_requester(session, stored.case_id, organisation, through=actor, now=here.clock())
            await _keep(session, here, intake, stored, start)
        if intake.objections:
            await _object(session, here, intake, stored, start, is_new=is_new)
        await append_audit(
            session,
            actor=actor,
            action="referral.received" if is_new else "referral.repeated",
            now=here.clock(),
            case_id=stored.case_id,
            detail={"request_id": request_id, "pathway": published.key, "source": intake.referral.source},
            organisation=organisation,
            context=context,
        )
    receipt = await _start_once(here.database, here.gateway, stored, name=published.name)
    if receipt is None:
        await _shown(here, stored.case_id)
    is_same, patient_id = stored.raw_sha256 == row.raw_sha256, stored.document.get("patient_id", "")
    first = stored.document.get("sent_as", "")
    repeated = first != sent_as if first else receipt is None
    return Begun(stored.case_id, stored.pathway, published.name, receipt, is_same, patient_id, repeated)


async def finish_starts(database: Database, gateway: CaseGateway) -> int:
    """Start every case whose referral was stored and never started; give their number."""
    async with database.reader() as session:
        stored = await unstarted_referrals(session)
    return await finish_left([partial(_finished, database, gateway, row) for row in stored])


async def _finished(database: Database, gateway: CaseGateway, row: StoredReferral) -> bool:
    """Start the case of a stored referral; one that cannot begin keeps no other from it."""
    async with database.reader() as session:
        published = await definition_by_sha256(session, stored_start(row).sha256)
    if published is None:
        logger.error("a stored referral has no published pathway", case_id=row.case_id, pathway=row.pathway)
        return False
    try:
        return await _start_once(database, gateway, row, name=published.name) is not None
    except EventRejected as refusal:
        logger.error("a stored referral cannot begin", case_id=row.case_id, code=refusal.code)
        return False


def stored_referral(row: StoredReferral) -> Referral:
    """Give the referral as it was received."""
    return Referral.model_validate(row.document["referral"])


def stored_start(row: StoredReferral) -> StartCase:
    """Give how the case of a stored referral is started, with its variables."""
    start = codec.load(StartCase, row.document["start"])
    variables = {**stored_referral(row).to_variables(), "case_id": row.case_id}
    patient_id = row.document.get("patient_id")  # a referral that was stored by an earlier version has none
    if patient_id is None:
        return replace(start, variables=variables)
    keys = (*start.correlation_keys, patient_id)
    return replace(start, variables={**variables, "patient_id": patient_id}, correlation_keys=keys)


async def _keep(
    session: AsyncSession, here: Surroundings, intake: Intake, stored: StoredReferral, start: StartCase
) -> None:
    """Know whose referral it is that is stored now, and keep its documents."""
    patient_id = await _patient_of(session, here, intake, stored, start)
    stored.document = {**stored.document, "patient_id": patient_id}
    for document in intake.documents:
        await add_document(session, _document(here, document, start))


async def _patient_of(
    session: AsyncSession, here: Surroundings, intake: Intake, stored: StoredReferral, start: StartCase
) -> str:
    return await patient_of_referral(
        session,
        intake.referral,
        case_id=stored.case_id,
        secret=here.settings.case_secret,
        actor=start.actor,
        now=here.clock(),
    )


async def _object(
    session: AsyncSession, here: Surroundings, intake: Intake, stored: StoredReferral, start: StartCase, *, is_new: bool
) -> None:
    """Put on record what the patient of this referral objects to, before its case begins or anything more leaves.

    A referral that is known keeps its case; whoever sent it again is taken at their word about their own patient.
    """
    now = here.clock()
    patient_id = stored.document["patient_id"] if is_new else await _patient_of(session, here, intake, stored, start)
    for each in intake.objections:
        said_at = min(each.said_at or now, now)
        word = Said(
            each.id, patient_id, each.scope, each.status, said_at, start.actor, method="fhir", expires=each.expires
        )
        await record_consent(session, word, now=now)
        detail = {"patient_id": patient_id, "scope": each.scope}
        action = f"consent.{each.status}"
        await append_audit(session, actor=start.actor, action=action, now=now, case_id=stored.case_id, detail=detail)


def require_startable(pathway: str | None) -> None:
    """Go on only with a pathway that people begin.

    Raises:
        Problem: 422, the system itself begins it.
    """
    if pathway in BEGUN_BY_US:
        raise Problem("not-startable", f"The pathway '{pathway}' is begun by what it is about, never by hand.")


async def _published(here: Surroundings, pathway: str | None, *, named: bool) -> PublishedDefinition:
    require_startable(pathway)
    async with here.database.reader() as session:
        found = await active_definition(session, pathway) if pathway else None
        if found is not None:
            return _begun_by_referrals(found)
        keys = [each.key for each in await active_definitions(session) if each.key not in BEGUN_BY_US]
        known = [key for key in keys if await _takes_them(session, key)]
    if pathway is None:
        raise Problem("unknown-pathway", "No rule chooses a pathway for this referral.", pathways=known)
    how = "named" if named else "chosen by the rules for this referral"
    raise Problem("unknown-pathway", f"The pathway '{pathway[:100]}', {how}, is not published.", pathways=known)


async def _takes_them(session: AsyncSession, key: str) -> bool:
    published = await active_definition(session, key)
    definition = parsed(published) if published else None
    return definition is not None and takes_referrals(definition) and not begun_by(definition)


def _begun_by_referrals(published: PublishedDefinition) -> PublishedDefinition:
    if not takes_referrals(parsed(published)):
        raise Problem("not-startable", f"The pathway '{published.key}' begins only by the clock or a signal.")
    if by := begun_by(parsed(published)):
        raise Problem("not-startable", f"The pathway '{published.key}' is begun by a {by}, never by a referral.")
    return published


def begun_by(definition: Definition) -> str:
    """Give what alone begins a process, as its property `begunBy` says (caller, ladder, request); empty: referrals."""
    return next((each.properties.get("begunBy", "") for each in definition.processes if each.id == definition.key), "")


def takes_referrals(definition: Definition) -> bool:
    """Whether a process begins by itself or with a message, which a referral can be."""
    return bool(plain_starts(definition, definition.key)) or start_message(definition) is not None


def _start(
    here: Surroundings, referral: Referral, published: PublishedDefinition, keys: Sequence[str], actor: str
) -> StartCase:
    case_id = names.case_id(published.key, referral.business_key, here.settings.case_secret)
    return StartCase(
        case_id=case_id,
        key=published.key,
        sha256=published.sha256,
        message=start_message(parsed(published)),
        business_key=referral.referral_id,
        correlation_keys=tuple(dict.fromkeys((referral.referral_id, case_id, *keys))),
        urgency=referral.priority,
        actor=actor,
        case_page=here.settings.case_page(case_id),
    )


def start_message(definition: Definition) -> str | None:
    """Give the message with which a process is started that begins only with one, whatever receives it (§13.2)."""
    process = definition.key
    if plain_starts(definition, process):
        return None
    messages = [trigger.name for _, _, trigger in entries(definition, process) if isinstance(trigger, MessageTrigger)]
    return REFERRAL_REQUESTED if REFERRAL_REQUESTED in messages else next(iter(messages), None)


def _row(here: Surroundings, referral: Referral, start: StartCase, raw: bytes, sent_as: str) -> StoredReferral:
    document: dict[str, Any] = {
        "referral": referral.model_dump(mode="json"),
        "start": codec.dump(start).decode(),
        "sent_as": sent_as,
    }
    return StoredReferral(
        pathway=start.key,
        referral_id=referral.business_key,
        source=referral.source,
        document=document,
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        case_id=start.case_id,
        received_at=here.clock(),
    )


def _document(here: Surroundings, document: Document, start: StartCase) -> StoredDocument:
    name = document.attachment.id
    return StoredDocument(
        document_id=f"{start.case_id}/{name}",
        case_id=start.case_id,
        name=name,
        content_type=document.attachment.mime_type,
        sha256=document.attachment.sha256,
        content=document.content,
        added_by=start.actor,
        added_at=here.clock(),
    )


async def _start_once(database: Database, gateway: CaseGateway, row: StoredReferral, *, name: str) -> Receipt | None:
    """Start the case of a stored referral; None when it was started before."""
    async with database.reader() as session:
        if await session.get(Case, row.case_id) is not None:
            return None
    try:
        return await gateway.start(stored_start(row), pathway=name)
    except AlreadyStarted:
        return None


async def _shown(here: Surroundings, case_id: str) -> None:
    """Wait until the first step of a case that someone else has just started is in the read model."""
    for _ in range(SHOWN_POLLS):
        async with here.database.reader() as session:
            if await session.get(Case, case_id) is not None:
                return
        await asyncio.sleep(SHOWN_POLL_SECONDS)
    raise Problem("unavailable", f"The case '{case_id}' is being started and does not show yet.")
