"""Does whoever decides about what was reported, asked or declined read it in their task?"""

import json
from typing import Any

import pytest

from pathways.catalogue import library_folders
from tests.library import definitions
from workflows.proof.scenario import Case, play_on_engine, read_cases
from workflows.proof.simulation import Simulation

REFUSED = "adenotonsillectomy; accepted instead: none"
ASKED = "../information_missing/answer"
"""The form of what both call."""

FOLDERS = {folder.name: folder for folder in library_folders()}


@pytest.mark.parametrize(
    ("folder", "case_id", "form", "field", "shown"),
    [
        ("a_pre_rt_dental_clearance", "nobody-accepts", "declined_rt", "declined_because", "No capacity"),
        ("a_pre_rt_dental_clearance", "returned-for-information", "declined_rt", "declined_because", "Dose to the jaw"),
        (
            "00_closed_loop_referral",
            "not-attended-twice",
            "ack",
            "report_shown",
            "did not attend (2 appointments). Decided by a clinician: discharge with safety net. Symptoms gone",
        ),
        (
            "00_closed_loop_referral",
            "same-referral-posted-twice",
            "dup_review",
            "existing",
            "Order REF-0, active, asked for on 2026-01-02",
        ),
        ("00_closed_loop_referral", "rejected-and-acknowledged", "rej_ack", "declined_because", "wrong specialty"),
        (
            "b_ent_imaging_oncology",
            "symptom-raises-the-suspicion",
            "symptom_triage",
            "reported",
            "Coughing blood, severity 4",
        ),
        ("c_dental_red_flag_lesion", "hospital-declines-the-referral", "rej_ack", "declined_because", "wrong service"),
        ("c_dental_red_flag_lesion", "hospital-asks-for-information", ASKED, "asked", "medications"),
        ("f_oral_care_during_after", "symptom-while-a-review-is-open", "tier1", "reported", "pain, severity 3"),
        ("f_oral_care_during_after", "severity-in-words", "tier1", "reported", "bleeding, severity severe"),
        (
            "f_oral_care_during_after",
            "main-line",
            "gdp_ack",
            "plan_shown",
            "recall: after 3 months\nfluoride: toothpaste 5000 ppm: yes, tray: yes\njaw exercises: Three times a day\n"
            "extractions: only after advice of the tumour board\nwarning card: given\nown dentist: Own dentist 1",
        ),
        ("f_oral_care_during_after", "dentist-does-not-accept", "post_plan", "declined_because", "No room"),
        (
            "f_oral_care_during_after",
            "tooth-46-in-the-high-dose-field",
            "exodone",
            "decided",
            "Tooth 46: extraction. One",
        ),
        (
            "f_oral_care_during_after",
            "extraction-against-the-rule-with-a-reason",
            "exodone",
            "decided",
            "Tooth 46: without advice, agreed with Oncologist 1: Abscess cannot wait",
        ),
        ("g_surveillance_imaging", "symptom-while-a-visit-is-open", "early", "symptom", "Bleeding"),
        (
            "h_paediatric_mouth_breathing",
            "not-brought-twice",
            "safeguarding",
            "missed_visits",
            "Missed: another visit, another visit",
        ),
        ("h_paediatric_mouth_breathing", "missed-in-a-referral", "safeguarding", "missed_visits", "Missed: ENT, ENT"),
        (
            "no_show",
            "child-was-not-brought",
            "review",
            "missed_shown",
            "Missed appointments: 2 (was not brought). Why this time: unknown. Reached: no.",
        ),
        ("h_paediatric_mouth_breathing", "refusal-in-severe-osa", "refusal_check", "refused_plan", REFUSED),
        (
            "h_paediatric_mouth_breathing",
            "main-line",
            "ortho_tx",
            "planned",
            "adenotonsillectomy, rme; in which order: Surgery first",
        ),
        (
            "h_paediatric_mouth_breathing",
            "main-line",
            "plan",
            "found",
            "Conference: Surgery. Surgery\nSleep apnoea: moderate, AHI 12",
        ),
        ("consent_withdrawn", "main-line", "continue_care", "withdrawn", "Sharing with: service dietetics"),
        ("i_complex_shared_plan", "physician-asks-back", ASKED, "asked", "Heart valve"),
        ("result_overdue", "still-reporting", "find_result", "order_shown", "REF-2001-OPG"),
        ("treatment_date_moved", "main-line", "confirm_plan", "moved_to", "2026-02-01"),
    ],
)
async def test_what_came_from_outside_stands_in_the_task(
    folder: str, case_id: str, form: str, field: str, shown: str
) -> None:
    fields = json.loads((FOLDERS[folder] / f"{form}.form").read_text())["components"]
    assert field in [each["key"] for each in fields]
    case = next(each for each in read_cases((FOLDERS[folder] / "cases.yaml").read_text()) if each.id == case_id)
    assert shown in await values_of(folder, case, field)


async def test_the_tumour_board_is_asked_about_the_tooth_beside_the_bare_bone() -> None:
    folder = "f_oral_care_during_after"
    case = next(
        each for each in read_cases((FOLDERS[folder] / "cases.yaml").read_text()) if each.id == "tooth-beside-bare-bone"
    )
    asked = "Osteoradionecrosis: how is it treated? And the tooth that has to come out (46)?"
    assert asked in await values_of(folder, case, "question")


async def test_whoever_hears_that_a_patient_stopped_it_all_hears_who_has_to_be_phoned() -> None:
    folder = "consent_withdrawn"
    cases = {each.id: each for each in read_cases((FOLDERS[folder] / "cases.yaml").read_text())}
    by_phone = {
        each: any("phone them if the patient agrees" in text for text in await values_of(folder, cases[each], "text"))
        for each in ("clinical-lead-stops-the-pathway", "patient-wishes-to-stop", "care-goes-on-after-all", "main-line")
    }
    assert by_phone == {
        "clinical-lead-stops-the-pathway": True,
        "patient-wishes-to-stop": True,
        "care-goes-on-after-all": False,
        "main-line": False,
    }


async def values_of(folder: str, case: Case, name: str) -> list[Any]:
    """Play a case; give what a variable of this name was, in whichever scope."""
    simulation = Simulation(definitions())
    await play_on_engine(case, simulation, key_of(folder))
    told = [each.fact.detail for each in simulation.trace if each.fact.fact == "variable_set"]
    return [detail["value"] for detail in told if detail["name"] == name]


def key_of(folder: str) -> str:
    return folder if folder in definitions() else folder.partition("_")[2]


async def test_the_patient_signs_a_plan_that_tells_the_options_with_benefit_risk_and_cost() -> None:
    folder = FOLDERS["i_complex_shared_plan"]
    case = next(each for each in read_cases((folder / "cases.yaml").read_text()) if each.id == "main-line")
    simulation = Simulation(definitions())
    await play_on_engine(case, simulation, "complex_shared_plan")
    told = [each.fact.detail for each in simulation.trace if each.fact.fact == "variable_set"]
    signed = next(str(detail["value"]) for detail in told if detail["name"] == "plan_text" and detail["value"])
    assert "Option: Extract 46; benefit: No infection; risk: Bleeding; cost: One visit" in signed
    assert signed.endswith("Option: Wait; benefit: No operation; risk: Infection")
