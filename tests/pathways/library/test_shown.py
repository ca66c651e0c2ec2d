"""Does whoever decides about what was reported, asked or declined read it in their task?"""

import json

import pytest

from pathways.catalogue import library_folders
from tests.library import definitions
from workflows.proof.scenario import play_on_engine, read_cases
from workflows.proof.simulation import Simulation

FOLDERS = {folder.name: folder for folder in library_folders()}


@pytest.mark.parametrize(
    ("folder", "case_id", "form", "field", "shown"),
    [
        ("00_closed_loop_referral", "rejected-and-acknowledged", "rej_ack", "declined_because", "wrong specialty"),
        (
            "b_ent_imaging_oncology",
            "symptom-raises-the-suspicion",
            "symptom_triage",
            "reported",
            "Coughing blood, severity 4",
        ),
        ("c_dental_red_flag_lesion", "hospital-declines-the-referral", "rej_ack", "declined_because", "wrong service"),
        ("c_dental_red_flag_lesion", "hospital-asks-for-information", "supply", "asked", "medications"),
        ("f_oral_care_during_after", "symptom-while-a-review-is-open", "tier1", "reported", "pain, severity 3"),
        ("f_oral_care_during_after", "severity-in-words", "tier1", "reported", "bleeding, severity severe"),
        ("g_surveillance_imaging", "symptom-while-a-visit-is-open", "early", "symptom", "Bleeding"),
        ("i_complex_shared_plan", "physician-asks-back", "supply", "asked", "Heart valve"),
        ("treatment_date_moved", "main-line", "confirm_plan", "moved_to", "2026-02-01"),
    ],
)
async def test_what_came_from_outside_stands_in_the_task(
    folder: str, case_id: str, form: str, field: str, shown: str
) -> None:
    fields = json.loads((FOLDERS[folder] / f"{form}.form").read_text())["components"]
    assert field in [each["key"] for each in fields]
    case = next(each for each in read_cases((FOLDERS[folder] / "cases.yaml").read_text()) if each.id == case_id)
    simulation = Simulation(definitions())
    await play_on_engine(case, simulation, key_of(folder))
    told = [each.fact.detail for each in simulation.trace if each.fact.fact == "variable_set"]
    assert shown in [detail["value"] for detail in told if detail["name"] == field]


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
