"""For which organisation was somebody here last? Noted when their token is seen, for whoever asks in their absence.

At most once an hour, or when it is another organisation than before: reading stays reading.
"""

from datetime import timedelta

from api.claims import Person
from api.surroundings import Surroundings
from records.writes.people import note_seen

AGAIN = timedelta(hours=1)


async def note_here(here: Surroundings, me: Person) -> None:
    """Note that somebody is here for an organisation, unless this process has done so within the hour."""
    now, known = here.clock(), here.seen.get(me.id)
    if known is not None and known[0] == me.organisation and now - known[1] < AGAIN:
        return
    async with here.database.session() as session:
        await note_seen(session, me.id, me.organisation, now=now)
    here.seen[me.id] = (me.organisation, now)
