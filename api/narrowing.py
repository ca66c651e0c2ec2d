"""What of a case do consent and agreements keep from a reader outside who sees it? What they would not be sent either.

The limits of a consent (`no_hiv`), its word that named people alone are to know (`named_clinician_only`), and the
classes of an agreement. Whose case it is, and our own people where we take part, are not outside.
"""

from collections.abc import Collection, Mapping, Sequence

from api.deps import Visit
from api.directory import directory_of
from policy.consent import SHARING, Recipient, Statement, within_limits
from policy.profiles import kept_back, unnamed
from records.queries.access import Side
from records.queries.parties import let_in_through
from records.queries.sharing import statements_in_each

SERVICE = "service:"


async def kept_back_outside(
    asked: Visit, side: Side, roots: Collection[str], *, roles: Sequence[str]
) -> Mapping[str, frozenset[str]]:
    """Give the classes that a reader outside of these cases that began it all does not see, whatever their `roles`."""
    if not roots:
        return {}
    async with asked.here.database.reader() as session:
        said = await statements_in_each(session, roots)
        through = await let_in_through(session, roots, side)
    return {root: _kept_back(asked, root, said[root], through.get(root, ""), roles) for root in roots}


def _kept_back(
    asked: Visit, root: str, said: Sequence[Statement], through: str, roles: Sequence[str]
) -> frozenset[str]:
    """Where no agreement stands, sight does not rest on one: they are named by a task, a result or the care team."""
    now, directory = asked.here.clock(), directory_of(asked.here)
    services = [through.removeprefix(SERVICE)] if through.startswith(SERVICE) else []
    limits = within_limits(said, _reader(asked, services, roles), case_id=root, now=now)
    if limits is None:
        return unnamed()
    return kept_back(limits, directory.classes_agreed(asked.me.organisation, services, on=now.date()) or "all")


def _reader(asked: Visit, services: Sequence[str], roles: Sequence[str]) -> Recipient:
    """How the patient may have spoken of whoever reads."""
    of_services = [f"{SERVICE}{each}" for each in services]
    scopes = [SHARING, f"organisation:{asked.me.organisation}", *of_services, f"person:{asked.me.id}"]
    scopes += [f"role:{each}" for each in roles]
    return Recipient(tuple(scope.lower() for scope in scopes), (*services, asked.me.id, *roles))
