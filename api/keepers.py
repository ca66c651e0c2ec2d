"""How do cases give up a message with which a person deals? Else they might take it as well, later or just then.

Whoever keeps it is known by its key. They answer when all that they did before is in the read model: what one of
them has taken meanwhile is then read as delivered.
"""

import hashlib

from sqlmodel.ext.asyncio.session import AsyncSession

from api.post import Post
from records.queries.patients import same_patient
from records.queries.routing import running_cases
from records.tables import Message
from workflows.contract.requests import GiveUpMessage
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseNotFound


async def keepers(session: AsyncSession, message: Message) -> list[str]:
    """Give the running cases that may keep a message; none when it never came to a case."""
    if message.case_id is None:
        return []
    keys = (message.correlation_key, *await same_patient(session, message.correlation_key))
    known = [case_id for key in keys for case_id in await running_cases(session, key)]
    return list(dict.fromkeys((message.case_id, *known)))


async def give_up(post: Post, case_id: str, message_id: str, reason: str, *, actor: str) -> None:
    """Let a case keep a message no longer; one that does not keep it, or has ended, takes it no more anyway.

    Raises:
        GatewayError: the case did not answer; asking again is safe.
    """
    update_id = hashlib.sha256(f"give up\x00{message_id}".encode()).hexdigest()
    try:
        await post.gateway.send(case_id, GiveUpMessage(message_id, reason, actor), update_id)
    except CaseNotFound:
        return
    except EventRejected as refusal:
        if refusal.code != "not-running":
            raise
