"""What does an administrator see of a case in the Temporal UI? Search attributes and details, no patient data."""

from datetime import datetime
from functools import cache
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from pathways.bpmn.model import Definition
from workflows.contract import names
from workflows.contract.requests import URGENT, StartCase
from workflows.contract.urgency import urgency_of
from workflows.engine.state import State
from workflows.host.public import PublicText
from workflows.host.waits import Wait, waits_of

MOST_ROWS = 50
"""Waits that the details show: they hold 20,000 bytes."""

LIST_BYTES = 1_800
"""Bytes of a keyword list with room for its punctuation: the server refuses 2 KB, and with it the workflow task."""

_CELL = 120

Value = str | int | bool | datetime | list[str] | None


class Shown:
    """What Temporal shows of one case. `waits`: what the case waited for when it was shown last."""

    def __init__(self) -> None:
        self.waits: tuple[Wait, ...] = ()
        self._values: dict[str, Value] = {}

    def show(self, definition: Definition, case: StartCase, state: State, *, turns: int) -> None:
        """Show how the case stands. `turns`: errands that wait their turn."""
        self.waits = waits_of(definition, state, host=case.host)
        values = search_values(definition, case, state, self.waits)
        updates = changes(self._values, values)
        if updates:
            workflow.upsert_search_attributes(updates)
            self._values = values
        turn = f"\n\n{turns} more wait their turn." if turns else ""
        workflow.set_current_details(PublicText(details(case, state, self.waits) + turn))


@cache
def search_key(name: str) -> SearchAttributeKey[Any]:
    """Give the typed key of one of our search attributes."""
    if name in names.SEARCH_KEYWORDS:
        return SearchAttributeKey.for_keyword(name)
    if name in names.SEARCH_KEYWORD_LISTS:
        return SearchAttributeKey.for_keyword_list(name)
    if name in names.SEARCH_DATETIMES:
        return SearchAttributeKey.for_datetime(name)
    if name in names.SEARCH_INTS:
        return SearchAttributeKey.for_int(name)
    return SearchAttributeKey.for_bool(name)


SEARCH_ATTRIBUTES = (
    *names.SEARCH_KEYWORDS,
    *names.SEARCH_KEYWORD_LISTS,
    *names.SEARCH_DATETIMES,
    *names.SEARCH_INTS,
    *names.SEARCH_BOOLS,
)


def search_values(
    definition: Definition, case: StartCase, state: State, open_waits: tuple[Wait, ...]
) -> dict[str, Value]:
    """Give the value of every search attribute; None when a case that waits for nothing has none."""
    first = open_waits[0] if open_waits else None
    level = max((wait.level for wait in open_waits), default=0)
    incident = bool(state.incidents)
    return {
        "PathwayKey": definition.key,
        "PathwayVersion": definition.version_tag or definition.sha256[:12],
        "CaseState": state.status,
        "Urgency": urgency_of(case.urgency, state.variables) if case.host >= URGENT else case.urgency,
        "WaitingFor": _listed("WaitingFor", [what for wait in open_waits for what in wait.what]),
        "WaitingRole": _listed("WaitingRole", [role for wait in open_waits for role in wait.roles]),
        "WaitingSince": min((wait.since for wait in open_waits), default=None),
        "DueAt": first.due_at if first else None,
        "EscalationLevel": level,
        "Stuck": incident or bool(state.trouble) or any(wait.stuck for wait in open_waits),
        "StuckReason": _stuck_reason(state, open_waits),
        "Incident": incident,
    }


def _stuck_reason(state: State, open_waits: tuple[Wait, ...]) -> str | None:
    """Say what is stuck: the kind of an incident, the step that is late, what the watchdog found. No text of a case."""
    kinds = {incident.activation: incident.kind for incident in state.incidents.values()}
    for wait in open_waits:
        if wait.incident:
            return f"{kinds[wait.activation]}: {wait.element}"
    if kinds:
        return f"{next(iter(kinds.values()))}: {state.process}"
    late = next((f"overdue: {wait.element}" for wait in open_waits if wait.stuck), None)
    return late or state.trouble[:_CELL] or None


def changes(before: dict[str, Value], after: dict[str, Value]) -> list[SearchAttributeUpdate[Any]]:
    """Give the updates that lead from one set of values to the next; an empty list costs no history."""
    return [_update(name, value) for name, value in after.items() if before.get(name) != value]


def details(case: StartCase, state: State, open_waits: tuple[Wait, ...]) -> PublicText:
    """Write the current details as Markdown: what the case waits for, whom, since, due, and where to look."""
    lines = [f"**{state.status}**" + (f" — [open the case]({case.case_page})" if case.case_page else "")]
    if open_waits:
        lines += ["", "| waiting for | whom | since | due | |", "|---|---|---|---|---|"]
        lines += [_row(wait) for wait in open_waits[:MOST_ROWS]]
    if len(open_waits) > MOST_ROWS:
        lines += ["", f"and {len(open_waits) - MOST_ROWS} more waits"]
    return PublicText("\n".join(lines))


def _row(wait: Wait) -> str:
    mark = _mark(wait)
    whom = ", ".join(wait.roles)
    cells = (_cell(wait.title), _cell(whom), _time(wait.since), _time(wait.due_at), mark)
    return f"| {' | '.join(cells)} |"


def _mark(wait: Wait) -> str:
    if wait.incident:
        return "incident"
    if wait.stopped:
        return "clock stopped"
    return "overdue" if wait.stuck else ("escalated" if wait.level else "")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())[:_CELL]


def _time(moment: datetime | None) -> str:
    return f"{moment.isoformat(' ', 'minutes')[:16]} UTC" if moment else ""


def _listed(name: str, values: list[str]) -> Value:
    """Give to a keyword list as many values as fit, the most pressing ones; to a plain keyword the most pressing."""
    if name in names.SEARCH_KEYWORD_LISTS:
        return _fitting(list(dict.fromkeys(values)))
    return values[0] if values else None


def _fitting(values: list[str]) -> list[str]:
    room = LIST_BYTES
    for number, value in enumerate(values):
        room -= len(value.encode()) + 4
        if room < 0:
            return values[:number]
    return values


def _update(name: str, value: Value) -> SearchAttributeUpdate[Any]:
    key = search_key(name)
    return key.value_unset() if value is None or value == [] else key.value_set(value)
