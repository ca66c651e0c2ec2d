"""Does the demo have systems that can be asked for an overdue result, and do they answer as we ask?"""

from pathlib import Path

import httpx
import pytest
import yaml
from temporalio.testing import ActivityEnvironment

from activities.directory import read_directory
from activities.result_query import ResultQueries
from cli.surroundings import DEMO_DIRECTORY, RESULTS_PORT, Surroundings
from demo.results_system import application
from records.database import Database
from tests.activities.conftest import clock, work
from tests.activities.test_result_query import Door
from tests.conftest import free_port
from tests.results_system import serving_app

ASKED = ("imaging", "imaging_partner", "pathology", "laboratory", "sleep_physiology")
"""Services that pathways of the library ask for results."""


def test_every_service_that_is_asked_for_results_is_described_with_an_address() -> None:
    directory = read_directory(DEMO_DIRECTORY)
    addresses = {
        name: str(directory.service(name).results_at and directory.service(name).results_at.url) for name in ASKED
    }
    assert set(addresses.values()) == {f"http://127.0.0.1:{RESULTS_PORT}/fhir"}


def test_the_directory_of_an_installation_says_on_which_port_its_results_lie(tmp_path: Path) -> None:
    place = Surroundings(tmp_path / "run", results_port=18_810)
    place.prepare()
    assert place.environment()["PATHWAYS_DIRECTORY"] == str((tmp_path / "run" / "directory.yaml").resolve())
    said = yaml.safe_load(place.directory.read_text())
    assert said["services"]["pathology"]["results"]["url"] == "http://127.0.0.1:18810/fhir"
    without = yaml.safe_load(DEMO_DIRECTORY.read_text())
    assert {**said, "services": said["services"].keys()} == {**without, "services": without["services"].keys()}
    assert Surroundings(tmp_path / "run").environment()["PATHWAYS_DIRECTORY"] == str(DEMO_DIRECTORY.resolve())


@pytest.mark.parametrize(("order", "outcome"), [("REF-1-OPG", "delivered"), ("REF-2-OPG", "not_found")])
async def test_a_report_that_a_system_holds_is_found_by_the_number_of_its_order_and_no_other(
    tmp_path: Path, order: str, outcome: str
) -> None:
    place, door = Surroundings(tmp_path / "run", results_port=free_port()), Door()
    place.prepare()
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite'}")
    await database.migrate()
    assert place.results_port is not None
    async with serving_app(application(), place.results_port), httpx.AsyncClient() as http:
        held = {"conclusion": "Radiolucency", "birth_date": "1961-05-04"}
        (await http.put(f"{place.results}/reports/REF-1-OPG", json=held)).raise_for_status()
        queries = ResultQueries(database, read_directory(place.directory), http, door, clock)
        asked = work(order_id=order, service="imaging", result_message="imaging.report")
        answer = await ActivityEnvironment().run(queries.ask, asked)
    await database.close()
    assert answer.variables["query_outcome"] == outcome
    told = [(message.variables["report"]["conclusion"], patient) for message, patient in door.messages]
    assert told == ([("Radiolucency", {"birth_date": "1961-05-04"})] if outcome == "delivered" else [])
