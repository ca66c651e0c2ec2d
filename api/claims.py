"""What does a token say of a person? Claims by configurable names, also nested ones; roles by a table of the issuer's.

A name may be a path: `realm_access.roles` is `roles` within `realm_access`, unless the whole text is a claim itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ROLES = ("roles", "realm_access.roles")
ACTING_FOR = "X-Organisation"
"""The header by which somebody of several organisations says for which of them they ask."""


LONGEST = 255
"""A subject has at most so many characters (OpenID Connect Core §2); no other name of whose or whom is longer here."""


class ClaimError(ValueError):
    """A claim that decides about access is there and says nothing that we understand; the message names it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever asks: a person or a system. `id` is opaque and stands in every record of what they did.

    `organisation`: the one for which they act; empty is the installation's own. `teams`: all of theirs, the first is
    `team`. `purpose`: of use, as HL7 v3 says it; empty is the usual one of their role. `patient_id`: whose record is
    theirs.
    """

    id: str
    name: str
    roles: frozenset[str]
    team: str = ""
    organisation: str = ""
    teams: frozenset[str] = frozenset()
    purpose: str = ""
    patient_id: str = ""

    def has_any(self, roles: frozenset[str]) -> bool:
        """Whether one of these roles is theirs."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Claims:
    """Which claims of a token say what of a person; `home`: the organisation of whoever names none.

    `roles`: names of claims, each a list of roles or one role. `role_table`: what each of the issuer's roles is called
    here, by one or several names; when it holds anything, roles that it does not name are nobody's.
    """

    organisation: str = "organisation"
    team: str = "team"
    teams: str = "teams"
    purpose: str = "purpose"
    patient: str = "patient_id"
    name: str = "name"
    roles: tuple[str, ...] = ROLES
    role_table: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    home: str = ""


def person_of(claims: Mapping[str, Any], read: Claims, acting_for: str = "") -> Person:
    """Give the person that a checked token names. `acting_for`: which of their organisations they ask for now.

    Raises:
        ClaimError: organisation or purpose are named otherwise than by texts, it is not said for which of several
            organisations they ask, or what is named cannot be kept.
    """
    teams = [team for team in (_text(claims, read.team), *_texts(claims, read.teams)) if team]
    subject = _text(claims, "sub")
    found = Person(
        id=subject,
        name=_text(claims, read.name) or subject,
        roles=frozenset(_roles(claims, read)),
        team=teams[0] if teams else "",
        organisation=_organisation(claims, read, acting_for),
        teams=frozenset(teams),
        purpose=_purpose(claims, read),
        patient_id=_text(claims, read.patient),
    )
    _require_kept(found)
    return found


def _require_kept(person: Person) -> None:
    """Refuse who could be put on no record: the issuer says it, and no request is answered by a mistake of ours."""
    if not person.id or any(len(each) > LONGEST for each in (person.id, person.organisation, person.patient_id)):
        raise ClaimError(f"the token names somebody by no text, or by one of more than {LONGEST} characters")
    texts = (person.id, person.name, person.organisation, person.purpose, person.patient_id)
    if not all(map(_is_kept, (*texts, *person.roles, *person.teams))):
        raise ClaimError("the token holds a text that nothing can keep: a NUL, or half a character")


def _is_kept(text: str) -> bool:
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def _roles(claims: Mapping[str, Any], read: Claims) -> list[str]:
    said = [role for name in read.roles for role in _texts(claims, name)]
    if not read.role_table:
        return said
    return [ours for role in said for ours in read.role_table.get(role, ())]


def _purpose(claims: Mapping[str, Any], read: Claims) -> str:
    """The purpose of use; nobody falls back to the usual one by a claim that is there."""
    said = at(claims, read.purpose)
    if said is not None and not isinstance(said, str):
        raise ClaimError("the token names its purpose of use in another way than by a text")
    return said or ""


def _organisation(claims: Mapping[str, Any], read: Claims, acting_for: str) -> str:
    """The organisation for which somebody asks; the installation's own has no name here, however tokens call it.

    Nobody falls back to the installation's own, or to the first of several, by a claim that is there.
    """
    theirs = _named(at(claims, read.organisation)) or (read.home,)
    if len({*theirs}) > 1 and not acting_for:
        raise ClaimError(f"the token names several organisations: say for which you ask ({ACTING_FOR})")
    chosen = acting_for or theirs[0]
    if chosen not in theirs:
        raise ClaimError(f"the token does not name the organisation for which you ask ({ACTING_FOR})")
    return "" if chosen == read.home else chosen


def _named(claim: object) -> tuple[str, ...]:
    """The organisations that a claim names: one text, or a list of them."""
    if claim is None or claim == "":
        return ()
    listed = claim if isinstance(claim, list) else [claim]
    named = tuple(each for each in listed if isinstance(each, str) and each)
    if not named or len(named) < len(listed):
        raise ClaimError("the token names its organisation in another way than by texts")
    return named


def at(claims: Mapping[str, Any], path: str) -> object:
    """Give the value at a path, or None: the whole path as one name first, then from the longest name on."""
    if path in claims:
        return claims[path]
    places = [place for place, letter in enumerate(path) if letter == "."]
    for place in reversed(places):
        within = claims.get(path[:place])
        if isinstance(within, Mapping) and (found := at(within, path[place + 1 :])) is not None:
            return found
    return None


def _text(claims: Mapping[str, Any], path: str) -> str:
    value = at(claims, path)
    return value if isinstance(value, str) else ""


def _texts(claims: Mapping[str, Any], path: str) -> list[str]:
    value = at(claims, path)
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
