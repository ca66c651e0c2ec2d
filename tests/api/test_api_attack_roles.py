"""Is there a role whose token, alone, is let in where it may not, or told anything, at any operation of the OpenAPI?

Every operation is asked with the ids of one planted case, by one person of every role: of another organisation, and of
the organisation of the case. What strangers may do is nothing. Who is let in at home stands in `who_may.yaml`, which is
read like a table of rights: a change of it is a change of who may do what. `make test` asks every eighth pair of a role
and an operation, `make test-slow` all. Everybody here is of the team of the case's service.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml

from policy.matrix import matrix
from records.writes.parties import lift_seal
from tests.api.attackers import (
    ROLES,
    Attack,
    Operation,
    attack_on,
    breaking_the_glass,
    names_in,
    search_places,
    searches,
    seen,
    told,
)
from tests.api.attacking import plain
from tests.api.conftest import number
from tests.api.northern import NORTH, SECRET, SOUTH, Northern

pytestmark = pytest.mark.temporal
WHO_MAY = Path(__file__).parent / "who_may.yaml"
REFUSED = (401, 403, 404)
SOME_OR_ALL = pytest.mark.parametrize(
    "nth", [pytest.param(8, id="every eighth"), pytest.param(1, id="all", marks=pytest.mark.slow)]
)
OWN_ADDRESSES = re.compile(r'"(fullUrl|url|id)":"[^"]*"')
"""What differs between two answers of FHIR: where they were asked for, and which row says that."""


@cache
def table() -> dict[str, list[str]]:
    """Who is let in at home, by operation."""
    listed = yaml.safe_load(WHO_MAY.read_text(encoding="utf-8"))
    return {operation: row["roles"] for row in listed for operation in row["may"]}


def pairs(asked: Sequence[Operation], nth: int) -> Iterator[tuple[str, Operation]]:
    """Every role with every operation; or every nth pair, such that each role and each operation has its turn."""
    for turn, role in enumerate(ROLES):
        yield from ((role, each) for place, each in enumerate(asked) if (turn + place) % nth == 0)


@SOME_OR_ALL
async def test_no_role_of_another_organisation_is_let_in_anywhere_or_told_anything(
    victim: Northern, every: Sequence[Operation], nth: int
) -> None:
    """Each is of an organisation of its own: what one has sent is no other one's."""
    attack, found = attack_on(victim.office), list[str]()
    people = {role: attack.token(role, f"{SOUTH}-{number()}") for role in ROLES}
    for role, each in pairs((*every, *searches(victim)), nth):
        status, text = await attack.ask(people[role], each)
        let_in = status < 300 and each.names_the_case
        differs = (
            bool(each.nobodys) and each.is_search and await is_told_apart(victim, attack, people[role], each, text)
        )
        if status >= 500 or let_in or differs or told(victim, each, text):
            found.append(f"{role}: {each.name}: {status} {differs} {told(victim, each, text)} {text[:200]}")
    assert not found, "\n".join(found)


async def test_the_glass_is_broken_by_those_alone_who_may(victim: Northern) -> None:
    attack = attack_on(victim.office)
    for role in ROLES:
        status, _ = await attack.ask(attack.token(role, SOUTH), breaking_the_glass(victim))
        assert (status < 300) == matrix().may_break_glass((role,)), role


async def is_told_apart(victim: Northern, attack: Attack, token: str, search: Operation, text: str) -> bool:
    """Whether a search for the case was answered otherwise than one for what nobody has."""
    _, control = await attack.ask(token, search, search.nobodys)
    return _bare(victim, text) != _bare(victim, control)


def _bare(victim: Northern, text: str) -> str:
    ids = {f"{side}{name}": each for side, ids in enumerate(search_places(victim)) for name, each in ids.items()}
    return OWN_ADDRESSES.sub("", plain(text, ids))


@SOME_OR_ALL
async def test_at_home_every_role_is_let_in_where_the_table_says_and_told_what_its_classes_are(
    victim: Northern, every: Sequence[Operation], nth: int
) -> None:
    attack, found, let_in = attack_on(victim.office), list[str](), defaultdict[str, list[str]](list)
    sealing = [each for each in every if each.template.endswith("/wrong-patient")]
    usual = [each for each in every if each not in sealing]
    people = {role: attack.token(role, NORTH) for role in ROLES}
    asked = [*pairs((*usual, *searches(victim)), nth), *pairs(sealing, nth)]
    for role, each in asked:
        status, text = await attack.ask(people[role], each)
        if status not in REFUSED and not each.is_search:
            let_in[each.name].append(role)
        if status < 300 and each in sealing:
            await unsealed(victim)
        more = told(victim, each, text) if status in REFUSED else names_in(text) - may_see(role)
        if status >= 500 or more or (SECRET in text and "demographics" not in matrix().sees(role)):
            found.append(f"{role}: {each.name}: {status} {more} {text[:300]}")
    assert not found, "\n".join(found)
    expected = defaultdict[str, list[str]](list)
    for role, each in asked:
        if not each.is_search and role in table().get(each.name, ()):
            expected[each.name].append(role)
    assert let_in == expected, as_table(let_in)


async def unsealed(victim: Northern) -> None:
    """Take off the seal again that somebody has set, so that all others find the case as it was."""
    async with victim.office.database.session() as session:
        await lift_seal(session, victim.case_id, now=victim.office.here.clock())


def may_see(role: str) -> set[str]:
    """What a role may see here: a clinician also what was sent to the service whose team they are of."""
    sent = ("outcome_letter", "own_referral") if matrix().is_of_type(role, "clinician") else ()
    return seen(role, *sent) | ({"unheard_of"} if sent else set())


def as_table(let_in: Mapping[str, Sequence[str]]) -> str:
    """What was found, as the table writes it: operations for the same roles together, those of the few first."""
    by_roles = defaultdict[tuple[str, ...], list[str]](list)
    for operation, roles in sorted(let_in.items()):
        by_roles[tuple(roles)].append(operation)
    ordered = sorted(by_roles.items(), key=lambda each: (len(each[0]), each[0]))
    return yaml.safe_dump([{"roles": list(roles), "may": may} for roles, may in ordered], width=110, sort_keys=False)
