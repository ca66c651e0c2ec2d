"""Who looks? The person, their organisation, and the roles in which they work or are a patient: what queries ask by."""

from collections.abc import Collection
from dataclasses import replace

from api.claims import Person
from api.deps import Visit
from api.directory import directory_of
from policy.matrix import matrix
from records.queries.access import Side


def side_of(asked: Visit, *, any_age: bool = False) -> Side:
    """Give who looks, for the queries: the person and their organisation, at this time, as agreements stand."""
    now = asked.here.clock()
    own = (asked.me.organisation,) if asked.me.organisation else ("", asked.here.settings.claims.home)
    sealed_too = asked.me.has_any(asked.here.access.wrong_patients)
    organisations = tuple(dict.fromkeys(own))
    requesters = tuple(sorted(asked.here.access.requesters))
    return Side(
        asked.me.id,
        organisations,
        now,
        any_age=any_age,
        sealed_too=sealed_too,
        requesters=requesters,
        own_roles=patient_roles(asked.me),
        agreed=directory_of(asked.here).agreed_services(asked.me.organisation, on=now.date()),
    )


def overseeing(asked: Visit, side: Side, roles: Collection[str]) -> Side:
    """Give who looks at the tasks of roles that they name: who oversees sees all of a role, whoever referred."""
    return replace(side, requesters=()) if roles and asked.here.access.oversees(asked.me) else side


def never_sent_to(asked: Visit) -> tuple[str, ...]:
    """Give the roles of who looks at tasks to whom a result may have been withheld: of another organisation, not ours.

    Who oversees a task sees that it is there.
    """
    if not asked.me.organisation or asked.here.access.oversees(asked.me):
        return ()
    return working_roles(asked.me)


def scope_of(asked: Visit) -> str:
    """Give what stands before the ids that another organisation gives its messages: they never meet those of others."""
    return f"{asked.me.organisation}|" if asked.me.organisation else ""


def working_roles(person: Person) -> tuple[str, ...]:
    """Give the roles in which somebody works: a patient's and a carer's lead to their own record only."""
    return tuple(sorted(person.roles.difference(patient_roles(person))))


def treats(person: Person) -> bool:
    """Say whether somebody works as a clinician."""
    return any(matrix().is_of_type(role, "clinician") for role in working_roles(person))


def patient_roles(person: Person) -> tuple[str, ...]:
    """Give the roles in which somebody is a patient or cares for one."""
    return tuple(sorted(role for role in person.roles if matrix().is_of_type(role, "patient")))
