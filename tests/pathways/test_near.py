"""Which word was meant, and when is nothing guessed?"""

import pytest

from pathways.near import meant, suggestion

KNOWN = ("notify", "referral.send", "gdp", "ent_surgeon", "expectedDuration")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("notfy", "notify"),
        ("Referral.Send", "referral.send"),
        ("expected_duration", "expectedDuration"),
        ("gpd", "gdp"),
        ("ent_surgoen", "ent_surgeon"),
        ("notify", None),
        ("nurse", None),
        ("", None),
        ("notify" * 100, None),
    ],
)
def test_a_slip_is_told_from_another_word(word: str, found: str | None) -> None:
    assert meant(word, KNOWN) == found
    assert suggestion(word, KNOWN) == (f"Did you mean '{found}'? " if found else "")
