"""What is left behind by a process that dies when it has acted on an item of a batch, and before it has noted that?"""

from dataclasses import replace
from typing import Any

from api.batches import job_of
from api.batches_kinds import KINDS
from api.batches_running import run_batch, target_of
from records.writes.batches import LEASE, move_batch, take_turn
from tests.api.conftest import Office


async def acted_twice(office: Office, batch: dict[str, Any]) -> dict[str, Any]:
    """Let a process act on the first item of a planned batch and die, and another take the batch up; read it then."""
    here = office.here
    now = here.clock()
    async with here.database.session() as session:
        await move_batch(session, batch["id"], "resume", now=now)
        turn = await take_turn(session, batch["id"], holder="the dead", now=now, limit=1)
    assert turn is not None
    kind, item = KINDS[turn.batch.kind], turn.items[0]
    await kind.act(here, job_of(kind, turn.batch), target_of(item), item.update_id)
    await run_batch(replace(here, clock=lambda: here.clock() + LEASE), batch["id"])
    found: dict[str, Any] = await office.admin.read(batch["links"]["self"])
    return found
