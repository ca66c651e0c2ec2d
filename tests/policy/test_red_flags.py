"""Is what a patient writes down a red flag?"""

import pytest

from policy.red_flags import red_flags


@pytest.mark.parametrize(
    ("symptom", "severity", "text", "finding"),
    [
        ("pain", 3, "It aches when I chew", ""),
        ("pain", 9, "", "uncontrolled_pain"),
        ("Swelling", 7, "", "spreading_infection"),
        ("pain", 1, "since noon I  cannot breathe well", "airway"),
        ("Schwellung", 2, "Das Auge ist zu, ich habe Schüttelfrost", "sepsis"),
        ("itch", 8, "", ""),
        ("neck", 2, "I can\N{RIGHT SINGLE QUOTATION MARK}t swallow my own spit", "spreading_infection"),
        ("Mund", 2, "Die Blutung ho\N{COMBINING DIAERESIS}rt nicht auf", "bleeding"),
        ("itch", 10, "", "severe_symptom"),
        ("pain", 2, "no shortness", ""),
        ("other", 3, "I lost my sight on the left for a minute", "orbital_sign"),
        ("swelling", 3, "My forehead is swollen", "orbital_sign"),
        ("Schwellung", 3, "Ich sehe doppelt", "orbital_sign"),
        ("pain", 3, "I have a stiff neck and a headache", "spreading_infection"),
    ],
)
def test_words_of_any_language_and_severity_make_a_red_flag(
    symptom: str, severity: int, text: str, finding: str
) -> None:
    assert red_flags().finding(symptom, severity, text) == finding
