"""On which dates does a team meet, until when is something listed, and who gets which seat?"""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from activities.meeting_slots import MeetingSeries

TUESDAY = date(2026, 1, 6)
FORTNIGHTLY = MeetingSeries(
    name="Conference", first=TUESDAY, at="13:00", every_weeks=2, capacity=3, urgent=1, closes_hours=48
)


def test_a_series_comes_back_on_its_weekday_from_its_first_date_on() -> None:
    assert list(FORTNIGHTLY.dates(date(2025, 12, 1), date(2026, 2, 5))) == [
        TUESDAY,
        date(2026, 1, 20),
        date(2026, 2, 3),
    ]
    assert list(FORTNIGHTLY.dates(date(2026, 1, 7), date(2026, 1, 20))) == [date(2026, 1, 20)]
    assert [FORTNIGHTLY.is_held_on(day) for day in (TUESDAY, date(2026, 1, 13), date(2025, 12, 23))] == [
        True,
        False,
        False,
    ]


def test_nobody_meets_on_a_day_on_which_the_site_does_not_work() -> None:
    saturdays = FORTNIGHTLY.model_copy(update={"first": date(2026, 1, 10)})
    assert list(saturdays.dates(date(2026, 1, 1), date(2026, 3, 1))) == []


def test_it_begins_in_the_zone_of_the_site_and_closes_before() -> None:
    assert FORTNIGHTLY.begins(date(2026, 6, 9)).astimezone(UTC) == datetime(2026, 6, 9, 12, tzinfo=UTC)
    assert FORTNIGHTLY.closes(TUESDAY).astimezone(UTC) == datetime(2026, 1, 4, 13, tzinfo=UTC)


def test_the_last_seats_are_for_urgent_cases_and_some_are_left_for_others() -> None:
    assert (list(FORTNIGHTLY.seats(urgent=False)), list(FORTNIGHTLY.seats(urgent=True))) == ([1, 2], [1, 2, 3])
    with pytest.raises(ValidationError, match="leaves no seat for other cases"):
        MeetingSeries(name="Conference", first=TUESDAY, at="13:00", capacity=2, urgent=2)
