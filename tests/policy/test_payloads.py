"""What does a recipient get? What the profile names and no more, narrowed by consent and agreements."""

import pytest

from policy.profiles import ProfileError, profile_named, select

CASE = {
    "reason": "lump",
    "patient": {"name": "Testina Sample"},
    "medications": ["warfarin"],
    "conditions": ["diabetes"],
    "caries_active": True,
    "egfr": 80,
    "jaw_dose_gy": 60,
    "note_of_the_registrar": "free words",
    "loop_counter": 3,
    "slot": None,
}
CONTENT = {"reason", "patient", "medications", "conditions"}


@pytest.mark.parametrize(
    ("profile", "names"),
    [
        ("minimum", CONTENT),
        ("dental", CONTENT | {"caries_active", "jaw_dose_gy"}),
        ("imaging", CONTENT | {"egfr"}),
        ("oncology", CONTENT | {"caries_active", "jaw_dose_gy"}),
        ("full", CONTENT | {"caries_active", "egfr", "jaw_dose_gy", "note_of_the_registrar", "loop_counter"}),
    ],
)
def test_a_profile_is_the_minimum_that_its_recipient_needs(profile: str, names: set[str]) -> None:
    assert set(select(CASE, profile).content) == names


def test_what_is_kept_back_is_named_by_its_class() -> None:
    found = select(CASE, "dental", withheld=("dental", "meds"))
    assert set(found.content) == (CONTENT | {"jaw_dose_gy"}) - {"medications"}
    assert found.withheld == ("dental", "meds")
    assert "dental" not in found.classes


def test_an_agreement_narrows_but_never_hides_who_it_is_about() -> None:
    assert set(select(CASE, "full", agreed=frozenset({"meds"})).content) == {"patient", "medications"}


def test_a_recipient_never_gets_more_than_its_ceiling() -> None:
    assert set(select(CASE, "full", ceiling="imaging").content) == CONTENT | {"egfr"}


def test_what_the_forms_of_the_case_declare_is_asked_first() -> None:
    """A field of theirs goes with the profile that holds its class, and stays where its class is not in the profile."""
    declared = {"note_of_the_registrar": "dental", "caries_active": "safeguarding"}
    assert set(select(CASE, "dental", declared=declared).content) == CONTENT | {"jaw_dose_gy", "note_of_the_registrar"}
    assert set(select(CASE, "minimum", declared=declared).content) == CONTENT
    assert "caries_active" in select(CASE, "full", declared=declared).content


def test_limits_and_agreements_go_by_what_the_forms_declare_also_of_the_content_of_a_referral() -> None:
    declared = {"conditions": "safeguarding", "note_of_the_registrar": "dental"}
    found = select(CASE, "dental", declared=declared, withheld=("dental",), agreed=frozenset({"dental", "meds"}))
    assert set(found.content) == {"patient", "medications"}
    assert found.withheld == ("dental", "own_referral", "rt_plan", "safeguarding")


def test_nothing_named_is_the_minimum_and_an_unknown_profile_is_refused() -> None:
    assert profile_named(None) == profile_named("") == "minimum"
    with pytest.raises(ProfileError, match="oncology"):
        profile_named("everything")
