"""Whom does a directory leave without a deputy, and which role without people? Asked by `pathways check`."""

import re
from collections.abc import Iterable, Iterator

from activities.directory import Directory
from pathways.bpmn.findings import Finding
from pathways.bpmn.model import Definition

_QUOTED = re.compile(r'"([^"]*)"')
PATIENTS = frozenset({"patient", "carer"})


def gaps(directory: Directory, file: str, definitions: Iterable[Definition] = ()) -> list[Finding]:
    """Give a warning for each service without a named contact or a deputy, and each role that nobody does.

    `definitions`: whose user tasks name the roles; none are asked for while the directory has no `roles`.
    """
    return [*_services(directory, file), *(_roles(directory, file, definitions) if directory.roles else ())]


def _services(directory: Directory, file: str) -> Iterator[Finding]:
    for name, service in directory.services.items():
        if not service.named_contact:
            yield _finding("service-without-contact", file, name, f"The service '{name}' has no named contact.")
        if not service.deputy:
            yield _finding("service-without-deputy", file, name, f"The service '{name}' has no deputy.")
        elif service.deputy == service.named_contact:
            message = f"The deputy of the service '{name}' is its named contact: nobody is there when they are away."
            yield _finding("service-without-deputy", file, name, message)


def _roles(directory: Directory, file: str, definitions: Iterable[Definition]) -> Iterator[Finding]:
    wanted = {role: definition.key for definition in definitions for role in _asked(definition)}
    for role, pathway in sorted(wanted.items()):
        if role not in directory.roles and role not in PATIENTS:
            message = f"No organisation has people for the role '{role}', to which '{pathway}' offers a task."
            yield _finding("role-without-people", file, role, message)


def _asked(definition: Definition) -> Iterator[str]:
    for node in definition.nodes.values():
        if node.user and node.user.candidate_groups:
            for text in _QUOTED.findall(node.user.candidate_groups):
                yield from (role.strip() for role in text.split(",") if role.strip())


def _finding(rule: str, file: str, element: str, message: str) -> Finding:
    remedies = {"role-without-people": "Name one under `roles` of the directory."}
    remedy = remedies.get(rule, "Name a person in the directory, somebody else for each.")
    return Finding(rule, "warning", file, 0, element, message, remedy)
