"""How loud is an alert, and which alerts are one?"""

from datetime import UTC, datetime, timedelta

import pytest

from policy.alerts import Alert, Tier, alert_rules

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def alert(minutes: float, text: str = "Examine: reminder", *, case: str = "case-1", channel: str = "inbox") -> Alert:
    at = MONDAY + timedelta(minutes=minutes)
    return Alert(f"{case}:{minutes}:{text}", case, "reminder", text, channel, at)


@pytest.mark.parametrize(
    ("level", "channel", "tier"),
    [
        ("breach", "inbox,pager", 1),
        ("escalation", "inbox,pager,phone_task", 1),
        ("red_flag", "", 1),
        ("critical", "inbox", 1),
        ("reminder", "inbox", 2),
        ("information", "", 2),
        ("breach", "digest", 3),
        ("reminder", "digest,inbox", 2),
    ],
)
def test_an_alert_has_a_tier_by_its_level_and_channels(level: str, channel: str, tier: Tier) -> None:
    assert alert_rules().tier(level, channel) == tier


def test_three_changes_within_an_hour_reach_a_person_as_one() -> None:
    [bundle] = alert_rules().bundles([alert(0), alert(20, "Book: reminder"), alert(55)])
    assert (len(bundle.alerts), bundle.texts) == (3, ("Examine: reminder", "Book: reminder"))
    assert bundle.ready_at == MONDAY + timedelta(hours=1)


def test_a_bundle_is_ready_a_quarter_of_an_hour_after_the_last_change() -> None:
    [bundle] = alert_rules().bundles([alert(0), alert(5)])
    assert bundle.ready_at == MONDAY + timedelta(minutes=20)


def test_other_cases_and_later_hours_are_other_bundles() -> None:
    bundles = alert_rules().bundles([alert(0), alert(61), alert(1, case="case-2")])
    assert [(bundle.case_id, len(bundle.alerts)) for bundle in bundles] == [("case-1", 1), ("case-2", 1), ("case-1", 1)]


def test_a_page_is_never_held_back_and_only_its_very_repetition_is_kept_away() -> None:
    pages = [alert(0, channel="pager"), alert(1, "Another", channel="pager"), alert(2, channel="pager")]
    bundles = alert_rules().bundles(pages)
    assert sorted(len(bundle.alerts) for bundle in bundles) == [1, 2]
    assert all(bundle.ready_at == bundle.alerts[0].at for bundle in bundles)
