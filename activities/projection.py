"""How do the facts of a case reach the read model? One batch, one transaction, safe to repeat."""

from collections.abc import Callable

from temporalio import activity

from records.database import Database
from records.projection import project
from records.projection.recent import RecentCases
from workflows.contract import names
from workflows.contract.requests import CaseFacts


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
        async with self._database.session() as session:
            await project(session, batch, self._recent)
        if self._projected is not None:
            self._projected(batch)
