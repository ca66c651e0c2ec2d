"""How does a case begin another one? Noted with its place in the chain of referrals, then started, once per step.

The id of the new case follows from the step that begins it. When a case of the same pathway and referral id runs
already, no second one begins: the chain leads to that one, unless it is one of others who use the same number.
"""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.pathway_start import NotStartable, Onward
from api.noted_starts import carry_out, holder
from api.patients import patient_keys
from api.post import Post
from api.starting import start_message, takes_referrals
from pathways import codec
from records.database import one_at_a_time
from records.queries.library import active_definition, parsed
from records.queries.parties import beside
from records.queries.starts import newest_start, running_under
from records.tables import Lineage, NotedStart, PublishedDefinition
from records.upsert import insert_missing
from records.writes.outside import bring_along
from records.writes.parties import copy_seal, sealed_by
from records.writes.referrals import copy_documents
from workflows.contract import names
from workflows.contract.requests import StartCase
from workflows.engine.errors import EventRejected

Noted = NotedStart | str
"""A start that is noted, or the case that has its referral id already."""


async def begin_onward(post: Post, onward: Onward, *, under_seal: bool = False) -> str:
    """Begin the case that a step asks for; give its id, also when it was begun before.

    `under_seal`: the case is sealed, and so is what it begins.

    Raises:
        NotStartable: the pathway is not published or begins only by the clock or a signal, or the case is sealed.
        EventRejected: its process refuses to begin this way.
        GatewayError: no answer in time; the start is noted and will be carried out.
    """
    async with post.database.session() as session:
        noted = await note_onward(session, post, onward, under_seal=under_seal)
    return await carry_on(post, noted)


async def note_onward(session: AsyncSession, post: Post, onward: Onward, *, under_seal: bool = False) -> Noted:
    """Note the case that is asked for, in the transaction of what asks for it: `carry_on` begins it, or the sweep.

    Raises:
        NotStartable: as `begin_onward`; nothing was noted.
    """
    root = onward.from_case.partition("/")[0]
    if bool(await sealed_by(session, root)) and not under_seal:
        raise NotStartable("A case that was made for the wrong patient begins no other.")
    published = await _published(session, onward.pathway)
    await one_at_a_time(session, f"start:{published.key}:{onward.referral_id}")
    noted = await _noted(session, post, onward, published)
    case_id = noted if isinstance(noted, str) else noted.case_id
    await insert_missing(session, _lineage(post, onward, case_id))
    if isinstance(noted, NotedStart):
        await bring_along(session, root, case_id, now=post.clock())
        await copy_documents(session, root, case_id, _documents(onward), actor=noted.noted_by, now=post.clock())
        if under_seal:
            await copy_seal(session, root, case_id, now=post.clock())
    return noted


def _documents(onward: Onward) -> list[str]:
    """The names of the documents that the referral says it brings along."""
    attached: Any = onward.variables.get("attachments") or ()
    return [str(each["id"]) for each in attached if isinstance(each, dict) and "id" in each]


async def carry_on(post: Post, noted: Noted) -> str:
    """Begin a case that was noted, unless it has begun; give its id.

    Raises:
        EventRejected, GatewayError: as `begin_onward`.
    """
    if isinstance(noted, str):
        return noted
    if noted.status == "refused":
        raise EventRejected("invalid", noted.reason)
    if noted.status == "noted":
        await carry_out(post, noted)
    return noted.case_id


async def _published(session: AsyncSession, pathway: str) -> PublishedDefinition:
    found = await active_definition(session, pathway)
    if found is None:
        raise NotStartable(f"There is no pathway '{pathway[:100]}'.")
    if not takes_referrals(parsed(found)):
        raise NotStartable(f"The pathway '{pathway[:100]}' begins only by the clock or a signal.")
    return found


async def _noted(session: AsyncSession, post: Post, onward: Onward, published: PublishedDefinition) -> Noted:
    """The start that this step noted, now or before; or the case that has its referral id."""
    row = _row(post, onward, published)
    known = await session.get(NotedStart, row.case_id)
    if known is not None:
        return known
    newest = await newest_start(session, pathway=row.pathway, business_key=row.business_key)
    running = await running_under(session, pathway=row.pathway, business_key=row.business_key)
    have_it = [*(case.case_id for case in running), *filter(None, [await holder(session, newest)])]
    ours = await beside(session, onward.from_case, have_it, at=post.clock())
    if ours:
        return next(each for each in have_it if each in ours)
    row.generation = (newest.generation or 0) + 1 if newest else 1
    session.add(row)
    return row


def _row(post: Post, onward: Onward, published: PublishedDefinition) -> NotedStart:
    case_id = names.started_case_id(onward.request, f"onward\x00{published.key}")
    start = StartCase(
        case_id=case_id,
        key=published.key,
        sha256=published.sha256,
        variables={**onward.variables, "case_id": case_id},
        message=start_message(parsed(published)),
        business_key=onward.referral_id,
        correlation_keys=(onward.referral_id, case_id, *patient_keys(onward.variables)),
        urgency=onward.urgency,
        actor=f"case:{onward.from_case}",
        case_page=post.case_page.replace("{case_id}", case_id),
    )
    return NotedStart(
        case_id=case_id,
        cause="case",
        pathway=published.key,
        business_key=onward.referral_id,
        start=codec.dump(start).decode(),
        request=onward.request,
        noted_at=post.clock(),
        noted_by=start.actor,
    )


def _lineage(post: Post, onward: Onward, case_id: str) -> Lineage:
    return Lineage(
        case_id=case_id,
        referral_id=onward.referral_id,
        pathway=onward.pathway,
        parent_case_id=onward.from_case,
        parent_referral_id=onward.from_referral,
        kind=onward.kind,
        recorded_at=post.clock(),
    )
