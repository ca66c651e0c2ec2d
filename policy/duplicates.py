"""Is this order the same again? By patient, code family, body site and laterality, within its modality's window."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml

from pathways.calendar import working_add

TABLE = Path(__file__).parent / "duplicates.yaml"


@dataclass(frozen=True, slots=True)
class OrderKey:
    """What makes two orders of one patient the same."""

    code_family: str
    body_site: str = ""
    laterality: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier order of the same patient. `is_running`: its case has not ended."""

    order_id: str
    key: OrderKey
    status: str
    is_running: bool
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    windows: Mapping[str, str]
    families: Mapping[str, str]
    body_sites: Mapping[str, str]


def order_key(modality: str, *, body_site: str = "", laterality: str = "") -> OrderKey:
    """Give what an order is, for the comparison; where it looks follows from the modality when nobody says it."""
    table = _table()
    family = table.families.get(modality, modality)
    site = body_site or table.body_sites.get(modality) or table.body_sites.get(family, "")
    return OrderKey(family, site.strip().lower(), laterality.strip().lower())


def duplicates(key: OrderKey, earlier: Iterable[Earlier], *, now: datetime) -> tuple[Earlier, ...]:
    """Give the earlier orders that this one repeats; those under way first, then the newest report."""
    found = [each for each in earlier if _is_same(each.key, key) and _counts(each, now)]
    return tuple(sorted(found, key=lambda each: (each.status != "active", -_moment(each))))


def window(code_family: str) -> str:
    """Give how long a final report counts, as an ISO 8601 duration; empty: it does not."""
    return _table().windows.get(code_family, "")


def _is_same(one: OrderKey, other: OrderKey) -> bool:
    """A side that nobody said may be either: it is for a person to say that it is the other."""
    sides = {one.laterality, other.laterality} - {"", "bilateral"}
    return (one.code_family, one.body_site) == (other.code_family, other.body_site) and len(sides) < 2


def _counts(earlier: Earlier, now: datetime) -> bool:
    if earlier.status == "active":
        return earlier.is_running
    counts_for = window(earlier.key.code_family)
    if earlier.status != "final" or earlier.reported_at is None or not counts_for:
        return False
    return now < working_add(earlier.reported_at, counts_for, None)


def _moment(earlier: Earlier) -> float:
    return earlier.reported_at.timestamp() if earlier.reported_at else 0.0


@cache
def _table() -> _Table:
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    windows = {family: str(entry["window"]) for family, entry in table["windows"].items()}
    return _Table(windows, table["families"], table["body_sites"])
