"""What falls with a step that the patient declines? Task type `step.take_back`: what the key worker has chosen, once.

Input `falls`: the keys of open steps of the case. Header `answered_in`: the user task whose person has chosen. Results,
each a list of titles: `taken_back`, `asked_to_stop` (in progress: whoever does it answers), `not_taken_back` (it had
ended or moved on).
"""

from collections.abc import Awaitable, Callable, Sequence

from temporalio import activity

from records.database import Database
from records.queries.task import done_in
from workflows.contract.requests import Work, WorkResult

TakeBack = Callable[[str, Sequence[str], str, str], Awaitable[Sequence[tuple[str, str]]]]
"""Stop open steps of a case by their keys, once for a request and in somebody's name: title, and what came of it."""

LISTS = {"cancelled": "taken_back", "left_out": "taken_back", "asked": "asked_to_stop", "missed": "not_taken_back"}


class DeclinedSteps:
    """The way from a patient's no to what depends on it."""

    def __init__(self, database: Database, take_back: TakeBack) -> None:
        self._database = database
        self._take_back = take_back

    @activity.defn(name="step.take_back")
    async def take_back(self, work: Work) -> WorkResult:
        """Stop what was chosen, and give the titles of what was stopped, asked and missed."""
        async with self._database.reader() as session:
            actor = await done_in(session, work.case_id, work.headers.get("answered_in", ""))
        keys = [str(each) for each in work.variables.get("falls") or ()]
        told = await self._take_back(work.case_id, keys, work.idempotency_key, actor or f"case:{work.case_id}")
        found: dict[str, list[str]] = {name: [] for name in LISTS.values()}
        for title, became in told:
            found[LISTS[became]].append(title)
        return WorkResult(found)
