"""Whom does a directory leave without a deputy, and which role without people? Asked by `pathways check`.

A remark on an organisation without a privacy officer, whose reviews somebody else does, is no gap, and only told.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from activities.directory import Directory
from activities.reviewers import ADMIN, OFFICER, reviewer
from pathways.bpmn.findings import Finding
from pathways.bpmn.model import Definition

_QUOTED = re.compile(r'"([^"]*)"')
PATIENTS = frozenset({"patient", "carer"})
NO_OFFICER, NO_SPECIALIST = "organisation-without-privacy-officer", "specialty-without-people"
NOT_OURS = "address-of-others"


def gaps(directory: Directory, file: str, definitions: Iterable[Definition] = ()) -> list[Finding]:
    """Give a warning for each service without contact or deputy, role nobody does, specialty nobody has, lost address.

    `definitions`: whose user tasks name roles and specialties; no roles are asked for while the directory has none.
    """
    drawn = tuple(definitions)
    of_roles = [*_roles(directory, file, drawn), *_reviews(directory, file)] if directory.roles else []
    return [*_services(directory, file), *of_roles, *_specialties(directory, file, drawn), *_books(directory, file)]


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


def _specialties(directory: Directory, file: str, definitions: Iterable[Definition]) -> Iterator[Finding]:
    for definition in definitions:
        for node in definition.nodes.values():
            for name in filter(None, map(str.strip, node.properties.get("specialty", "").split(","))):
                if not directory.specialists(name):
                    message = f"Nobody has the specialty '{name}', which {node.title!r} of '{definition.key}' needs."
                    yield _finding(NO_SPECIALIST, file, name, message)


def _books(directory: Directory, file: str) -> Iterator[Finding]:
    """Addresses that nothing reaches: of ours, for a role that the directory says only others do."""
    for name, organisations in directory.roles.items():
        for book, found in (("mail", directory.mail.get(name)), ("pager", directory.pager.get(name))):
            if isinstance(found, str) and directory.organisation not in organisations:
                message = f"The {book} address of '{name}' is for our own people, and only others do that role."
                yield _finding(NOT_OURS, file, name, message)


def _reviews(directory: Directory, file: str) -> Iterator[Finding]:
    for name in filter(None, dict.fromkeys((directory.organisation, *directory.others))):
        found = reviewer(directory, name)
        if not found.named:
            message = f"No organisation has a privacy officer: nobody may review who breaks the glass of '{name}'."
            yield _finding(NO_OFFICER, file, name, message)
        elif (found.role, found.organisation) != (OFFICER, name):
            who = "its administrator" if found.role == ADMIN else f"the privacy officer of '{found.organisation}'"
            message = f"'{name}' has no privacy officer: {who} reviews who breaks the glass of its cases."
            yield replace(_finding(NO_OFFICER, file, name, message), severity="info")


def _asked(definition: Definition) -> Iterator[str]:
    for node in definition.nodes.values():
        if node.user and node.user.candidate_groups:
            for text in _QUOTED.findall(node.user.candidate_groups):
                yield from (role.strip() for role in text.split(",") if role.strip())


def _finding(rule: str, file: str, element: str, message: str) -> Finding:
    remedies = {
        "role-without-people": "Name one under `roles` of the directory.",
        NO_SPECIALIST: "Name somebody under `specialties` of the directory.",
        NOT_OURS: "Write whose it is: {organisation: address}.",
        NO_OFFICER: f"Name one under `roles: {OFFICER}` of the directory.",
    }
    remedy = remedies.get(rule, "Name a person in the directory, somebody else for each.")
    return Finding(rule, "warning", file, 0, element, message, remedy)
