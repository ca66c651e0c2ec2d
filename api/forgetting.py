"""How long is the same change answered as before? As many days as the installation keeps answers; then it is new.

What is forgotten here is the answer, with all that it showed. Disclosures, hand-offs and attempts to deliver stay.
"""

from datetime import timedelta

from api.surroundings import Surroundings
from records.writes.idempotency import forget


async def forget_answers(here: Surroundings) -> int:
    """Remove some of the answers that were kept long enough; give their number."""
    before = here.clock() - timedelta(days=here.settings.answer_days)
    async with here.database.session() as session:
        return await forget(session, before=before)
