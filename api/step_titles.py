"""Which steps of a case may this person not know by name? Those about what consent or agreements keep from them.

A step is about the values that it writes, one in which a result is read also about those that it shows
(`policy/data_classes.py`). One that is about no value is kept back with the class `task_titles`. What is theirs to do
they know by name, but a result that was never sent to them. A called case goes as the step that has called it. Of what
is kept back they still read that it is there, since when and until when, of whom, and how it stands.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.access import names
from api.data_sight import classes_in_each, kept_back_in_each
from api.deps import Visit
from api.sides import working_roles
from policy.consent import outside_roles
from policy.data_classes import class_of
from policy.matrix import EVERYTHING, matrix
from records.queries.case import CaseDetail
from records.queries.cases import CaseLine
from records.queries.data_classes import declared_in_each, values_by_step
from records.queries.timeline import TimelineEntry, retold
from records.queries.trees import cases_of_trees, never_sent_in, requested_by, tasks_of_trees
from records.queries.worklist import WorklistItem
from records.tables import Case, OpenActivation, Task

UNNAMED = "A step you may not read"
"""Stands where a title would say what is kept from somebody."""

TITLES = "task_titles"


@dataclass(frozen=True, slots=True)
class Unnamed:
    """The steps that somebody may not know by name. `cases`: called by such a step; `steps`: case and element.

    `never`: by case that began it all, the classes of data that are kept from them.
    """

    cases: frozenset[str] = frozenset()
    steps: frozenset[tuple[str, str]] = frozenset()
    never: Mapping[str, frozenset[str]] | None = None

    def has(self, case_id: str, element: str) -> bool:
        """Say whether a step is one of them."""
        return case_id in self.cases or (case_id, element) in self.steps

    def within(self, case_id: str) -> str:
        """Give the innermost case that may be named: the id of a called one says which step has called it."""
        while case_id in self.cases:
            case_id = case_id.rpartition("/")[0]
        return case_id


async def unnamed_in(asked: Visit, roots: Collection[str]) -> Unnamed:
    """Give the steps that somebody may not know by name in these cases that began it all, and in what they called."""
    if not roots:
        return Unnamed()
    never = await kept_back_in_each(asked, roots)
    limited = [root for root in roots if never[root]]
    unsent = await _never_sent(asked, roots)
    if not limited and not unsent:
        return Unnamed()
    async with asked.here.database.reader() as session:
        cases = await cases_of_trees(session, limited)
        said = await declared_in_each(session, [case.case_id for case in cases])
        about = {case.case_id: await values_by_step(session, case.sha256) for case in cases}
        tasks = await tasks_of_trees(session, limited)
    own = {_step(task) for task in tasks if _is_theirs(asked, task)}
    kept = {
        (case.case_id, element)
        for case in cases
        for element, values in about[case.case_id].items()
        if _is_kept(values, said[case.case_id], never[case.root_case_id])
    }
    steps = frozenset((kept - own) | {_step(task) for task in unsent})
    return Unnamed(_called_by(steps, cases), steps, never)


def _is_kept(values: Collection[str], said: Mapping[str, str], never: Collection[str]) -> bool:
    classes = {class_of(name, said) for name in values} or {TITLES}
    return not classes.isdisjoint(never)


def _called_by(steps: Collection[tuple[str, str]], cases: Sequence[Case]) -> frozenset[str]:
    """The cases that these steps have called, and all that those called; `cases`: callers first."""
    found = set[str]()
    for case in cases:
        caller = case.caller or ""
        if caller in found or (caller, (case.caller_activation or "").partition("#")[0]) in steps:
            found.add(case.case_id)
    return frozenset(found)


def _step(task: Task) -> tuple[str, str]:
    return task.case_id, task.element


def _is_theirs(asked: Visit, task: Task) -> bool:
    pool = not asked.me.roles.isdisjoint(task.groups)
    return pool or names(asked.me, task) or task.completed_by == asked.me.id


async def _never_sent(asked: Visit, roots: Collection[str]) -> tuple[Task, ...]:
    """The tasks for results that were withheld from them, or from whom the case was begun for, which they are of.

    Who oversees a task sees that it is there, and who reads the whole episode reads what was not sent, too.
    """
    if not asked.me.organisation or asked.here.access.oversees(asked.me):
        return ()
    whole, seen = matrix().expanded((EVERYTHING,)), await classes_in_each(asked, roots)
    unread = [root for root in roots if not whole <= seen[root]]
    roles = working_roles(asked.me)
    async with asked.here.database.reader() as session:
        begun = await requested_by(session, unread, asked.me.organisation)
        others = set(unread) - begun
        return (
            *await never_sent_in(session, begun, {*roles, *outside_roles()}),
            *await never_sent_in(session, others, roles),
        )


def without_titles(found: CaseDetail, unnamed: Unnamed) -> CaseDetail:
    """Give a case without what says which these steps are: they stay as waits of the case that may be named."""
    shown = [case for case in found.called if case.case_id not in unnamed.cases]
    open_there = {each.case_id for each in found.waits if unnamed.has(each.case_id, each.element)}
    open_there |= {each.case_id for each in found.incidents if unnamed.has(each.case_id, each.element)}
    return replace(
        found,
        case=_without_reason(found.case) if found.case.case_id in open_there else found.case,
        called=tuple(_without_reason(case) if case.case_id in open_there else case for case in shown),
        waits=tuple(wait_without_title(each, unnamed) for each in found.waits),
        tasks=tuple(each for each in found.tasks if not unnamed.has(each.case_id, each.element)),
        subscriptions=tuple(each for each in found.subscriptions if not unnamed.has(each.case_id, each.element)),
        incidents=tuple(each for each in found.incidents if not unnamed.has(each.case_id, each.element)),
    )


def _without_reason(case: Case) -> Case:
    """Why a case is stuck names its steps."""
    return Case(**{**case.model_dump(), "stuck_reason": f"{UNNAMED} has stopped"}) if case.stuck_reason else case


def wait_without_title(wait: OpenActivation, unnamed: Unnamed) -> OpenActivation:
    """Give a wait; of a step that may not be named its times, its state and of whom it is."""
    if not unnamed.has(wait.case_id, wait.element):
        return wait
    words = dict.fromkeys(("activation", "element", "scope", "waiting_for", "failure", "overdue"), "")
    kept: dict[str, Any] = wait.model_dump() | words
    return OpenActivation(**{**kept, "title": UNNAMED, "case_id": unnamed.within(wait.case_id)})


def line_without_title(line: CaseLine, unnamed: Unnamed) -> CaseLine:
    """Give a case in one line; what it waits for next by name only where that may be named."""
    return replace(line, waiting=wait_without_title(line.waiting, unnamed)) if line.waiting else line


async def items_without_titles(asked: Visit, items: Sequence[WorklistItem]) -> list[WorklistItem]:
    """Give a worklist; who oversees lists tasks, too, that are not theirs to do."""
    others = {each.task.root_case_id for each in items if not _is_theirs(asked, each.task)}
    unnamed = await unnamed_in(asked, others)
    return [replace(each, task=task_without_title(each.task, unnamed)) for each in items]


async def without_title(asked: Visit, task: Task) -> Task:
    """Give a task to who only sees that it is there."""
    return task_without_title(task, await unnamed_in(asked, (task.root_case_id,)))


def task_without_title(task: Task, unnamed: Unnamed) -> Task:
    """Give a task of a worklist; one that may not be named keeps its id, by which whoever oversees hands it on."""
    if not unnamed.has(task.case_id, task.element):
        return task
    return Task(**{**task.model_dump(), "title": UNNAMED, "element": "", "form_id": ""})


def entries_without_titles(entries: Sequence[TimelineEntry], unnamed: Unnamed) -> list[TimelineEntry]:
    """Give a timeline; of what may not be named when it was, what became of it and by whom."""
    return [_entry(each, unnamed) for each in entries]


def _entry(entry: TimelineEntry, unnamed: Unnamed) -> TimelineEntry:
    elements = (entry.element, str(entry.detail.get("element", "")))
    if not any(unnamed.has(entry.case_id, each) for each in elements) and not _is_of_kept_variable(entry, unnamed):
        return entry
    told, at = retold(entry, UNNAMED), unnamed.within(entry.case_id)
    return told if at == entry.case_id else replace(told, case_id=at, seq=0)


def _is_of_kept_variable(entry: TimelineEntry, unnamed: Unnamed) -> bool:
    never = (unnamed.never or {}).get(entry.case_id.partition("/")[0], frozenset())
    return entry.fact == "variable_set" and class_of(str(entry.detail.get("name", ""))) in never
