"""When could several services see one patient? By what is known here: hours, holidays, absences, what is booked.

No clinic's diary is asked; the answer says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from activities.directory import Directory, Service
from activities.presence import ALWAYS, present
from api.absences import Covering
from api.shapes.joint_times import JointDay, ServiceTimes, TimeWindow, VisitAt
from api.windows import Window, at_least, common, cut, in_turn
from pathways.bpmn.model import WorkingCalendar
from pathways.calendar import hours_of, is_working_day
from pathways.ladders import library_calendars
from records.tables import Absence


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for. `visits`: when the patient is elsewhere, for so long as `stay`; `way`: there and back."""

    within: Window
    length: timedelta
    stay: timedelta
    way: timedelta
    visits: Sequence[datetime] = ()
    absences: Sequence[Absence] = ()

    @property
    def taken(self) -> list[Window]:
        """The times in which the patient is at a visit that is booked, or on the way."""
        return [Window(at - self.way, at + self.stay + self.way) for at in self.visits]


@dataclass(frozen=True, slots=True)
class Found:
    """Which services could see the patient, and on which days all of them."""

    services: list[ServiceTimes]
    days: list[JointDay]


def joint_times(directory: Directory, service_ids: Sequence[str], sought: Sought) -> Found:
    """Give when all of these services of the directory could see the patient, by day of the site."""
    away = {each: nobody_there(directory, each, sought) for each in service_ids}
    free = {each: cut(_open(directory, each, sought.within), [*away[each], *sought.taken]) for each in service_ids}
    free = {each: at_least(windows, sought.length) for each, windows in free.items()}
    zone = ZoneInfo(library_calendars()[directory.visits.hours].zone)
    services = [_service(directory, each, away[each], free[each]) for each in service_ids]
    return Found(services, [*_days(free, sought, zone)])


def _days(free: Mapping[str, Sequence[Window]], sought: Sought, zone: ZoneInfo) -> Iterator[JointDay]:
    together, by_day = defaultdict[date, list[Window]](list), defaultdict[date, dict[str, list[Window]]](dict)
    for each in at_least(common([*free.values()]), sought.length):
        together[_day(each, zone)].append(each)
    for name, windows in free.items():
        for each in windows:
            by_day[_day(each, zone)].setdefault(name, []).append(each)
    for day in sorted(by_day):
        whole = by_day[day] if len(by_day[day]) == len(free) else {}
        one_by_one = in_turn(whole, length=sought.length, way=sought.way) if whole else None
        if together[day] or one_by_one:
            visits = [VisitAt(service=name, since=at.since, until=at.until) for name, at in one_by_one or ()]
            yield JointDay(date=day, together=_shown(together[day]), in_turn=visits)


def _day(window: Window, zone: ZoneInfo) -> date:
    return window.since.astimezone(zone).date()


def _open(directory: Directory, service_id: str, within: Window) -> list[Window]:
    """The hours of a service; of one without hours of its own, those in which the site sees patients."""
    calendar = library_calendars()[_hours(directory, directory.service(service_id))]
    opened = (Window(*hours_of(day, calendar)) for day in _working_days(within, calendar))
    return common([list(opened), [within]])


def _hours(directory: Directory, service: Service) -> str:
    return directory.visits.hours if service.hours == ALWAYS else service.hours


def _working_days(within: Window, calendar: WorkingCalendar) -> Iterator[date]:
    zone = ZoneInfo(calendar.zone)
    first, last = within.since.astimezone(zone).date(), within.until.astimezone(zone).date()
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return (day for day in days if is_working_day(day, calendar))


def nobody_there(directory: Directory, service_id: str, sought: Sought) -> list[Window]:
    """Give when a service is without its contact, deputy and cover; of one that names nobody, that is not known."""
    service, within = directory.service(service_id), sought.within
    if not (service.named_contact or service.deputy):
        return []
    turns = {at for each in sought.absences for at in (each.since, each.until) if within.since < at < within.until}
    edges = sorted({within.since, within.until, *turns})
    parts = [Window(*each) for each in pairwise(edges)]
    return _joined(part for part in parts if not _there(directory, service_id, _absent(sought.absences, part)))


def _absent(absences: Iterable[Absence], part: Window) -> dict[str, Absence]:
    return {each.person: each for each in absences if each.since <= part.since and each.until >= part.until}


def _there(directory: Directory, service_id: str, absent: Mapping[str, Absence]) -> bool:
    contact = directory.service(service_id).named_contact
    covered = Covering(directory, absent).cover_of(contact) if contact else ""
    return bool(present(directory, service_id, absent=absent).person or covered)


def _joined(parts: Iterable[Window]) -> list[Window]:
    """Windows of which each begins where one ends are one."""
    found = list[Window]()
    for each in parts:
        if found and found[-1].until == each.since:
            found[-1] = Window(found[-1].since, each.until)
        else:
            found.append(each)
    return found


def _service(directory: Directory, service_id: str, away: Sequence[Window], free: Sequence[Window]) -> ServiceTimes:
    service = directory.service(service_id)
    return ServiceTimes(
        id=service_id,
        name=service.name,
        hours=_hours(directory, service),
        nobody_there=_shown(away),
        any_time=bool(free),
    )


def _shown(windows: Iterable[Window]) -> list[TimeWindow]:
    return [TimeWindow(since=each.since, until=each.until) for each in windows]
