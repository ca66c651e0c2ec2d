"""How is it said what becomes of each part of a schema? The words of the tables of BPMN, zeebe and DMN."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Use = Literal["executed", "documentation", "told", "refused"]


@dataclass(frozen=True, slots=True)
class Part:
    """One attribute (`@name`) or child element of a type of the schema.

    `says`: why it changes nothing, or what is not done. `unless`: values of an attribute that are not worth a word.
    """

    name: str
    use: Use
    says: str = ""
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Type:
    """A type of the schema: which one it extends, and its own parts by name; attributes begin with `@`."""

    base: str
    parts: Mapping[str, Part] = field(default_factory=dict)


def make_type(
    base: str = "",
    executed: str = "",
    *,
    documentation: Mapping[str, str] | None = None,
    told: Mapping[str, str] | None = None,
    refused: Mapping[str, str] | None = None,
    unless: Mapping[str, tuple[str, ...]] | None = None,
) -> Type:
    """Put a type together; the keys are names of parts with spaces between them, the values what is said of them."""
    uses: tuple[tuple[Use, Mapping[str, str]], ...] = (
        ("executed", {executed: ""}),
        ("documentation", documentation or {}),
        ("told", told or {}),
        ("refused", refused or {}),
    )
    parts = [
        Part(name, use, says, (unless or {}).get(name, ()))
        for use, grouped in uses
        for names, says in grouped.items()
        for name in names.split()
    ]
    return Type(base, {part.name: part for part in parts})


def parts_in(types: Mapping[str, Type], kind: str) -> Mapping[str, Part]:
    """Give all parts of a type of a table, those of the types that it extends included."""
    inherited = parts_in(types, types[kind].base) if types[kind].base else {}
    return {**inherited, **types[kind].parts}


def rows(types: Mapping[str, Type]) -> Iterator[str]:
    """Give the rows of a table of types in Markdown."""
    for kind, of in types.items():
        yield from _rows(f"{kind} ({of.base})" if of.base else kind, of)


def _rows(name: str, of: Type) -> Iterator[str]:
    grouped: dict[tuple[Use, str, tuple[str, ...]], list[str]] = {}
    for part in of.parts.values():
        grouped.setdefault((part.use, part.says, part.unless), []).append(f"`{part.name}`")
    for (use, says, unless), names in grouped.items():
        said = f" [{', '.join(f'`{value}`' for value in unless if value)}]" if any(unless) else ""
        yield f"| {name} | {' '.join(names)} | {use} | {says}{said} |"
    if not grouped:
        yield f"| {name} | | | |"
