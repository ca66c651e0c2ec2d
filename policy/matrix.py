"""May this role see this class of data for this purpose? The table role × data class × purpose, of `matrix.yaml`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).parent / "matrix.yaml"
EVERYTHING = "all_clinical_episode"
"""The class of what has none of its own, and of every clinical class together."""

BREAK_GLASS = "BTG"
BY_PROXY = "per_proxy_consent"
"""What a carer sees: nothing, but what a grant of the patient says."""


class MatrixError(Exception):
    """The table names a class, purpose or type that it does not define; the message says which."""


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its type, and the classes that it sees as the table writes them."""

    name: str
    type: str
    sees: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose of use: `opens` what a role sees of these groups or classes; `whole`: these groups, under a grant."""

    code: str
    name: str
    opens: tuple[str, ...]
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleType:
    """A type of role: the purposes for which it may ask, the usual one first, and what each role of it also sees."""

    purposes: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table. `groups`: classes by group; `holds`: classes within a class."""

    groups: Mapping[str, tuple[str, ...]]
    holds: Mapping[str, tuple[str, ...]]
    purposes: Mapping[str, Purpose]
    types: Mapping[str, RoleType]
    roles: Mapping[str, Role]
    installation_roles: frozenset[str]

    @property
    def classes(self) -> tuple[str, ...]:
        """Every data class."""
        return tuple(name for group in self.groups.values() for name in group)

    def purpose_of(self, role: str) -> str:
        """Give the purpose for which a role asks when nobody says another; empty for a role that is not known."""
        known = self.roles.get(role)
        return self.types[known.type].purposes[0] if known else ""

    def sees(self, role: str, purpose: str = "", *, granted: bool = False) -> frozenset[str]:
        """Give every class that a role sees for a purpose (empty: its usual one). `granted`: it has broken the glass.

        A role, purpose or pair of them that the table does not know sees nothing.
        """
        known, wanted = self.roles.get(role), self.purposes.get(purpose or self.purpose_of(role))
        if known is None or wanted is None or wanted.code not in self.types[known.type].purposes:
            return frozenset()
        opened = self._opened((*known.sees, *self.types[known.type].also), wanted)
        return opened | self._whole(wanted) if granted else opened

    def allows(self, role: str, data_class: str, purpose: str = "", *, granted: bool = False) -> bool:
        """Say whether a role sees a class of data for a purpose."""
        return data_class in self.sees(role, purpose, granted=granted)

    def seen_by(self, roles: Iterable[str], purpose: str = "", *, granted: bool = False) -> frozenset[str]:
        """Give every class that somebody of these roles sees: what one of the roles sees for that purpose."""
        return frozenset[str]().union(*(self.sees(role, purpose, granted=granted) for role in roles))

    def is_of_type(self, role: str, *types: str) -> bool:
        """Say whether a role is of one of these types."""
        known = self.roles.get(role)
        return known is not None and known.type in types

    def may_break_glass(self, roles: Iterable[str], purpose: str = "") -> bool:
        """Say whether one of these roles, which may ask for this purpose, may open a case not theirs, under review."""
        asking = [role for role in roles if not purpose or purpose in self._purposes_of(role)]
        return any(self.sees(role, BREAK_GLASS, granted=True) for role in asking)

    def _purposes_of(self, role: str) -> tuple[str, ...]:
        known = self.roles.get(role)
        return self.types[known.type].purposes if known else ()

    def expanded(self, classes: Iterable[str]) -> frozenset[str]:
        """Give classes with all they hold."""
        found = set(classes)
        if EVERYTHING in found:
            found |= set(self.groups["clinical"])
        return frozenset(found.union(*(self.holds.get(name, ()) for name in found)))

    def _opened(self, sees: Collection[str], purpose: Purpose) -> frozenset[str]:
        groups = {name for group in purpose.opens for name in self.groups.get(group, (group,))}
        return self.expanded(name for name in sees if name in groups)

    def _whole(self, purpose: Purpose) -> frozenset[str]:
        return frozenset(name for group in purpose.whole for name in self.groups[group])


@cache
def matrix(path: Path = TABLE) -> Matrix:
    """Read the table, once.

    Raises:
        MatrixError: it names what it does not define.
    """
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    ours, spec = _roles(table["installation_roles"]), _roles(table["roles"])
    found = Matrix(
        groups={group: tuple(names) for group, names in table["classes"].items()},
        holds={name: tuple(within) for name, within in table["holds"].items()},
        purposes={code: _purpose(code, **about) for code, about in table["purposes"].items()},
        types={
            name: RoleType(tuple(about["purposes"]), tuple(about.get("also", ())))
            for name, about in table["types"].items()
        },
        roles=spec | ours,
        installation_roles=frozenset(ours),
    )
    _check(found)
    return found


def _roles(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Role]:
    return {name: Role(name, about["type"], tuple(about["sees"])) for name, about in table.items()}


def _purpose(code: str, *, name: str, opens: Iterable[str], whole: Iterable[str] = ()) -> Purpose:
    return Purpose(code, name, tuple(opens), tuple(whole))


def _check(found: Matrix) -> None:
    classes, groups = set(found.classes), set(found.groups)
    named = {
        "data class": ({name for role in found.roles.values() for name in role.sees}, classes),
        "class within another": ({name for within in found.holds.values() for name in within}, classes),
        "class of a type": ({name for each in found.types.values() for name in each.also}, classes),
        "type": ({role.type for role in found.roles.values()}, set(found.types)),
        "purpose": ({code for each in found.types.values() for code in each.purposes}, set(found.purposes)),
        "group": ({name for each in found.purposes.values() for name in (*each.opens, *each.whole)}, groups | classes),
    }
    for what, (used, defined) in named.items():
        if not used <= defined:
            raise MatrixError(
                f"{TABLE.name}: {what} {sorted(used - defined)} is not defined: add it, or correct its name."
            )
