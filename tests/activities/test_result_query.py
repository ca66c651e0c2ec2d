"""Is a service asked for a result that is overdue, with nothing but its numbers, and does what is there get here?"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlmodel import select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import result_query
from activities.breaker import FAILURES
from activities.directory import Directory
from activities.result_query import Reason, ResultQueries
from policy.consent import SHARING
from records.database import Database
from records.tables import Audit, Disclosure
from records.writes.sharing import Said, record_consent
from tests.activities.conftest import clock, work
from tests.results_system import ResultsSystem, nonsense, report, serving
from workflows.contract.requests import DeliverMessage

ORDER, ACCESSION = "REF-1-US", "ACC-7"
REQUEST = {"resourceType": "ServiceRequest", "id": "sr-1", "identifier": [{"value": ORDER}]}
PATIENT = {"name": "Testina Beispiel", "identifiers": [{"system": "urn:mrn", "value": "MRN-7"}]}
WHOM = {"order_id": ORDER, "service": "imaging", "result_message": "imaging.report", "patient_id": "P-1"}

CRITICALLY_HIGH = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "HH"}


@dataclass
class Door:
    """Where reports come in: what was brought, with what it says of its patient; `became`: what it answers."""

    messages: list[tuple[DeliverMessage, Mapping[str, Any]]] = field(default_factory=list)
    became: str = "delivered"

    async def __call__(self, message: DeliverMessage, patient: Mapping[str, Any]) -> str:
        self.messages.append((message, patient))
        return self.became


@pytest.fixture
def sent() -> Door:
    return Door()


@pytest_asyncio.fixture
async def system() -> AsyncIterator[ResultsSystem]:
    async with serving() as found:
        yield found


@pytest_asyncio.fixture(autouse=True)
async def agreed(database: Database) -> None:
    async with database.session() as session:
        said = Said("before", "P-1", SHARING, "given", clock(), recorded_by="test")
        await record_consent(session, said, now=clock())


def directory(system: ResultsSystem | None, **changed: Any) -> Directory:
    results = {"results": {"url": system.url, "token_env": "RIS_TOKEN"}} if system else {}
    service = {"name": "Imaging department", "named_contact": "", "deputy": "", **results, **changed}
    return Directory.model_validate({"services": {"imaging": service}})


async def ask(
    database: Database, http: httpx.AsyncClient, sent: Door, known: Directory, **given: Any
) -> dict[str, Any]:
    queries = ResultQueries(database, known, http, sent, clock)
    result = await ActivityEnvironment().run(queries.ask, work(**{**WHOM, **given}))
    return dict(result.variables)


@pytest.mark.parametrize(
    ("reports", "others", "unknown", "accession"),
    [
        ([report(ORDER)], [], set(), ""),
        ([report(basedOn=[{"reference": "ServiceRequest/sr-1"}])], [REQUEST], set(), ""),
        ([report(basedOn=[{"reference": "ServiceRequest/sr-1"}])], [REQUEST], {"based-on:identifier"}, ""),
        ([report(identifier=[{"value": ACCESSION}])], [], set(), ACCESSION),
        ([report(ACCESSION)], [], {"based-on:ServiceRequest.identifier", "identifier"}, ACCESSION),
    ],
    ids=["logical reference", "order that it has", "refuses one kind", "accession of the report", "of the order"],
)
async def test_a_report_that_is_there_goes_the_way_of_a_message_of_the_service(
    database: Database,
    http: httpx.AsyncClient,
    sent: Door,
    system: ResultsSystem,
    reports: list[dict[str, Any]],
    others: list[dict[str, Any]],
    unknown: set[str],
    accession: str,
) -> None:
    system.reports, system.others, system.unknown = reports, others, unknown
    for _ in range(2):
        said = await ask(database, http, sent, directory(system), accession=accession)
        assert (said["query_outcome"], said["query_reason"]) == ("delivered", "")
    first, again = sent.messages
    assert first == again, "tried again it is the same message"
    message, patient = first
    assert (message.name, message.correlation_key, patient) == ("imaging.report", ORDER, {})
    assert message.message_id == f"imaging.report:{ORDER}:r-1:final", "as if it had come by itself"
    assert message.variables["report"] == {
        "order_id": ORDER,
        "report_id": "r-1",
        "status": "final",
        "conclusion": "Node of 18 mm.",
        "category": "",
        "issued": "2026-03-01T10:00:00Z",
    }


NUMBER = {"system": "urn:mrn", "value": "MRN-7"}
PERSON = {"resourceType": "Patient", "id": "p-1", "identifier": [NUMBER], "birthDate": "1961-05-04"}


@pytest.mark.parametrize(
    ("changed", "others", "patient"),
    [
        ({"subject": {"identifier": NUMBER, "display": "T. Beispiel"}}, [], {"identifiers": [NUMBER]}),
        (
            {"subject": {"reference": "Patient/p-1"}},
            [PERSON],
            {"identifiers": [NUMBER], "birth_date": "1961-05-04"},
        ),
        (
            {"subject": {"reference": "#p-1"}, "contained": [{**PERSON, "identifier": []}]},
            [],
            {"birth_date": "1961-05-04"},
        ),
        ({"subject": {"reference": "Patient/elsewhere"}}, [], {}),
    ],
    ids=["logical reference", "came along", "contained", "did not come along"],
)
async def test_what_a_report_says_of_its_patient_goes_with_it_and_no_case_reads_it(
    database: Database,
    http: httpx.AsyncClient,
    sent: Door,
    system: ResultsSystem,
    changed: dict[str, Any],
    others: list[dict[str, Any]],
    patient: dict[str, Any],
) -> None:
    system.reports, system.others = [report(ORDER, **changed)], others
    await ask(database, http, sent, directory(system))
    ((message, said),) = sent.messages
    assert said == patient
    assert "MRN-7" not in str(message.variables)


async def test_that_a_report_was_not_taken_in_is_said_to_the_coordinator(
    database: Database, http: httpx.AsyncClient, sent: Door, system: ResultsSystem
) -> None:
    system.reports, sent.became = [report(ORDER)], "ignored"
    said = await ask(database, http, sent, directory(system))
    assert (said["query_outcome"], said["query_reason"]) == ("not_taken", "")
    assert said["query_said"].endswith(
        "it has a finished report, which was not taken in: look in the dead letters why."
    )


async def test_nothing_but_the_numbers_leaves_and_it_is_on_record(
    database: Database,
    http: httpx.AsyncClient,
    sent: Door,
    system: ResultsSystem,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RIS_TOKEN", "for-tests")
    about = {"patient": PATIENT, "reason": "trismus", "clinical_question": "Node?", "accession": ACCESSION}
    said = await ask(database, http, sent, directory(system), **about)
    assert said["query_said"] == (
        "Imaging department was asked by computer on 2026-03-02 at 09:00 UTC: it has no finished report of this order."
    )
    assert said["query_outcome"] == "not_found"
    left = " ".join([*system.asked, *system.headers.values()])
    assert (system.headers["authorization"], system.headers["prefer"]) == ("Bearer for-tests", "handling=strict")
    assert not [word for word in ("Testina", "MRN-7", "P-1", "trismus") if word in left]
    async with database.reader() as session:
        (disclosed,) = await session.exec(select(Disclosure))
        audited = [row for row in await session.exec(select(Audit)) if row.action == "result.queried"]
    assert (disclosed.message, disclosed.recipient, disclosed.state, disclosed.classes) == (
        "result.query",
        "imaging",
        "sent",
        ["status"],
    )
    assert [row.detail["outcome"] for row in audited] == ["not_found"]


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "preliminary"},
        {"status": "entered-in-error"},
        {"basedOn": [{"identifier": {"value": "REF-2-US"}}]},
        {"basedOn": [{"reference": "ServiceRequest/other"}]},
    ],
    ids=["preliminary", "in error", "of another order", "of an order that did not come along"],
)
async def test_a_server_that_ignores_the_question_gives_no_report_of_somebody_else(
    database: Database, http: httpx.AsyncClient, sent: Door, system: ResultsSystem, changed: dict[str, Any]
) -> None:
    system.is_lenient, system.unknown = True, {"based-on:identifier", "based-on:ServiceRequest.identifier", "status"}
    system.reports = [report(ORDER, **changed)]
    said = await ask(database, http, sent, directory(system))
    assert (said["query_outcome"], sent.messages) == ("not_found", [])


@pytest.mark.parametrize(
    ("behaves", "reason"),
    [
        ({"answers": httpx.codes.SERVICE_UNAVAILABLE}, "away"),
        ({"answers": httpx.codes.TOO_MANY_REQUESTS}, "away"),
        ({"answers": httpx.codes.FORBIDDEN}, "refused"),
        ({"answers": nonsense()}, "no_sense"),
        ({"answers": nonsense('{"resourceType": "Patient"}')}, "no_sense"),
        ({"answers": nonsense("[" * 100_000)}, "no_sense"),
        ({"answers": nonsense(encoding="gzip")}, "no_sense"),
        ({"unknown": {"status"}}, "refused"),
        ({"takes": 5.0}, "away"),
    ],
    ids=[
        "away",
        "too much",
        "refused",
        "a page",
        "no searchset",
        "too deep",
        "not packed as it says",
        "knows no such question",
        "too slow",
    ],
)
async def test_that_nobody_could_be_asked_is_said_at_once_and_is_no_failure(
    database: Database,
    http: httpx.AsyncClient,
    sent: Door,
    system: ResultsSystem,
    monkeypatch: pytest.MonkeyPatch,
    behaves: dict[str, Any],
    reason: Reason,
) -> None:
    monkeypatch.setattr(
        result_query, "PATIENCE", timedelta(seconds=0.5) if "takes" in behaves else timedelta(seconds=9)
    )
    for name, value in behaves.items():
        is_status = isinstance(value, httpx.codes)
        setattr(system, name, nonsense() if is_status else value)
        if is_status:
            assert system.answers is not None
            system.answers.status_code = value
    said = await ask(database, http, sent, directory(system))
    assert (said["query_outcome"], said["query_reason"], sent.messages) == ("not_asked", reason, [])
    assert said["query_said"] == f"Imaging department could not be asked by computer: {result_query.WORDS[reason]}."


async def test_a_service_without_an_address_is_not_asked(
    database: Database, http: httpx.AsyncClient, sent: Door
) -> None:
    assert (await ask(database, http, sent, directory(None)))["query_reason"] == "no_address"


async def test_where_an_endpoint_speaks_fhir_it_is_asked_there(
    database: Database, http: httpx.AsyncClient, sent: Door, system: ResultsSystem
) -> None:
    known = directory(None, endpoint={"url": system.url, "format": "fhir"})
    assert (await ask(database, http, sent, known))["query_outcome"] == "not_found"
    assert (await ask(database, http, sent, directory(None, endpoint={"url": system.url})))[
        "query_reason"
    ] == "no_address"


async def test_a_service_that_is_away_is_left_alone(
    database: Database, http: httpx.AsyncClient, sent: Door, system: ResultsSystem
) -> None:
    system.answers = nonsense()
    system.answers.status_code = 503
    queries = ResultQueries(database, directory(system), http, sent, clock)
    for _ in range(FAILURES + 2):
        result = await ActivityEnvironment().run(queries.ask, work(**WHOM))
        assert result.variables["query_reason"] == "away"
    assert len(system.asked) == FAILURES


async def test_what_the_patient_does_not_share_is_not_asked_for_by_computer(
    database: Database, http: httpx.AsyncClient, sent: Door, system: ResultsSystem
) -> None:
    async with database.session() as session:
        said = Said("then", "P-1", SHARING, "withdrawn", clock(), recorded_by="test")
        await record_consent(session, said, now=clock())
    answer = await ask(database, http, sent, directory(system))
    assert (answer["query_reason"], system.asked) == ("withheld", [])


async def test_a_report_that_no_step_waits_for_is_only_said_to_be_there(
    database: Database, http: httpx.AsyncClient, sent: Door, system: ResultsSystem
) -> None:
    system.reports = [report(ORDER)]
    said = await ask(database, http, sent, directory(system), result_message=None)
    assert (said["query_outcome"], sent.messages) == ("reported", [])


async def test_values_come_under_our_names_and_a_critical_one_is_critical(
    database: Database, http: httpx.AsyncClient, sent: Door, system: ResultsSystem
) -> None:
    inr, platelets = (
        {
            "resourceType": "Observation",
            "id": name,
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": value, "code": unit},
            "effectiveDateTime": "2026-03-01T08:00:00Z",
            **more,
        }
        for name, code, value, unit, more in (
            ("inr", "6301-6", 6.2, "{INR}", {"interpretation": [{"coding": [CRITICALLY_HIGH]}]}),
            ("plt", "777-3", 190000, "/uL", {}),
        )
    )
    lab = report(ORDER, result=[{"reference": "Observation/inr"}, {"reference": "Observation/plt"}])
    system.reports, system.others = [lab], [inr, platelets]
    await ask(database, http, sent, directory(system), result_message="lab.result", result_key="REF-1")
    ((message, _),) = sent.messages
    assert (message.name, message.correlation_key) == ("lab.result", "REF-1")
    taken = {name: value for name, value in message.variables.items() if name != "report"}
    assert taken == {
        "INR": 6.2,
        "taken_at": "2026-03-01T08:00:00Z",
        "category": "critical",
        "alert_flag": "critical",
    }, "a value in another unit is not taken"


async def test_of_several_versions_the_newest_counts(
    database: Database, http: httpx.AsyncClient, sent: Door, system: ResultsSystem
) -> None:
    newer = report(ORDER, id="r-2", status="corrected", issued="2026-03-02T07:00:00+00:00", conclusion="Cyst.")
    system.reports = [newer, report(ORDER)]
    await ask(database, http, sent, directory(system))
    ((message, _),) = sent.messages
    assert message.message_id == f"imaging.report:{ORDER}:r-2:amended"


async def test_a_step_that_says_no_order_is_drawn_wrongly(
    database: Database, http: httpx.AsyncClient, sent: Door
) -> None:
    with pytest.raises(ApplicationError, match="order_id"):
        await ask(database, http, sent, directory(None), order_id=None)
