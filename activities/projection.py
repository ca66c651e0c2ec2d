"""How do the facts of a case reach the read model? One batch, one transaction, safe to repeat."""

from collections.abc import Callable

from temporalio import activity

from records.database import Database, is_away
from records.projection import project
from records.projection.recent import RecentCases
from records.writes.trouble import set_trouble
from workflows.contract import names
from workflows.contract.requests import CaseFacts

TRIES = 5
"""After so many, some two seconds, it is no other's write that is in the way: the case is stuck."""


class Projection:
    """The read model, as the host writes it; `projected` hears of every batch that is in it."""

    def __init__(self, database: Database, projected: Callable[[CaseFacts], None] | None = None) -> None:
        self._database = database
        self._projected = projected
        self._recent = RecentCases()

    @activity.defn(name=names.PROJECT_FACTS)
    async def project_facts(self, batch: CaseFacts) -> None:
        """Write a batch of facts; facts that were written before change nothing.

        Raises:
            MissingFacts: an earlier batch is missing in the database; it must be rebuilt or restored.
        """
        try:
            async with self._database.session() as session:
                await project(session, batch, self._recent)
        except Exception as error:
            if activity.info().attempt >= TRIES and not is_away(error):
                await self._mark(batch.case.case_id, error)
            raise
        if self._projected is not None:
            self._projected(batch)

    async def _mark(self, case_id: str, error: Exception) -> None:
        """Mark the case as stuck at once; the watchdog looks at it from then on, and what it says of it stays."""
        reason = f"what it does cannot be put on record: {type(error).__name__}"
        async with self._database.session() as session:
            await set_trouble(session, case_id, reason, replacing=False)
