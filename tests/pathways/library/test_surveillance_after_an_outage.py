"""What becomes of a check-up whose date passed while the engine was down? (g_surveillance_imaging)"""

from datetime import UTC, datetime, timedelta

from tests.library import definitions
from workflows.engine.events import TimerFired
from workflows.proof.scenario import play_on_engine, read_cases
from workflows.proof.simulation import Simulation

PLANNED = """
- id: planned
  start: {referral_id: REF-1, patient_id: PAT-1, treatment: surgery, end_date: 2026-01-01}
  steps:
    - complete: plan
      variables: {schedule: uk_mdg_2016, risk: standard, imaging_plan: [none]}
    - expect: {waiting: [pick], variables: {next_clinic_date: "2026-03-01"}}
"""
RESTART = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_a_clinic_date_that_passed_in_a_36_hour_outage_fires_late_and_invites_once() -> None:
    played = await play_on_engine(read_cases(PLANNED)[0], Simulation(definitions()), "surveillance_imaging")
    simulation = played.simulation
    [case_id] = simulation.cases
    [timer] = [t for t in simulation.cases[case_id].state.timers.values() if t.node == "clinic_time"]
    simulation.now = RESTART
    simulation.send(case_id, TimerFired(RESTART, timer.id))
    simulation.advance_to(RESTART + timedelta(days=1))
    facts = [recorded.fact for recorded in simulation.trace]
    fired = [fact.detail["late_seconds"] for fact in facts if fact.fact == "timer_fired" and fact.element == "pick"]
    assert fired == [36 * 3600]
    assert [fact.element for fact in facts if fact.fact == "completed"].count("clinic_inv") == 1
    assert [fact.element for fact in facts if fact.fact == "offered"].count("clinic") == 1
