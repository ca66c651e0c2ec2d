"""What does a recipient get of a case? What the payload profile names, narrowed by consent and agreements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from policy.data_classes import class_of
from policy.matrix import EVERYTHING, matrix

TABLE = Path(__file__).parent / "profiles.yaml"
DEFAULT = "minimum"


class ProfileError(Exception):
    """There is no such profile; the message names those that there are."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """The table. `content`: names that every profile holds; `profiles`: data classes of each."""

    content: tuple[str, ...]
    classes_of_content: Mapping[str, str]
    profiles: Mapping[str, tuple[str, ...]]
    always: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Payload:
    """What goes: the values, their data classes, and the classes that were kept back by consent or agreement."""

    profile: str
    content: Mapping[str, Any]
    classes: tuple[str, ...]
    withheld: tuple[str, ...]


def select(
    variables: Mapping[str, Any],
    profile: str,
    *,
    withheld: Collection[str] = (),
    agreed: frozenset[str] | Literal["all"] = "all",
    ceiling: str = "",
    declared: Mapping[str, str] | None = None,
) -> Payload:
    """Choose what of the variables goes out under a profile. `ceiling`: the most that this recipient ever gets.

    `declared`: what the forms of the case say of which class its variables are; they are asked first.

    Raises:
        ProfileError: a profile is not in the table.
    """
    table = profiles()
    classes = _classes(profile) & (_classes(ceiling) if ceiling else _classes(profile))
    given = {name: data_class(name, declared) for name, value in variables.items() if value is not None}
    due = {name: found for name, found in given.items() if name in table.content or found in classes}
    stays = kept_back(withheld, agreed)
    kept = {name for name, found in due.items() if found in stays}
    return Payload(
        profile=profile,
        content={name: variables[name] for name in due if name not in kept},
        classes=tuple(sorted({found for name, found in due.items() if name not in kept})),
        withheld=tuple(sorted({due[name] for name in kept})),
    )


def profile_named(name: object) -> str:
    """Give a profile's name; nothing named is the minimum.

    Raises:
        ProfileError: it is not in the table.
    """
    if name in (None, ""):
        return DEFAULT
    if not isinstance(name, str) or name not in profiles().profiles:
        raise ProfileError(f"There is no payload profile of that name; there are: {', '.join(profiles().profiles)}.")
    return name


def data_class(name: str, declared: Mapping[str, str] | None = None) -> str:
    """Give the data class of a variable that may be sent: what the forms of its case declare, else what is known."""
    return class_of(name, {**profiles().classes_of_content, **(declared or {})})


def _classes(profile: str) -> frozenset[str]:
    return matrix().expanded(profiles().profiles[profile_named(profile)])


def kept_back(withheld: Collection[str], agreed: frozenset[str] | Literal["all"] = "all") -> frozenset[str]:
    """Give the data classes that stay by limits of consent, and by an agreement that is not about `all` of them.

    What has no class of its own may hold any of them: it stays, too.
    """
    unclassed = {EVERYTHING} if withheld else frozenset[str]()
    beyond = frozenset[str]() if agreed == "all" else unnamed() - matrix().expanded(agreed)
    return (beyond | unclassed | {*withheld}).difference(profiles().always)


def unnamed() -> frozenset[str]:
    """Give the data classes that stay from whom the patient did not name: all but whose case it is and its status."""
    return frozenset(matrix().classes).difference(profiles().always)


@cache
def profiles() -> Profiles:
    """Give the table of the package."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return Profiles(
        content=tuple(table["content"]),
        classes_of_content=table["classes_of_content"],
        profiles={name: tuple(classes) for name, classes in table["profiles"].items()},
        always=tuple(table["always"]),
    )
