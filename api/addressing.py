"""Which cases is a message for? Those that wait for it and those that its key names, else one that it begins.

The key is the message's own, or what those who wait read out of what it carries (§8.4.2). The read model may lag
behind: who is missed now is found by a later try, and whoever is told decides for itself whether it waits.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from api.beginning import Beginning, beginnings
from api.listening import listening
from api.post import Post
from api.reach import mistaken, within_reach
from api.referral_standing import standing_of
from api.starting import REFERRAL_REQUESTED
from api.taking_back import TakenBack, taking_back
from pathways.bpmn.model import MessageTrigger
from records.queries.access import Side
from records.queries.api_cases import waiting_in
from records.queries.patients import same_patient
from records.queries.referral import case_of_referral
from records.queries.referral_acts import TAKES_BACK
from records.queries.routing import awaited_names, running_cases, versions_waiting, waiting_cases
from records.queries.starts import begun_by
from records.tables import Message, NotedStart
from workflows.engine.triggers.message import key_in


@dataclass(frozen=True, slots=True)
class Target:
    """A case to try, with the correlation key that it knows.

    `beginning`: the message starts it; `noted`: it did so before, and that may have to be carried out; `soon`: others
    wait for the message, and this case may be about to, so it keeps it, when they take it, for a moment. `taken_back`:
    as what a case hears that its referral is taken back; `refused`: why it hears nothing of it.
    """

    case_id: str
    key: str
    beginning: Beginning | None = None
    noted: NotedStart | None = None
    soon: bool = False
    taken_back: TakenBack | None = None
    refused: str = ""


async def targets(post: Post, message: Message) -> Sequence[Target]:
    """Give the cases that a message is for; one that has been taken already is for those only who wait.

    What a person brings reaches the cases of their organisation only, as if there were no others.
    """
    async with post.database.reader() as session:
        return await _reachable(session, message, await _meant(session, message))


async def _reachable(session: AsyncSession, message: Message, found: Sequence[Target]) -> Sequence[Target]:
    """Those that it may reach; the case of another patient refuses a report, so that people see it."""
    known = [target.case_id for target in found]
    mine, others = await within_reach(session, message, known), await mistaken(session, message, known)
    told = [replace(target, refused=others.get(target.case_id, target.refused)) for target in found]
    return [target for target in told if target.beginning or target.noted or target.case_id in mine | others.keys()]


async def _meant(session: AsyncSession, message: Message) -> Sequence[Target]:
    noted = await begun_by(session, message.message_id)
    if noted is not None:
        return [Target(noted.case_id, message.correlation_key, noted=noted)]
    if message.payload.get("case_id"):
        return await _within(session, message, message.payload["case_id"])
    if message.name in TAKES_BACK and (found := await _taken_back(session, message)):
        return [found]
    keys = await _keys(session, message)
    waiting = await _waiting(session, message, keys)
    if message.status not in ("received", "unmatched"):
        return waiting
    if waiting:
        return [*waiting, *await _about_to_wait(session, message, keys, {each.case_id for each in waiting})]
    return await _known_or_begun(session, message, keys)


async def names_with_carried_keys(session: AsyncSession) -> set[str]:
    """Give the names of the awaited messages whose key is read out of what they carry."""
    return {name for name in await awaited_names(session) if await _keyed(session, name)}


async def _taken_back(session: AsyncSession, message: Message) -> Target | None:
    """As what the case of a referral hears that it is taken back; None: the key is of no referral that is under way."""
    side = Side(message.source, tuple(message.payload.get("organisations") or ()), message.received_at)
    case = await case_of_referral(session, message.correlation_key, side)
    if case is None or case.status != "running":
        return None
    taken = await taking_back(session, await standing_of(session, case))
    if isinstance(taken, str):
        return Target(case.case_id, message.correlation_key, refused=taken)
    waits = await waiting_in(session, taken.case_id, taken.message)
    own = next(each.correlation_key for each in waits if each.case_id == taken.case_id)
    return Target(taken.case_id, own, taken_back=taken)


async def _within(session: AsyncSession, message: Message, case_id: str) -> Sequence[Target]:
    """A case and what it has called; taken back is the one case alone: what it called has numbers of its own."""
    inside = await waiting_in(session, case_id, message.name)
    waits = [each for each in inside if message.name not in TAKES_BACK or each.case_id == case_id]
    return [Target(w.case_id, w.correlation_key) for w in waits] or [Target(case_id, message.correlation_key)]


async def _keys(session: AsyncSession, message: Message) -> tuple[str, ...]:
    """The message's own key first; when it is a patient, also the ids that were merged with it."""
    same = await same_patient(session, message.correlation_key)
    return tuple(dict.fromkeys((message.correlation_key, *same)))


async def _waiting(session: AsyncSession, message: Message, keys: Sequence[str]) -> Sequence[Target]:
    """Who waits, each told by the key that it waits for."""
    carried = await _carried_keys(session, message)
    found: dict[str, Target] = {}
    for key in keys:
        for case_id in await waiting_cases(session, message.name, key, *carried):
            found.setdefault(case_id, Target(case_id, key))
    return list(found.values())


async def _carried_keys(session: AsyncSession, message: Message) -> tuple[str, ...]:
    variables = message.payload.get("variables", {})
    keyed = await _keyed(session, message.name)
    keys = (key_in(trigger, variables, message.received_at) for trigger in keyed)
    return tuple(dict.fromkeys(key for key in keys if key))


async def _keyed(session: AsyncSession, name: str) -> list[MessageTrigger]:
    """The triggers of the waiting cases' versions that read the key of this message out of it."""
    listened = [await listening(session, sha256) for sha256 in await versions_waiting(session, name)]
    return [trigger for each in listened for trigger in each.keyed if trigger.name == name]


async def _about_to_wait(
    session: AsyncSession, message: Message, keys: Sequence[str], waiting: Collection[str]
) -> Sequence[Target]:
    """Who else is known by a key: a called case may come to its wait a moment after its caller's is served."""
    known = await _known(session, keys)
    return [
        Target(case_id, key, soon=True)
        for case_id, key in known.items()
        if case_id not in waiting and case_id != message.source
    ]


async def _known(session: AsyncSession, keys: Sequence[str]) -> dict[str, str]:
    return {case_id: key for key in reversed(keys) for case_id in await running_cases(session, key)}


async def _known_or_begun(session: AsyncSession, message: Message, keys: Sequence[str]) -> Sequence[Target]:
    """Who throws a message does not keep it when it begins another case."""
    known = await _known(session, keys)
    if all(_family(case_id) == _family(message.source) for case_id in known):
        begun = await _begun(session, message)
        if begun is not None:
            return [begun]
    return [Target(case_id, key) for case_id, key in known.items()]


def _family(case_id: str) -> str:
    """The case that began it all."""
    return case_id.partition("/")[0]


async def _begun(session: AsyncSession, message: Message) -> Target | None:
    """The case that the message begins, in the first process that starts with it; a referral has doors of its own."""
    if message.name == REFERRAL_REQUESTED:
        return None
    found = await beginnings(session, "message", message.name)
    return Target(found[0].case_id(message.message_id), message.correlation_key, found[0]) if found else None
