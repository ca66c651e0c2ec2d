"""Which messages are still to be delivered? What a dead call has left, and what somebody waits for by now."""

import random
from collections.abc import Sequence
from functools import partial

import structlog

from api.addressing import names_with_carried_keys
from api.beginning import beginning_messages
from api.delivery import UNDER_WAY, route
from api.post import Post
from api.turns import finish_left
from records.queries.routing import deliverable, unmatched_named
from records.writes.messages import claim_message, note_expired, note_orphaned
from workflows.host.gateway import GatewayError

logger = structlog.get_logger(__name__)
MOST_KEYS = 1_000
"""Names and keys whose messages one sweep brings."""


async def finish_deliveries(post: Post) -> int:
    """Deliver what a dead call has left, and what somebody waits for by now; give the number delivered.

    What is over is noted as expired, and what a case kept until its end is for others. A few messages are brought at
    the same time; those of one name and key one after another, as they came. Of very many some are, each time others:
    what no try brings to a case, such as what another organisation sends under our numbers, stands before nothing.
    """
    now = post.clock()
    async with post.database.session() as session:
        await note_expired(session, now=now)
        await note_orphaned(session)
        by_name = await beginning_messages(session) | await names_with_carried_keys(session)
        found = await deliverable(session, died_before=now - UNDER_WAY)
        further = await unmatched_named(session, by_name)
    by_key: dict[tuple[str, str], list[str]] = {}
    for message_id, name, key in dict.fromkeys((*found, *further)):
        by_key.setdefault((name, key), []).append(message_id)
    some = random.sample(list(by_key.values()), min(len(by_key), MOST_KEYS))
    return await finish_left([partial(_delivered_in_order, post, ids) for ids in some])


async def _delivered_in_order(post: Post, message_ids: Sequence[str]) -> int:
    """Deliver messages of one name and key; give how many were.

    Raises:
        GatewayError: no case answered to any of them.
    """
    answers = [await _delivered(post, message_id) for message_id in message_ids]
    silent = [answer for answer in answers if isinstance(answer, GatewayError)]
    if len(silent) == len(answers):
        raise silent[0]
    return sum(answer is True for answer in answers)


async def _delivered(post: Post, message_id: str) -> bool | GatewayError:
    now = post.clock()
    async with post.database.session() as session:
        claimed = await claim_message(
            session, message_id, "received", "unmatched", "buffered", now=now, died_before=now - UNDER_WAY
        )
    if claimed is None:
        return False
    try:
        return (await route(post, claimed)).status in ("delivered", "buffered")
    except GatewayError as error:
        logger.warning("a message could not be delivered yet", message=claimed.name, error=str(error))
        return error
