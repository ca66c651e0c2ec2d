"""Who hears that an order has ended while it was under way? Every service that got it, once, as the order went to it.

A case that is ended from outside (an abort, a death, an administrator) sends nothing any more. So the sweep begins a
process of its own for each service (`order_withdrawn`), whose step passes the same checks of consent, agreements and
profile as the order did. What is done already is not withdrawn: its report is still wanted. What a case for the wrong
patient has sent was retracted when it was sealed.
"""

from functools import partial
from hashlib import sha256

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.outbound import ORDERS
from activities.pathway_start import Onward
from api.delivery import post_of
from api.not_begun import CANNOT, Wanted, begin_or_tell
from api.surroundings import Surroundings
from api.turns import finish_left
from records.queries.case import process_variables
from records.queries.orders import sent_to, untold_withdrawals
from records.tables import Case, OrderRecord, OrderWithdrawal
from records.writes.orders import note_told
from records.writes.parties import sealed_by

PATHWAY, KIND = "order_withdrawn", "withdrawn"
WHAT = "The process that tells whoever was to do an order that it is withdrawn"
DONE = ("performed_at", "seen_at")
"""Variables by which a case says that what was asked for is done; only the report is missing."""


async def tell_performers(here: Surroundings) -> int:
    """Begin what tells services of withdrawn orders; give the number of orders. One that cannot keeps no other back."""
    found: list[tuple[OrderWithdrawal, tuple[Onward, ...]]] = []
    while wanted := await _wanted(here, found[-1][0] if found else None):
        found += wanted
    return await finish_left([partial(_told, here, *each) for each in found])


async def _wanted(here: Surroundings, last: OrderWithdrawal | None) -> list[tuple[OrderWithdrawal, tuple[Onward, ...]]]:
    async with here.database.reader() as session:
        return [(each, await _onward(session, each)) for each in await untold_withdrawals(session, after=last)]


async def _told(here: Surroundings, withdrawn: OrderWithdrawal, cases: tuple[Onward, ...]) -> bool:
    key = f"{withdrawn.case_id}:{withdrawn.order_id}:{withdrawn.requester}"
    for onward in cases:
        if await begin_or_tell(post_of(here), Wanted(onward, key, CANNOT.format(what=WHAT))) is None:
            return False
    async with here.database.session() as session:
        await note_told(session, withdrawn, now=here.clock())
    return True


async def _onward(session: AsyncSession, withdrawn: OrderWithdrawal) -> tuple[Onward, ...]:
    case = await session.get_one(Case, withdrawn.case_id)
    variables = await process_variables(session, case)
    retracted = bool(await sealed_by(session, case.root_case_id))
    if retracted or any(variables.get(name) is not None for name in DONE):
        return ()
    order = await session.get_one(OrderRecord, (withdrawn.order_id, withdrawn.requester))
    about = {
        "order_id": order.order_id,
        "patient_id": order.patient_id,
        "about_referral": variables.get("referral_id") or case.business_key or order.order_id,
        "payload_profile": variables.get("payload_profile"),
    }
    given = {name: value for name, value in about.items() if value is not None}
    return tuple(_to(each, case, order, given) for each in await sent_to(session, case.case_id, ORDERS))


def _to(service: str, case: Case, order: OrderRecord, about: dict[str, object]) -> Onward:
    request = f"withdrawn:{case.case_id}:{order.order_id}:{order.requester}:{service}"
    referral_id = f"{order.order_id}-W{sha256(request.encode()).hexdigest()[:12]}"
    return Onward(
        pathway=PATHWAY,
        referral_id=referral_id,
        request=request,
        kind=KIND,
        from_case=case.case_id,
        from_referral=case.business_key,
        variables={**about, "referral_id": referral_id, "service": service},
        urgency=case.urgency,
    )
