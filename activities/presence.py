"""Who of a service is there now? Its named contact, else the deputy, else whoever of a service that covers it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from activities.directory import Directory, Service
from pathways.calendar import is_working_day
from pathways.ladders import library_calendars

ALWAYS = "always"
Standing = Literal["named_contact", "deputy", "cover", "nobody"]


@dataclass(frozen=True, slots=True)
class Present:
    """Whom to speak to. `stands`: as what; `service`: of which service, another one when that one covers."""

    person: str
    stands: Standing
    service: str


def present(directory: Directory, service_id: str, *, absent: Collection[str]) -> Present:
    """Give whom to speak to at a service when these people are away."""
    own = _of(directory.service(service_id), absent)
    if own is not None:
        return Present(own[0], own[1], service_id)
    for other_id, other in directory.services.items():
        found = _of(other, absent) if service_id in other.covers and other_id != service_id else None
        if found is not None:
            return Present(found[0], "cover", other_id)
    return Present("", "nobody", service_id)


def _of(service: Service, absent: Collection[str]) -> tuple[str, Standing] | None:
    if service.named_contact and service.named_contact not in absent:
        return service.named_contact, "named_contact"
    if service.deputy and service.deputy not in absent:
        return service.deputy, "deputy"
    return None


def deputies_of(directory: Directory, person: str) -> tuple[str, ...]:
    """Give who stands in for a person at the services whose named contact they are."""
    services = directory.services.values()
    return tuple(dict.fromkeys(each.deputy for each in services if each.named_contact == person and each.deputy))


def is_open(service: Service, at: datetime) -> bool:
    """Say whether a service works at `at`, by its calendar.

    Raises:
        KeyError: its calendar is not one of the library.
    """
    if service.hours == ALWAYS:
        return True
    calendar = library_calendars()[service.hours]
    local = at.astimezone(ZoneInfo(calendar.zone))
    return is_working_day(local.date(), calendar) and calendar.opens <= f"{local:%H:%M}" < calendar.closes
