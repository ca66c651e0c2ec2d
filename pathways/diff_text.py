"""How is the difference between two versions told to people? One line per element, one below it per change."""

from collections import Counter
from collections.abc import Iterator

from pathways.diff import Change, DefinitionDiff, Difference, Side

_SIGNS = {"added": "+", "removed": "-", "renamed": "»", "changed": "~"}
_LONGEST = 160


def readable(found: DefinitionDiff) -> str:
    """Give the whole difference as text."""
    return "\n".join(_lines(found))


def _lines(found: DefinitionDiff) -> Iterator[str]:
    yield f"{_side(found.old)} → {_side(found.new)}: {_summary(found)}"
    for each in found.differences:
        yield _heading(each)
        yield from (f"    {_change(change)}" for change in each.changes)


def _side(side: Side) -> str:
    tag = f" {side.version_tag}" if side.version_tag else ""
    return f"{side.key}{tag} ({side.sha256[:12] or 'not published'})"


def _summary(found: DefinitionDiff) -> str:
    counts = Counter(each.fate for each in found.differences)
    return ", ".join(f"{count} {fate}" for fate, count in counts.items()) or "no difference"


def _heading(each: Difference) -> str:
    title = f" '{each.title}'" if each.title != each.id else ""
    now = f" is now {each.new_id}" if each.new_id != each.id else ""
    return f"{_SIGNS[each.fate]} {each.type or each.kind} {each.id}{title}{now}: {each.fate}"


def _change(change: Change) -> str:
    if change.before is None:
        return f"{change.what}: now {_cut(change.after)}"
    if change.after is None:
        return f"{change.what}: no longer {_cut(change.before)}"
    becomes = "is now" if "→" in change.before else "→"
    return f"{change.what}: {_cut(change.before)} {becomes} {_cut(change.after)}"


def _cut(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
