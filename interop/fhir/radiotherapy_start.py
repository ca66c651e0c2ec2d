"""When does the planned radiotherapy start?

Three places are read, in this order: Task.input of the referral (coded or named `rt_start_date`), a planned
radiotherapy activity of a CarePlan, and a booked radiotherapy Appointment.
"""

from collections.abc import Iterator
from datetime import date

from interop.fhir.bindings import APPOINTMENT_STATUS, CARE_PLAN_ACTIVITY_STATUS
from interop.fhir.elements import codeable_concept, concepts
from interop.fhir.resources import Resources
from interop.node import Node
from interop.radiotherapy import is_radiotherapy

INPUT = "rt_start_date"
ENDED = ("completed", "cancelled", "stopped", "entered-in-error", "fulfilled", "noshow")


def read_rt_start(resources: Resources, task: Node | None) -> date | None:
    """The first date found; a later, different one in another place stays unread and becomes a loss note."""
    found = (*_from_task(task), *_from_care_plans(resources), *_from_appointments(resources))
    dates = [(node, when) for node in found if (when := node.full_date()) is not None]
    for node, when in dates:
        if when != dates[0][1]:
            node.forget()
    return dates[0][1] if dates else None


def _from_task(task: Node | None) -> Iterator[Node]:
    for item in task.get("input").items() if task else ():
        kind = codeable_concept(item.get("type"))
        if kind is not None and INPUT in (kind.code, kind.text):
            yield from _present(item.get("valueDate"), item.get("valueDateTime"))


def _from_care_plans(resources: Resources) -> Iterator[Node]:
    for plan in resources.of_type("CarePlan"):
        for activity in plan.get("activity").items():
            detail = activity.get("detail")
            kind = codeable_concept(detail.get("code"))
            status = detail.get("status").choice(CARE_PLAN_ACTIVITY_STATUS, binding="CarePlanActivityStatus")
            start = detail.get("scheduledPeriod").get("start")
            if kind is not None and is_radiotherapy(kind) and status not in ENDED and _names_a_day(start):
                yield start
            else:
                activity.forget()


def _from_appointments(resources: Resources) -> Iterator[Node]:
    for appointment in resources.of_type("Appointment"):
        kinds = concepts(appointment.get("serviceType"))
        status = appointment.get("status").choice(APPOINTMENT_STATUS, binding="AppointmentStatus")
        if any(is_radiotherapy(kind) for kind in kinds) and status not in ENDED:
            yield from _present(appointment.get("start"))
        else:
            appointment.forget()


def _names_a_day(start: Node) -> bool:
    """A plan may name a month or year only, which is no date to work towards."""
    return len(start.text() or "") >= len("YYYY-MM-DD")


def _present(*nodes: Node) -> Iterator[Node]:
    return (node for node in nodes if node.present)
