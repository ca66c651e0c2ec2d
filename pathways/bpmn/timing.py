"""Who is told while a step stays open, and when does working time pass? Ladders and calendars of a definition."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of an escalation ladder.

    `at` is an offset: `c+PT24H` from creation, `d-PT4H` from the due time, `c+50%` of the time from creation to due.
    `tell` names roles, or `assignee` for whoever holds the task. `begin`: the process that begins then as a case of its
    own, once. `flag`: what the case is marked as from then on.
    """

    at: str
    tell: tuple[str, ...]
    channel: tuple[str, ...] = ("inbox",)
    level: Literal["reminder", "breach", "escalation", "incident", "result", "contact", "phone_task"] = "reminder"
    actions: tuple[Literal["reassign_to_pool", "reassign_to_cover", "priority_stat"], ...] = ()
    begin: str = ""
    flag: Literal["", "uncontactable"] = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """An escalation ladder: what happens, and to whom it is told, while a step stays open."""

    name: str
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Working hours of a site, frozen into the definition so that replay is exact.

    `weekdays`: ISO numbers 1 (Monday) to 7; `opens`/`closes`: local "HH:MM"; `holidays`: ISO dates;
    `zone`: IANA name. `always` in a node means no calendar.
    """

    zone: str
    weekdays: tuple[int, ...]
    opens: str
    closes: str
    holidays: tuple[str, ...] = ()
