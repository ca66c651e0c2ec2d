"""Where does a case's definition come from? From the library of published versions, by sha256."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from records.database import Database
from records.queries.library import definition_by_sha256
from workflows.contract import names

_KEPT = 64
"""How many definitions a worker keeps at hand: what is published under a sha256 never changes."""


class Definitions:
    """The published definitions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, str] = {}

    @activity.defn(name=names.LOAD_DEFINITION)
    async def load_definition(self, sha256: str) -> str:
        """Give the JSON of the definition with this sha256.

        Raises:
            ApplicationError: no such definition is published; trying again would not help.
        """
        if sha256 in self._known:
            return self._known[sha256]
        async with self._database.reader() as session:
            published = await definition_by_sha256(session, sha256)
        if published is None:
            raise ApplicationError(
                f"No published definition has sha256 {sha256}: publish the pathway.",
                type=names.UNKNOWN_DEFINITION,
                non_retryable=True,
            )
        while len(self._known) >= _KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[sha256] = published.definition
        return published.definition
