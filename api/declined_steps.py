"""Which open steps may fall with a step that a patient declines, and how are they stopped? Those of that very case.

Offered are the referrals and orders that the case has called for or begun, as long as they can be taken back
(`api/taking_back.py`), and the open steps that a boundary event with the message `step.declined` interrupts: there the
diagram says how it goes on without them. The referral that the case itself is for is none of them.

When all of a case ends, what it has called ends with it; what it has begun as a case of its own would go on unheard.
That is taken back then, each as its placer would take it back, but for what the patient wants all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.declined_steps import Falling
from api.delivery import Inbound, deliver_thrown
from api.post import Post
from api.referral_standing import Standing, standing_of
from api.taking_back import TTL, asking_only, taking_back
from records.queries.audit import done_by
from records.queries.case import process_variables
from records.queries.library import definition_by_sha256, parsed
from records.queries.open_steps import begun_cases, called_cases, came_before, steps_waiting
from records.queries.referral import NUMBERS
from records.queries.referral_acts import CANCELLED
from records.queries.referral_loop import answering_case
from records.tables import Case, Subscription
from records.writes.audit import append_audit

DECLINED, TAKEN_BACK = "step.declined", "step.taken_back"
DONE = ("performed_at", "replaced_order")
"""Variables by which an order without states of a referral says that its study is made, or another has replaced it."""

ONLY_ASKED = ("urgent_suspected_cancer", "stat")
"""As urgent as this, what was begun is asked to stop by whoever carries it out, also before it is in progress."""

Became = Literal["cancelled", "asked", "left_out", "missed", "kept"]
"""Cancelled; asked to stop, since it is in progress; left out by the diagram; not reached: it had ended or moved on; or
it goes on, since the patient wants it.
"""

WILL: Mapping[Became, str] = {
    "cancelled": "is cancelled",
    "asked": "in progress: can only be asked to stop",
    "left_out": "is left out",
}


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that may fall. `key`: a referral's number, or the correlation key by which the step is known.

    `case_id`, `message`: which case is told of it, and how. `became`: what comes of it.
    """

    key: str
    title: str
    case_id: str
    message: str
    became: Became
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def option(self) -> dict[str, str]:
        """The step as an option of a form."""
        number = "" if self.became == "left_out" else f" ({self.key})"
        return {"value": self.key, "label": f"{self.title}{number}: {WILL[self.became]}"}


async def open_steps(session: AsyncSession, case: Case) -> tuple[OpenStep, ...]:
    """Give what may fall with a step of the case for which this one, the conversation, was called; the oldest first."""
    own = str((await process_variables(session, case)).get("referral_id") or "")
    called = [await _referral(session, each, own) for each in await called_cases(session, case, tuple(NUMBERS))]
    drawn = [await _drawn(session, each) for each in await steps_waiting(session, case, DECLINED)]
    found: dict[str, OpenStep] = {}
    for step in filter(None, (*called, *drawn)):
        found.setdefault(step.key, step)  # a pathway comes before the referral that it has called under its number
    return tuple(found.values())


async def begun_steps(session: AsyncSession, case: Case) -> tuple[OpenStep, ...]:
    """Give what the caller of this case, a conversation or request, has begun as cases of their own; the oldest first.

    A case that has ended itself, since somebody called it off, stops what it has begun itself.
    What runs and cannot be taken back as it stands is `missed`. What is cancelled, or accepts the request, stops what
    it has itself begun; for what has ended, or is past stopping, nobody else would: what came of it is here as well.
    """
    caller = await _stopping(session, case)
    seen = set(await came_before(session, caller)) if caller else set()
    found: list[OpenStep] = []
    for parent in (left := [caller] if caller else []):
        for each in [each for each in await begun_cases(session, parent) if each.case_id not in seen]:
            seen.add(each.case_id)
            is_past = each.status != "running"
            if not is_past:
                standing = await standing_of(session, each)
                found.append(step := await _begun(session, standing))
                is_past = step.became == "missed" and not standing.abort_asked
            if is_past:
                left.append(each.case_id)
    return tuple(found)


async def _stopping(session: AsyncSession, case: Case) -> str:
    """The case that stops: the caller, or the pathway that has left its own referral to the caller."""
    if case.status != "running":
        return case.case_id
    caller = await session.get(Case, case.caller) if case.caller else None
    while caller is not None and caller.caller is not None:
        around = await session.get(Case, caller.caller)
        if around is None or (await answering_case(session, around)).case_id != caller.case_id:
            break
        caller = around
    return caller.case_id if caller is not None else ""


async def take_back(post: Post, case_id: str, falling: Falling, *, request: str, actor: str) -> Sequence[OpenStep]:
    """Stop what falls of the open steps of a case, or all that it has begun, each once for a `request`, and audit it.

    What has ended or moved on meanwhile is told as `missed`; what is open and of another case is not touched.

    Raises:
        GatewayError: a case did not answer; the same request again goes on.
    """
    async with post.database.session() as session:
        chosen = await _noted(session, post, case_id, falling, request, actor)
    return [await _told(post, step, falling.reason, f"{request}:{step.key}", actor) for step in chosen]


async def _noted(
    session: AsyncSession, post: Post, case_id: str, falling: Falling, request: str, actor: str
) -> list[OpenStep]:
    """What is to be stopped, as it stood when this request came first: noted before anything is told."""
    details = [row.detail for row in await done_by(session, actor, TAKEN_BACK)]
    known = {each["step"]["key"]: OpenStep(**each["step"]) for each in details if each["request"] == request}
    if not known:
        case = await session.get_one(Case, case_id)
        known = {step.key: step for step in await _falling(session, case, falling)}
        for step in known.values():
            detail = {"request": request, "step": asdict(step)}
            await append_audit(
                session, actor=actor, action=TAKEN_BACK, now=post.clock(), case_id=step.case_id, detail=detail
            )
    unknown = [OpenStep(key, key, "", "", "missed") for key in dict.fromkeys(falling.keys) if key not in known]
    return [*known.values(), *unknown]


async def _falling(session: AsyncSession, case: Case, falling: Falling) -> list[OpenStep]:
    """What is chosen of the open steps, and, when all stops, what was begun: that which goes on is `kept`."""
    chosen = [step for step in await open_steps(session, case) if step.key in falling.keys]
    begun = await begun_steps(session, case) if falling.all_begun else ()
    kept = [replace(step, became="kept") if step.key in falling.goes_on else step for step in begun]
    return [*chosen, *(step for step in kept if step.key not in falling.keys)]


async def _told(post: Post, step: OpenStep, reason: str, message_id: str, actor: str) -> OpenStep:
    if step.became in ("missed", "kept"):
        return step
    variables = {"cancel_reason": reason, **step.variables}
    message = Inbound(step.message, step.key, message_id, variables, TTL, step.case_id)
    told = await deliver_thrown(post, message, actor=actor)
    return step if told.status == "delivered" else replace(step, became="missed")


async def _referral(session: AsyncSession, case: Case, own: str) -> OpenStep | None:
    """A referral or order as it can be taken back now; None when it cannot be, or is what the case itself is for."""
    found = await standing_of(session, case)
    taken = await taking_back(session, found)
    is_done = found.loop is None and any(found.variables.get(name) is not None for name in DONE)
    if isinstance(taken, str) or found.referral_id in ("", own) or is_done:
        return None
    at_once = taken.outcome == "cancelled" or (found.loop is None and taken.message == CANCELLED)
    became: Became = "cancelled" if at_once else "asked"
    caller, _, call = case.case_id.rpartition("/")
    title = await _title(session, caller, call.partition("#")[0]) if caller else ""
    return OpenStep(found.referral_id, title or case.name, taken.case_id, taken.message, became, dict(taken.variables))


async def _begun(session: AsyncSession, found: Standing) -> OpenStep:
    """What was begun, as it can be taken back; suspected cancer is never cancelled by what has begun it, only asked."""
    case, step = found.case, await _referral(session, found.case, "")
    if step is None:
        return OpenStep(case.business_key, case.name, case.case_id, "", "missed")
    if step.became == "asked" or case.urgency not in ONLY_ASKED:
        return step
    taken = await asking_only(session, found)
    if taken is None:
        return replace(step, became="missed", message="")
    return replace(step, case_id=taken.case_id, message=taken.message, became="asked", variables=dict(taken.variables))


async def _drawn(session: AsyncSession, waiting: Subscription) -> OpenStep:
    """An open step whose boundary event waits to be told that the patient does not want it."""
    title = await _title(session, waiting.case_id, waiting.element)
    return OpenStep(waiting.correlation_key, title or waiting.element, waiting.case_id, DECLINED, "left_out")


async def _title(session: AsyncSession, case_id: str, element: str) -> str:
    """The name of a step, or of that to which an event is attached, in the diagram of its case."""
    published = await definition_by_sha256(session, (await session.get_one(Case, case_id)).sha256)
    nodes = parsed(published).nodes if published else {}
    node = nodes.get(element)
    host = nodes.get(node.attached_to or element) if node else None
    return host.name if host else ""
