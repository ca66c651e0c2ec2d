"""To whom does a step speak? Roles and persons, from a header, a variable, or whoever asked; or a service."""

from temporalio.exceptions import ApplicationError

from activities.fhir_message import service_name
from workflows.contract.requests import Work

Recipient = tuple[str, str]
"""Kind (`role` or `person`) and name."""

PERSON, REQUESTER, COORDINATOR = "person:", "requester", "coordinator"
SERVICE = "service"


def recipients(work: Work, name: str) -> list[Recipient]:
    """Read the list `name` from the task's headers (comma separated), else from its variables (text or list).

    `person:` in front of a name means one person, anything else a role. Each is named once. `requester` is who asked
    for an order: the role in the variable `requester_role`, else the coordinator, for nobody has a role of that name.

    Raises:
        ApplicationError: nobody is named; the diagram must be corrected.
    """
    given = work.headers.get(name) or work.variables.get(name) or ()
    named = given.split(",") if isinstance(given, str) else [str(each) for each in given]
    found = [_recipient(each.strip(), work) for each in named if each.strip()]
    if not found:
        raise ApplicationError(
            f"Nobody is named: give the header or variable '{name}'.", type=f"no {name}", non_retryable=True
        )
    return list(dict.fromkeys(found))


def recipient_service(work: Work) -> str:
    """Give the service to which a step sends: its header `to`, or the one that the variable `service` names, or ''."""
    to = work.headers.get("to", SERVICE)
    return service_name(work.variables) if to == SERVICE else to


def _recipient(name: str, work: Work) -> Recipient:
    if name.startswith(PERSON):
        return "person", name.removeprefix(PERSON)
    if name != REQUESTER:
        return "role", name
    asked_by = work.variables.get("requester_role")
    return "role", asked_by if isinstance(asked_by, str) and asked_by else COORDINATOR
