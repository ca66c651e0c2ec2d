"""What falls with a step that the patient declines? Task type `step.take_back`: what the key worker has chosen, once.

Inputs: `falls`, the keys of open steps of the case; `all_begun`, whether all that its caller has begun as cases of
their own stops with it, but those whose keys stand in `goes_on`; `cancel_reason`, what those who hear of it read.
Header `answered_in`: the user task whose person has chosen. Results, each a list of titles: `taken_back`,
`asked_to_stop` (in progress: whoever does it answers), `not_taken_back` (it had ended or moved on), `left_going`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from temporalio import activity

from records.database import Database
from records.queries.task import done_in
from workflows.contract.requests import Work, WorkResult

DECLINED = "declined by patient"


@dataclass(frozen=True, slots=True)
class Falling:
    """What is to be stopped: open steps by their keys, and, with `all_begun`, what was begun and does not go on."""

    keys: tuple[str, ...] = ()
    all_begun: bool = False
    goes_on: tuple[str, ...] = ()
    reason: str = DECLINED


TakeBack = Callable[[str, Falling, str, str], Awaitable[Sequence[tuple[str, str]]]]
"""Stop open steps of a case, once for a request and in somebody's name: title, and what came of it."""

LISTS = {
    "cancelled": "taken_back",
    "left_out": "taken_back",
    "asked": "asked_to_stop",
    "missed": "not_taken_back",
    "kept": "left_going",
}


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
        told = await self._take_back(work.case_id, falling(work), work.idempotency_key, actor or f"case:{work.case_id}")
        found: dict[str, list[str]] = {name: [] for name in LISTS.values()}
        for title, became in told:
            found[LISTS[became]].append(title)
        return WorkResult(found)


def falling(work: Work) -> Falling:
    """Read what is to be stopped from the inputs of a step."""
    keys, goes_on = (tuple(str(each) for each in work.variables.get(name) or ()) for name in ("falls", "goes_on"))
    reason = str(work.variables.get("cancel_reason") or DECLINED)
    return Falling(keys, work.variables.get("all_begun") is True, goes_on, reason)
