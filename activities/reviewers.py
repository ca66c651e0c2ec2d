"""Who reviews that somebody broke the glass? The first of these whom the directory names under `roles`.

1. the privacy officer of the organisation whose case it is,
2. its administrator,
3. the privacy officer of the network: of the installation's own organisation or, when that has none, of the first one
   named.

Where nobody is named at all, the installation's own is asked, and `pathways check --directory` says so. A directory
without `roles` says nothing of whose people do what: then every organisation is taken to have a privacy officer.
"""

from dataclasses import dataclass

from activities.directory import Directory

OFFICER, ADMIN = "privacy_officer", "admin"
WHY = {
    ADMIN: "The directory names no privacy officer of the organisation whose case it is: its administrator reviews.",
    OFFICER: "The directory names neither a privacy officer nor an administrator of the organisation whose case it is: "
    "the privacy officer of the network reviews. Ask that organisation for the audit of the case.",
}


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who reviews. `role` of `organisation`, as the directory calls it; `named`: the directory says that there is one.

    `why`: in words, when it is somebody else than usual.
    """

    role: str
    organisation: str
    named: bool = True
    why: str = ""


def reviewer(directory: Directory, organisation: str) -> Reviewer:
    """Give who reviews that the glass of a case of this organisation was broken."""
    officers, admins = (directory.roles.get(role, ()) for role in (OFFICER, ADMIN))
    if not directory.roles or organisation in officers:
        return Reviewer(OFFICER, organisation)
    if organisation in admins:
        return Reviewer(ADMIN, organisation, why=WHY[ADMIN])
    own = directory.organisation
    network = own if own in officers or not officers else officers[0]
    return Reviewer(OFFICER, network, bool(officers), "" if network == organisation else WHY[OFFICER])
