"""May this leave, by what the patient has said? Their newest word counts; a clinician's duty can stand against it.

Scopes, from general to specific: `sharing` (everything, to anybody outside), `organisation:…`, `service:…`, `role:…`,
`person:…`; `contact` (being written to); and `secondary_use` (being counted in figures, which neither opens nor bars
sharing). An objection to somebody specific is lifted only by a word on the same; a general objection also by a newer
word in favour of somebody specific. A clinician's duty is towards its scope, and never to write to who does not want
it. Whoever has said nothing has not objected: asking first is the pathway's step `consent.check`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

TABLE = Path(__file__).parent / "consent.yaml"
SHARING, CONTACT, SECONDARY = "sharing", "contact", "secondary_use"
SPECIFIC = ("organisation", "service", "role", "person")
"""From the more general to the more specific."""

State = Literal["given", "missing", "opted_out", "withdrawn"]
Reason = Literal["consent_withdrawn", "opted_out", "not_named"]
STRICTNESS = ("legal_basis", "given", "refused", "opted_out", "withdrawn")
"""What a statement may be, the strictest last."""

OBJECTIONS = frozenset({"refused", "opted_out", "withdrawn"})


class ConsentError(Exception):
    """The table, or a statement, names something that is not known; the message says what and what is known."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One word of a patient (or, `legal_basis`, of a clinician for one case) about sharing."""

    scope: str
    status: str
    effective_at: datetime
    limits: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    expires: datetime | None = None
    case_id: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is to get something: scopes that speak of them, `names` by which a patient may have named them."""

    scopes: tuple[str, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may leave, without these data classes."""

    withheld: frozenset[str] = frozenset()
    kind: Literal["allowed"] = "allowed"


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not leave."""

    reason: Reason
    kind: Literal["refused"] = "refused"


def decide(statements: Iterable[Statement], recipient: Recipient, *, case_id: str, now: datetime) -> Allowed | Refused:
    """Say whether something of this case may go to the recipient now."""
    current = newest(statements, case_id=case_id, now=now)
    objection = _objection(current, recipient)
    if objection is not None:
        return Refused("consent_withdrawn" if objection.status == "withdrawn" else "opted_out")
    withheld = _within_limits(current, recipient)
    return Refused("not_named") if withheld is None else Allowed(withheld)


def within_limits(
    statements: Iterable[Statement], recipient: Recipient, *, case_id: str, now: datetime
) -> frozenset[str] | None:
    """Give the data classes that limits keep from somebody who sees a case, also against an objection.

    None: the patient lets those alone know whom they have named, and did not name them.
    """
    return _within_limits(newest(statements, case_id=case_id, now=now), recipient)


def state(statements: Iterable[Statement], recipient: Recipient, *, case_id: str, now: datetime) -> State:
    """Say how consent stands, as a pathway asks it before it sends."""
    current = newest(statements, case_id=case_id, now=now)
    about = [each for each in current if _about(each, recipient) and each.status != "legal_basis"]
    objections = {each.status for each in about if each.status in OBJECTIONS and not _lifted(each, about)}
    if objections:
        return "withdrawn" if "withdrawn" in objections else "opted_out"
    return "given" if any(each.status == "given" for each in about) else "missing"


def has_legal_basis(statements: Iterable[Statement], *, case_id: str, now: datetime) -> bool:
    """Say whether a clinician has put on record why this case goes on sharing, after the last objection."""
    current = newest(statements, case_id=case_id, now=now)
    bases = [each.effective_at for each in current if each.status == "legal_basis"]
    against = [each for each in current if each.status in OBJECTIONS and each.scope not in (CONTACT, SECONDARY)]
    objections = [each.effective_at for each in against]
    return bool(bases) and all(max(bases) >= each for each in objections)


def may_be_counted(statements: Iterable[Statement], *, now: datetime) -> bool:
    """Say whether what is known of a patient may serve anything beyond their own care: they have not opted out."""
    current = newest(statements, case_id="", now=now)
    return not any(each.scope == SECONDARY and each.status in OBJECTIONS for each in current)


def newest(statements: Iterable[Statement], *, case_id: str, now: datetime) -> tuple[Statement, ...]:
    """Give the newest word for each scope that is in force: not of another case, not of the future, not expired.

    A word that has expired hides no older one: whoever objected and then agreed for a time objects again after it.
    """
    found: dict[tuple[str, bool], Statement] = {}
    for each in sorted(statements, key=lambda s: s.effective_at):
        lasts = each.expires is None or each.expires > now
        if each.effective_at <= now and lasts and each.case_id in ("", case_id):
            found[each.scope, each.status == "legal_basis"] = each
    return tuple(found.values())


def stricter(one: Statement, other: Statement) -> Statement:
    """Give what holds when two patients turn out to be one: the stricter word, with the limits of both."""
    strict, mild = sorted((one, other), key=lambda s: (STRICTNESS.index(s.status), s.effective_at), reverse=True)
    if strict.status != "given" or mild.status != "given":
        return strict
    named = tuple(sorted(set(one.named) & set(other.named))) if one.named and other.named else one.named or other.named
    ends = [each.expires for each in (one, other) if each.expires is not None]
    return Statement(
        scope=strict.scope,
        status="given",
        effective_at=strict.effective_at,
        limits=tuple(sorted({*one.limits, *other.limits})),
        named=named,
        expires=min(ends) if ends else None,
    )


def scope_of(text: object) -> str:
    """Give the scope that a message or form means; what is not understood is the general one: nothing leaves."""
    said = text.strip().lower() if isinstance(text, str) else ""
    if said in (CONTACT, SECONDARY) or re.fullmatch(rf"({'|'.join(SPECIFIC)}):\S+", said):
        return said
    return SHARING


def check_limits(limits: Collection[str]) -> tuple[str, ...]:
    """Give the limits, sorted.

    Raises:
        ConsentError: one of them is not in the table, so nobody would keep it.
    """
    unknown = sorted(set(limits) - set(limits_table()))
    if unknown:
        raise ConsentError(f"There is no limit {', '.join(unknown)}; there are: {', '.join(limits_table())}.")
    return tuple(sorted(set(limits) - {"none"}))


def _within_limits(current: Collection[Statement], recipient: Recipient) -> frozenset[str] | None:
    limits = {limit for each in current if _about(each, recipient) and each.status == "given" for limit in each.limits}
    if limits & named_limits() and not set(_named(current)) & set(recipient.names):
        return None
    return frozenset(data_class for limit in limits for data_class in limits_table()[limit])


def _objection(current: Collection[Statement], recipient: Recipient) -> Statement | None:
    about = [each for each in current if _about(each, recipient)]
    bases = (each for each in current if each.status == "legal_basis" and _is_duty_towards(each, recipient))
    basis = max((each.effective_at for each in bases), default=None)
    for each in about:
        if each.status in OBJECTIONS and not _lifted(each, about) and (basis is None or each.effective_at > basis):
            return each
    return None


def _is_duty_towards(basis: Statement, recipient: Recipient) -> bool:
    """A duty towards somebody specific opens nothing to others, and a general one is none to write to the patient."""
    return basis.scope in recipient.scopes or (basis.scope == SHARING and CONTACT not in recipient.scopes)


def _about(statement: Statement, recipient: Recipient) -> bool:
    return statement.scope in recipient.scopes


def _lifted(objection: Statement, about: Iterable[Statement]) -> bool:
    """Whether a newer word speaks for somebody more specific than the objection does."""
    rank = _specificity(objection.scope)
    return any(
        each.status == "given" and each.effective_at > objection.effective_at and _specificity(each.scope) > rank
        for each in about
    )


def _specificity(scope: str) -> int:
    kind = scope.partition(":")[0]
    return SPECIFIC.index(kind) + 1 if kind in SPECIFIC else 0


def _named(current: Iterable[Statement]) -> list[str]:
    return [name for each in current if each.status == "given" for name in each.named]


@cache
def _table() -> Mapping[str, object]:
    table: Mapping[str, object] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return table


@cache
def limits_table() -> Mapping[str, tuple[str, ...]]:
    """Give the data classes that each limit withholds."""
    table = _table()["limits"]
    assert isinstance(table, dict)
    return {name: tuple(classes) for name, classes in table.items()}


@cache
def named_limits() -> frozenset[str]:
    """Give the limits by which something goes only to those whom the patient named."""
    table = _table()["named_limits"]
    assert isinstance(table, list)
    return frozenset(table)


@cache
def outside_roles() -> frozenset[str]:
    """Give the roles to whom something leaves when it is handed to them."""
    table = _table()["outside_roles"]
    assert isinstance(table, list)
    return frozenset(table)
