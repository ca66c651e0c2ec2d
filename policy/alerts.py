"""How loud is an alert, and which alerts are one? Tiers and bundles, by `alerts.yaml` (hazard H7: alert fatigue)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import TypeAdapter

Tier = Literal[1, 2, 3]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that somebody was told about a case. `acted_on`: it was acknowledged, or what it is about was done."""

    key: str
    case_id: str
    level: str
    text: str
    channel: str
    at: datetime
    acted_on: bool = False


@dataclass(frozen=True, slots=True)
class Bundle:
    """Alerts of one tier about one case that reach a person as one. `ready_at`: when nothing more is awaited."""

    tier: Tier
    case_id: str
    alerts: tuple[Alert, ...]
    ready_at: datetime

    @property
    def acted_on(self) -> bool:
        """Whether all of it was acted on."""
        return all(alert.acted_on for alert in self.alerts)

    @property
    def texts(self) -> tuple[str, ...]:
        """What it says, each text once."""
        return tuple(dict.fromkeys(alert.text for alert in self.alerts))


@dataclass(frozen=True, slots=True)
class Rules:
    """The table."""

    page_channels: frozenset[str]
    page_levels: frozenset[str]
    digest_channels: frozenset[str]
    debounce: timedelta
    bundle: timedelta

    def tier(self, level: str, channel: str) -> Tier:
        """Give the tier of an alert by its level and its channels (comma separated)."""
        channels = frozenset(each.strip() for each in channel.split(",") if each.strip())
        if level in self.page_levels or not channels.isdisjoint(self.page_channels):
            return 1
        return 3 if channels and channels <= self.digest_channels else 2

    def bundles(self, alerts: Iterable[Alert]) -> tuple[Bundle, ...]:
        """Put together what is one: same case and tier, within the time of a bundle; the newest first.

        A page stands alone, unless the very same words come again.
        """
        groups: dict[tuple[Tier, str, str], list[list[Alert]]] = {}
        for alert in sorted(alerts, key=lambda each: (each.at, each.key)):
            tier = self.tier(alert.level, alert.channel)
            same = groups.setdefault((tier, alert.case_id, alert.text if tier == 1 else ""), [])
            if same and alert.at - same[-1][0].at <= self.bundle:
                same[-1].append(alert)
            else:
                same.append([alert])
        made = [self._bundle(key, group) for key, same in groups.items() for group in same]
        return tuple(sorted(made, key=lambda each: each.alerts[-1].at, reverse=True))

    def _bundle(self, key: tuple[Tier, str, str], group: list[Alert]) -> Bundle:
        tier, case_id, _ = key
        quiet, latest = group[-1].at + self.debounce, group[0].at + self.bundle
        return Bundle(tier, case_id, tuple(group), group[0].at if tier == 1 else min(quiet, latest))


@cache
def alert_rules(path: Path = Path(__file__).parent / "alerts.yaml") -> Rules:
    """Read the table."""
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    page, digest = table["tiers"][1], table["tiers"][3]
    durations = TypeAdapter(timedelta)
    return Rules(
        page_channels=frozenset(page["channels"]),
        page_levels=frozenset(page["levels"]),
        digest_channels=frozenset(digest["only_channels"]),
        debounce=durations.validate_python(table["debounce"]),
        bundle=durations.validate_python(table["bundle"]),
    )
