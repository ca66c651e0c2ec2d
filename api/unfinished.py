"""Who sees to it that what died in between is in the audit? Every sweep of every API."""

from api.surroundings import Surroundings
from records.writes.unfinished import note_unfinished, note_unsure_items


async def finish_audit(here: Surroundings) -> int:
    """Note what was begun and never finished; give the number of rows."""
    now = here.clock()
    async with here.database.session() as session:
        return await note_unfinished(session, now=now) + await note_unsure_items(session, now=now)
