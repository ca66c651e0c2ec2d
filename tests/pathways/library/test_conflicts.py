"""Does the plan conflict with the patient? The tiers of pathway i, rule by rule; advice only, never an order."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pathways.dmn import Decisions, read_decisions

TABLE = Path("pathways/library/i_complex_shared_plan/conflicts.dmn")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLAN: dict[str, Any] = {
    "medications": [],
    "allergies": [],
    "conditions": [],
    "labs": {},
    "prescribing_planned": ["none"],
    "procedure_risk": "low",
    "procedure": None,
    "extraction": False,
    "planned_date": "2026-03-10",
    "urgency": "elective",
    "transplant_date": None,
    "antiresorptive_regimen": None,
    "jaw_dose_gy": None,
}
HBA1C = {"hba1c": 50, "hba1c_on": "2026-02-01"}


@pytest.fixture(scope="module")
def decisions() -> Decisions:
    reading = read_decisions(TABLE.read_bytes(), file=TABLE.name)
    assert reading.findings == ()
    assert reading.decisions is not None
    return reading.decisions


CASES = [
    pytest.param({}, "info", (), id="nothing known, nothing planned"),
    pytest.param(
        {"allergies": ["Penicillin"], "prescribing_planned": ["amoxicillin"]},
        "hard_stop",
        ("allergy_penicillin",),
        id="penicillin allergy and amoxicillin",
    ),
    pytest.param(
        {"medications": ["Warfarin 3 mg"], "prescribing_planned": ["miconazole"]},
        "hard_stop",
        ("vitamin_k_antagonist",),
        id="warfarin and miconazole",
    ),
    pytest.param(
        {"medications": ["Warfarin 3 mg", "Fluconazole 50 mg"]},
        "hard_stop",
        ("vitamin_k_antagonist",),
        id="warfarin and an azole, both taken",
    ),
    pytest.param(
        {"medications": ["Tacrolimus", "Clarithromycin"]},
        "hard_stop",
        ("calcineurin_inhibitor",),
        id="tacrolimus and clarithromycin, both taken",
    ),
    pytest.param(
        {"medications": ["Naproxen", "apixaban"]},
        "ask",
        ("anticoagulant_nsaid",),
        id="anticoagulant and a painkiller, both taken",
    ),
    pytest.param(
        {"allergies": ["Penicillin"], "medications": ["Amoxicillin 500 mg"]},
        "hard_stop",
        ("allergy_penicillin",),
        id="penicillin allergy and amoxicillin taken",
    ),
    pytest.param(
        {"medications": [{"text": "Apixaban"}], "prescribing_planned": ["metronidazole"]},
        "info",
        (),
        id="a direct anticoagulant and metronidazole",
    ),
    pytest.param(
        {"medications": ["Ciclosporin"], "prescribing_planned": ["fluconazole"]},
        "hard_stop",
        ("calcineurin_inhibitor",),
        id="ciclosporin and an azole",
    ),
    pytest.param(
        {"medications": ["simvastatin"], "prescribing_planned": ["clarithromycin"]},
        "ask",
        ("statin",),
        id="simvastatin and clarithromycin",
    ),
    pytest.param(
        {"medications": ["edoxaban"], "prescribing_planned": ["ibuprofen"]},
        "ask",
        ("anticoagulant_nsaid",),
        id="anticoagulant and ibuprofen",
    ),
    pytest.param(
        {"medications": ["edoxaban"], "procedure_risk": "higher"},
        "ask",
        ("anticoagulant_procedure",),
        id="anticoagulant and a higher-risk procedure",
    ),
    pytest.param(
        {"transplant_date": "2025-09-11"}, "hard_stop", ("transplant_recent",), id="a day before six months are over"
    ),
    pytest.param({"transplant_date": "2025-09-10"}, "info", (), id="six months after a transplant"),
    pytest.param({"transplant_date": "2026-02-01", "urgency": "urgent"}, "info", (), id="not elective"),
    pytest.param(
        {"medications": ["alendronic acid"], "extraction": True}, "ask", ("antiresorptive",), id="antiresorptive"
    ),
    pytest.param(
        {"medications": ["denosumab"], "extraction": True, "antiresorptive_regimen": "cancer"},
        "conference",
        ("antiresorptive_cancer",),
        id="antiresorptive in the dose of cancer treatment",
    ),
    pytest.param(
        {"conditions": ["Type 2 diabetes"], "procedure_risk": "higher", "labs": {**HBA1C, "hba1c": 58}},
        "info",
        (),
        id="HbA1c of 58",
    ),
    pytest.param(
        {"conditions": ["Type 2 diabetes"], "procedure_risk": "higher", "labs": {**HBA1C, "hba1c": 59}},
        "ask",
        ("diabetes",),
        id="HbA1c of 59",
    ),
    pytest.param(
        {"conditions": ["Diabetes"], "procedure_risk": "higher", "labs": {**HBA1C, "hba1c_on": "2025-09-01"}},
        "ask",
        ("diabetes",),
        id="HbA1c older than 180 days",
    ),
    pytest.param({"conditions": ["Diabetes"], "procedure_risk": "higher"}, "ask", ("diabetes",), id="no HbA1c"),
    pytest.param({"jaw_dose_gy": 49.9, "extraction": True}, "info", (), id="less than 50 Gy"),
    pytest.param(
        {"jaw_dose_gy": 50, "procedure": "Extraction 46"},
        "conference",
        ("irradiated_jaw",),
        id="50 Gy and an extraction",
    ),
    pytest.param(
        {
            "medications": ["warfarin"],
            "prescribing_planned": ["metronidazole", "ibuprofen"],
            "jaw_dose_gy": 60,
            "extraction": True,
        },
        "hard_stop",
        ("vitamin_k_antagonist", "irradiated_jaw", "anticoagulant_nsaid"),
        id="several: the gravest first",
    ),
]


@pytest.mark.parametrize(("plan", "tier", "rules"), CASES)
def test_the_tier_is_that_of_the_gravest_conflict(
    decisions: Decisions, plan: dict[str, Any], tier: str, rules: tuple[str, ...]
) -> None:
    result = decisions.evaluate("conflicts", {**PLAN, **plan}, now=NOW)
    value: Any = result.value
    assert all("has no such entry" in warning for warning in result.warnings)
    assert (value["tier"], tuple(each["rule"] for each in value["found"])) == (tier, rules)
    assert value["needs_second_signer"] is (tier == "hard_stop")
    assert value["conference_needed"] is any(each["tier"] == "conference" for each in value["found"])


def test_a_hard_stop_names_both_medicines(decisions: Decisions) -> None:
    plan = {**PLAN, "medications": ["Tacrolimus 1 mg"], "prescribing_planned": ["clarithromycin"]}
    value: Any = decisions.evaluate("conflicts", plan, now=NOW).value
    assert value["found"][0]["between"] == ["tacrolimus", "clarithromycin"]


def test_no_rule_tells_anybody_to_stop_a_medicine() -> None:
    advice = re.findall(r'<text>"([A-Z][^"]+\.)"</text>', TABLE.read_text(encoding="utf-8"))
    assert len(advice) == 11
    assert not [
        words for words in advice if re.search(r"\b(stop|discontinue|withhold|suspend)\b", words, re.IGNORECASE)
    ]
