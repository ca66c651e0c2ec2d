"""What begins when a ladder is climbed? The case that a rung asks for: noted with the rung, begun by the sweep, once.

Its id follows from case, step and rung, so that several sweeps begin one case. It tells of the step that stays undone
and carries no data of the patient; whoever takes part in that case takes part in this one.
"""

from functools import partial
from hashlib import sha256

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.pathway_start import Onward
from api.delivery import post_of
from api.directory import directory_of
from api.not_begun import CANNOT, Wanted, begin_or_tell
from api.surroundings import Surroundings
from api.turns import finish_left
from records.queries.case import visible_variables
from records.queries.inbox import delivery_attempts
from records.queries.rungs import rungs_to_begin
from records.tables import Case, OpenActivation, RungStart
from records.writes.starts import note_begun

KIND = "escalated"
"""What such a case is to the one whose step was late, in the chain of referrals."""


async def begin_climbed(here: Surroundings) -> int:
    """Begin what rungs have asked for; give the number. One that cannot begin yet keeps no other from it."""
    found: list[tuple[RungStart, Onward]] = []
    while wanted := await _wanted(here, found[-1][0] if found else None):
        found += wanted
    return await finish_left([partial(_begun, here, *each) for each in found])


async def _wanted(here: Surroundings, last: RungStart | None) -> list[tuple[RungStart, Onward]]:
    async with here.database.reader() as session:
        return [(rung, await _onward(here, session, rung)) for rung in await rungs_to_begin(session, after=last)]


async def _begun(here: Surroundings, rung: RungStart, onward: Onward) -> bool:
    words = CANNOT.format(what=f"The process '{rung.process}', which an escalation asks for,")
    case_id = await begin_or_tell(post_of(here), Wanted(onward, rung.rung_key, words))
    if case_id is None:
        return False
    async with here.database.session() as session:
        await note_begun(session, rung.rung_key, case_id)
    return True


async def _onward(here: Surroundings, session: AsyncSession, rung: RungStart) -> Onward:
    case = await session.get_one(Case, rung.case_id)
    root = await session.get_one(Case, case.root_case_id)
    number = sha256(rung.rung_key.encode()).hexdigest()[:12]
    about = {
        "about_case": root.case_id,
        "about_referral": await _number(session, rung) or root.business_key,
        "about_service": await _service(here, session, rung),
        "pathway_name": root.name,
        "task_title": rung.title,
        "level": rung.level,
        "climbed_at": rung.climbed_at.isoformat(),
    }
    referral_id = f"{root.business_key or root.case_id}-R{number}"
    return Onward(
        pathway=rung.process,
        referral_id=referral_id,
        request=f"rung:{rung.rung_key}",
        kind=KIND,
        from_case=rung.case_id,
        from_referral=root.business_key,
        variables={"referral_id": referral_id, **about},
        urgency=case.urgency,
    )


async def _number(session: AsyncSession, rung: RungStart) -> str:
    """The number of what the late step is about: a case that calls two services has a referral or an order for each."""
    at = await session.get(OpenActivation, (rung.case_id, rung.activation))
    seen = await visible_variables(session, at) if at is not None else {}
    numbers = (seen.get(name) for name in ("order_id", "referral_id"))
    return next((number for number in numbers if isinstance(number, str) and number), "")


async def _service(here: Surroundings, session: AsyncSession, rung: RungStart) -> str:
    """The service that the late step could not reach, by name; empty when it has tried to reach none."""
    tried = await delivery_attempts(session, f"{rung.case_id}:{rung.activation}")
    return directory_of(here).service(tried[0].service).name if tried else ""
