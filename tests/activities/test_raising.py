"""Does a confirmed red flag raise all that is under way, at once, and lower nothing?"""

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.raising import Raising
from records.database import Database
from records.tables import Case, ScopeVariables
from tests.activities.conftest import NOW
from workflows.contract.requests import SetVariables, Work

PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "root": ("running", {"priority": "urgent"}),
    "root/clr#1": ("running", {"priority": "routine", "priority_after": "routine"}),
    "root/clr#1/flag#2": ("running", {"priority": "stat"}),
    "root/mri#3": ("running", {"priority": "stat"}),
    "root/old#4": ("completed", {"priority": "routine"}),
    "root/talk#5": ("running", {}),
    "rooted": ("running", {"priority": "routine"}),
}


async def under_way(database: Database) -> None:
    async with database.session() as session:
        for case_id, (status, variables) in PARTS.items():
            root = case_id.partition("/")[0]
            session.add(
                Case(
                    case_id=case_id,
                    root_case_id=root,
                    caller=case_id.rpartition("/")[0] or None,
                    key="k",
                    name="K",
                    sha256="s",
                    status=status,
                    process_scope="k#0",
                    business_key="REF-1",
                    started_at=NOW,
                )
            )
            session.add(ScopeVariables(case_id=case_id, scope="k#0", variables=variables))


def step(**variables: Any) -> Work:
    return Work("root/clr#1/flag#2", "REF-1", "raise#1", "raise", "Raise", {}, variables)


async def raised(database: Database, **variables: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}

    async def tell(case_id: str, request: SetVariables, key: str) -> None:
        told[case_id] = dict(request.variables)

    await Raising(database, tell).raise_all(step(**variables))
    return told


async def test_every_open_part_that_is_less_urgent_is_raised_and_no_other(database: Database) -> None:
    await under_way(database)
    assert await raised(database, priority="urgent_suspected_cancer") == {
        "root": {"priority": "urgent_suspected_cancer"},
        "root/clr#1": {"priority": "urgent_suspected_cancer", "priority_after": "urgent_suspected_cancer"},
    }
    assert await raised(database, priority="routine") == {}


async def test_a_step_without_a_priority_says_what_to_draw(database: Database) -> None:
    with pytest.raises(ApplicationError, match="map an input 'priority'"):
        await raised(database)
