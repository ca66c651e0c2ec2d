"""Does any address tell anybody anything of a case that is not theirs, or that it exists?

Every route of the OpenAPI is asked twice by people of another organisation: with the ids of a real case and with ids
that nobody gave. Both answers must be alike, and none may name anything of the case. Left out is breaking the glass:
it opens any case to clinicians, under review.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from policy.matrix import matrix
from tests.api.attacking import OPEN_BY_DESIGN, filled, named, plain, unknown
from tests.api.conftest import Office, Person
from tests.api.northern import SOUTH, Northern, sample, with_everything

pytestmark = pytest.mark.temporal
ALL_ROLES = (*sorted(matrix().roles), "dentist")


@pytest_asyncio.fixture(scope="module")
async def victim(office: Office) -> Northern:
    return await with_everything(office)


def routes(office: Office) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every method and path, with the operation."""
    for path, operations in office.app.openapi()["paths"].items():
        for method, operation in operations.items():
            if path not in OPEN_BY_DESIGN:
                yield method, path, operation


async def ask(who: Person, office: Office, method: str, path: str, operation: dict[str, Any]) -> httpx.Response:
    if method == "get":
        return await who.get(path)
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    defined = office.app.openapi()["components"]["schemas"]
    return await who.post(path, sample(content["schema"], defined) if "schema" in content else {})


def alike(answer: httpx.Response, ids: dict[str, str]) -> tuple[int, str]:
    """An answer without what differs by itself: the ids that were asked for, ids of requests, times."""
    return answer.status_code, plain(answer.text, ids)


async def differences(victim: Northern, who: Person, *, only: str = "") -> list[str]:
    """Where an answer about the victim differs from one about nobody, or names something of the victim."""
    office, found = victim.office, []
    for method, path, operation in routes(office):
        if only not in ("", method):
            continue
        theirs, nobodys = named(victim, path), unknown(named(victim, path))
        answer = await ask(who, office, method, filled(path, theirs), operation)
        control = await ask(who, office, method, filled(path, nobodys), operation)
        asked_for = {value for place, value in theirs.items() if f"{{{place}}}" in path}
        leaked = {text for text in victim.known() - asked_for if text in answer.text}
        if leaked or ("{" in path and alike(answer, theirs) != alike(control, nobodys)):
            found.append(
                f"{method} {path}: {answer.status_code} for {control.status_code}, {leaked} {answer.text[:300]}"
            )
        if answer.is_server_error:
            found.append(f"{method} {path}: {answer.status_code}")
    return found


async def test_no_address_tells_another_organisation_of_a_case_whatever_roles_are_held_at_once(
    victim: Northern,
) -> None:
    everybody = victim.person(*ALL_ROLES, organisation=SOUTH, patient_id="P-south")
    found = await differences(victim, everybody)
    assert not found, "\n".join(found)


async def test_no_address_tells_the_installations_own_people_of_a_case_of_another_organisation(
    victim: Northern,
) -> None:
    found = await differences(victim, victim.person(*ALL_ROLES, organisation=""), only="get")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ALL_ROLES)
async def test_no_role_alone_reads_a_case_of_another_organisation(victim: Northern, role: str) -> None:
    who = victim.person(role, organisation=SOUTH)
    for link in (victim.link, f"{victim.link}/timeline", f"/tasks/{victim.ids['tasks']}", f"/my{victim.link}"):
        assert (await who.get(link)).status_code == 404, link
    claimed = await who.post(f"/tasks/{victim.ids['tasks']}/claim")
    assert claimed.status_code == 404


@pytest.mark.parametrize("role", sorted(set(ALL_ROLES) - {"dentist"}))
async def test_within_the_organisation_a_role_sees_no_more_than_its_classes(victim: Northern, role: str) -> None:
    """Nobody but dentists has a part in this case: others are refused, or oversee it and see what the matrix says."""
    who = victim.person(role)
    assert (await who.post(f"/tasks/{victim.ids['tasks']}/complete", {})).status_code in (403, 404)
    answer = await who.get(victim.link)
    if answer.status_code != 200:
        assert answer.status_code in (403, 404)
        assert not any(text in answer.text for text in victim.known() - {victim.case_id})
        return
    sees = matrix().sees(role)
    assert ("demographics" in sees) == ("patient" in (answer.json()["variables"] or {}))
    assert {"reason", "clinical_question"} <= set(answer.json()["withheld"])
