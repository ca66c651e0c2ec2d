"""How are the general-purpose FHIR elements read: CodeableConcept, Identifier, HumanName, ContactPoint?"""

from collections.abc import Collection

from interop.fhir.bindings import CONTACT_SYSTEM, CONTACT_USE, NAME_USE
from interop.node import Node
from interop.referral import Coded, Coding, Identifier, Telecom

LONGEST = 20_000
"""Characters of a statement in words."""

LONGEST_NAME = 500
NAME_RANK = {"official": 0, "usual": 1, "old": 9, "maiden": 9}
NOT_IN_USE = 9


def codeable_concept(node: Node) -> Coded | None:
    """A CodeableConcept: its first coding, the others in `also`, its text; None when it says nothing."""
    if not node.present:
        return None
    codings = tuple(_coding(item) for item in node.get("coding").items())
    own = codings[0] if codings else Coding()
    text = node.get("text").short(LONGEST)
    if text is None and not any(each.code or each.display for each in codings):
        return None
    return Coded(**own.model_dump(), text=text or own.display, also=codings[1:])


def concepts(node: Node) -> tuple[Coded, ...]:
    """The CodeableConcepts of an array that say anything."""
    return tuple(coded for item in node.items() if (coded := codeable_concept(item)) is not None)


def bound_concept(node: Node, allowed: Collection[str], *, binding: str) -> str | None:
    """The code of a CodeableConcept with a required binding; None when missing."""
    codings = node.get("coding").items() if node.present else ()
    codes = []
    for coding in codings:
        coding.get("system").text()
        coding.get("display").text()
        codes.append(coding.get("code").choice(allowed, binding=binding))
    return next((code for code in codes if code is not None), None)


def _coding(node: Node) -> Coding:
    return Coding(
        system=node.get("system").short(),
        code=node.get("code").short(),
        display=node.get("display").short(),
    )


def identifier(node: Node) -> Identifier | None:
    """An Identifier; one without value or no longer in use is left unread."""
    value = node.get("value").short()
    if value is None or node.get("use").text() == "old":
        node.forget()
        return None
    kind = codeable_concept(node.get("type"))
    return Identifier(value=value, system=node.get("system").short(), kind=(kind.code or kind.text) if kind else None)


def identifiers(node: Node) -> tuple[Identifier, ...]:
    """The identifiers of an array that are in use."""
    return tuple(found for item in node.items() if (found := identifier(item)) is not None)


def human_name(names: Node) -> str | None:
    """The official or usual name, else the first in use; others stay unread.

    As its text shows it, in the order of the person's language, when it holds every given and family name; else as
    given names and family name.
    """
    found = [(_rank(item), _spelled(item), item) for item in names.items()]
    usable = [each for each in found if each[0] < NOT_IN_USE and each[1] is not None]
    chosen = min(usable, key=lambda each: each[0], default=None)
    for _, _, item in found:
        if chosen is None or item is not chosen[2]:
            item.forget()
    return chosen[1] if chosen else None


def _rank(name: Node) -> int:
    use = name.get("use").choice(NAME_USE, binding="NameUse")
    return NAME_RANK.get(use or "", 2)


def _spelled(node: Node) -> str | None:
    parts = [part for part in (*node.get("given").texts(), node.get("family").text()) if part]
    shown = node.get("text").text()
    whole = shown if shown is not None and all(part in shown for part in parts) else " ".join(parts)
    if whole != shown:
        node.get("text").forget()
    if len(whole) > LONGEST_NAME:
        raise node.fail(f"has more than {LONGEST_NAME} characters", "Shorten it.")
    return whole or None


def telecoms(node: Node) -> tuple[Telecom, ...]:
    """The ways of contact that are in use; others stay unread."""
    found = []
    for item in node.items():
        use = item.get("use").choice(CONTACT_USE, binding="ContactPointUse")
        system = item.get("system").choice(CONTACT_SYSTEM, binding="ContactPointSystem")
        value = item.get("value").short()
        if value is not None and use != "old":
            found.append(Telecom(value=value, system=system, use=use))
        else:
            item.forget()
    return tuple(found)
