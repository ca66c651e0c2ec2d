"""What is taken for a patient identifier, and what is not?"""

import pytest

from pathways.rules.identifiers import identifier_value, named_identifier


@pytest.mark.parametrize(
    "text",
    [
        "nhsNumber",
        "NHS_number",
        "nhs number",
        "patientMRN",
        "patient-ssn",
        "patientName",
        "Patient's birthDate",
        "DOB",
        "dateOfBirth",
        "lastNames",
    ],
)
def test_words_for_an_identifier_are_known_in_any_spelling(text):
    assert named_identifier(text)


@pytest.mark.parametrize(
    "text",
    [
        "referral_id",
        "Tell the patient",
        "name of the clinic",
        "emergency",
        "dobutamine",
        "orderNumber",
        "",
    ],
)
def test_other_words_are_left_alone(text):
    assert named_identifier(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("943 476 5919", "an NHS number"),
        ("9434765919", "an NHS number"),
        ("SSN 123-45-6789", "a social security number"),
        ("mrn: 00123", "a medical record number"),
        ("born 1/2/1980", "a date of birth"),
        ("DOB: 1980-02-01", "a date of birth"),
    ],
)
def test_a_value_is_told_by_its_kind_only(text, kind):
    assert identifier_value(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "943 476 5918",
        "0000000000",
        "Call 020 7946 0123",
        "2026-03-01",
        "SNOMED 103697008",
        "1234567890123",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert identifier_value(text) is None
