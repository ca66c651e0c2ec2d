"""What does the audit note of whoever asks, beside what they do? Roles, purpose of use, route and address."""

from typing import Any

from fastapi import Request

from api.claims import Person
from policy.matrix import matrix

MOST_ROLES = 20
MOST_PARAMETERS = 20


def context_of(request: Request, me: Person) -> dict[str, Any]:
    """Give what the audit keeps of a request: of its query the names only, as values may be a patient's."""
    route = request.scope.get("route")
    return {
        "roles": sorted(me.roles)[:MOST_ROLES],
        "purposes": list(purposes_of(me)),
        "method": request.method,
        "route": str(getattr(route, "path", "")),
        "asked": sorted(set(request.query_params.keys()) & _known(route))[:MOST_PARAMETERS],
        "network": request.client.host if request.client else "",
    }


def purposes_of(me: Person) -> tuple[str, ...]:
    """Give the purposes of use: the one that the token names, else the usual ones of the person's roles."""
    if me.purpose:
        return (me.purpose,) if me.purpose in matrix().purposes else ()
    return tuple(sorted({purpose for role in me.roles if (purpose := matrix().purpose_of(role))}))


def _known(route: Any) -> set[str]:
    """Names of parameters that the route takes: others are free text of whoever asks."""
    dependant = getattr(route, "dependant", None)
    return {field.alias for each in _tree(dependant) for field in each.query_params} if dependant else set()


def _tree(dependant: Any) -> list[Any]:
    return [dependant, *(below for each in dependant.dependencies for below in _tree(each))]
