"""Where does a case's definition come from? From the library of published versions, by sha256."""

from collections.abc import Callable

from temporalio import activity
from temporalio.exceptions import ApplicationError

from pathways import codec
from pathways.bpmn.model import Definition
from records.database import Database
from records.queries.library import definition_by_sha256
from workflows.contract import names


class Definitions:
    """The published definitions. `decoded`: those that this process runs; what is published never changes.

    So a case begins a fresh history also while the database is away, and after a restart of the worker.
    """

    def __init__(self, database: Database, decoded: Callable[[str], Definition | None] = lambda _: None) -> None:
        self._database = database
        self._decoded = decoded

    @activity.defn(name=names.LOAD_DEFINITION)
    async def load_definition(self, sha256: str) -> str:
        """Give the JSON of the definition with this sha256.

        Raises:
            ApplicationError: no such definition is published; trying again would not help.
        """
        if (decoded := self._decoded(sha256)) is not None:
            return codec.dump(decoded).decode()
        async with self._database.reader() as session:
            published = await definition_by_sha256(session, sha256)
        if published is None:
            raise ApplicationError(
                f"No published definition has sha256 {sha256}: publish the pathway.",
                type=names.UNKNOWN_DEFINITION,
                non_retryable=True,
            )
        return published.definition
