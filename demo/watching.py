"""Who watches the cases? The coordinators: each sees those in which their organisation takes part, and no others."""

from collections.abc import Mapping
from typing import Any

from demo.client import Api

Json = Any
COORDINATOR = "coordinator"
PAGE = 100


def coordinators(api: Api) -> list[str]:
    """Give the coordinators of all organisations."""
    return [person for person, who in api.people.items() if COORDINATOR in who["roles"]]


async def every_case(api: Api) -> list[Json]:
    """Give all cases, those of one organisation after the other, each once; `seen_by`: a coordinator who sees it."""
    found: dict[str, Json] = {}
    for person in coordinators(api):
        for case in await cases_of(api, person):
            found.setdefault(case["case_id"], {**case, "seen_by": person})
    return list(found.values())


async def cases_of(api: Api, coordinator: str) -> list[Json]:
    """Give the cases that a coordinator sees, the newest first."""
    found: list[Json] = []
    page: Mapping[str, Json] = {"next": f"/cases?size={PAGE}"}
    while page["next"]:
        page = await api.get(coordinator, page["next"])
        found += page["items"]
    return found


async def case_of(api: Api, line: Mapping[str, Json]) -> Json:
    """Give a case whole, as whoever was found to see it."""
    return await api.get(line["seen_by"], f"/cases/{line['case_id']}")
