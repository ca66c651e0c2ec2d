"""Is there anything of a patient where Temporal, its database or a log shows it in clear?"""

import asyncio
import base64
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace

import httpx
import pytest
import pytest_asyncio
import zstandard
from google.protobuf.json_format import MessageToJson
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from typer.testing import CliRunner

from api.metrics import Counted, Measured
from api.operations import operations_app
from api.surroundings import system_clock
from cli.keys import app as keys_commands
from demo.storyline import Arrives, Do, Step
from records.database import Database
from tests.e2e.collector import Collector
from tests.e2e.conftest import CLEARANCE, Stack, dental_referral
from tests.e2e.identifiers import Person, database_file, found_in, people
from tests.host.conftest import World, running
from tests.host.diagrams import WORK
from tests.host.payloads import events_of, payloads
from workflows.contract.requests import Work, WorkResult
from workflows.host.codec import ENCODING, EncryptedPayloads
from workflows.host.converter import data_converter
from workflows.host.keys import DataKeys
from workflows.host.keys_errors import KeyErased
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal

NAME, PHONE, ADDRESS = "Zebedee Quillfeather", "07700 900417", "17 Lanternmoss Crescent"
MRN, BORN = "ZQ-90417-MRN", "1947-08-19"
IDENTIFIERS = ("Zebedee", "Quillfeather", PHONE, "07700900417", "Lanternmoss", MRN, BORN, "19470819")
FREE_TEXT = f"{NAME}, born {BORN}, {ADDRESS}, phone {PHONE}, record {MRN}"
PATIENT = {
    "identifiers": [{"value": MRN}],
    "name": NAME,
    "birth_date": BORN,
    "telecom": [{"value": PHONE, "system": "phone"}],
}
WORDS = {"allergies", "contact_named", "teeth_poor_prognosis", "action", "conclusion"}
STEPS = CLEARANCE.steps[:9]


@dataclass(frozen=True)
class Traces:
    """What a case has left: everything that Temporal answers about it and its called cases, to whoever has no key."""

    client: Client
    case_id: str

    async def tree(self) -> list[str]:
        """Give the ids of the case and of those it called."""
        listed = await self.client.workflow_service.list_workflow_executions(
            ListWorkflowExecutionsRequest(namespace=self.client.namespace, page_size=1_000)
        )
        ids = [each.execution.workflow_id for each in listed.executions]
        return [each for each in ids if each == self.case_id or each.startswith(f"{self.case_id}/")]

    async def description(self, workflow_id: str) -> str:
        """Give type, ids, search attributes, memo and summaries, and what is pending with its last failure."""
        asked = DescribeWorkflowExecutionRequest(
            namespace=self.client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
        )
        answer = await self.client.workflow_service.describe_workflow_execution(asked)
        return MessageToJson(answer) + repr(answer)

    async def listing(self) -> str:
        """Give the visibility list, as the Temporal UI shows it."""
        asked = ListWorkflowExecutionsRequest(namespace=self.client.namespace, page_size=1_000)
        answer = await self.client.workflow_service.list_workflow_executions(asked)
        return MessageToJson(answer) + repr(answer)


@pytest_asyncio.fixture(scope="module")
async def keys(stack: Stack) -> AsyncIterator[DataKeys]:
    """The data keys of the installation, for whoever has its key file and its database."""
    database = Database(stack.place.environment()["PATHWAYS_DATABASE"])
    yield DataKeys(database, KeyRing.read(stack.place.folder / "payload.keys"))
    await database.close()


@pytest_asyncio.fixture(scope="module")
async def client(stack: Stack, keys: DataKeys) -> Client:
    return await Client.connect(f"127.0.0.1:{stack.place.temporal_port}", data_converter=data_converter(keys))


@pytest_asyncio.fixture(scope="module")
async def traces(stack: Stack, client: Client) -> AsyncIterator[Traces]:
    """A case whose patient is everywhere: in the referral, in free text, forms, messages, refused requests, keys."""
    referral = dental_referral("REF-E2E-PRIVATE", patient=PATIENT, clinical_question=FREE_TEXT)
    answer = await stack.ask("gateway.beacon", "POST", "/referrals", referral, key=f"refer {NAME} {MRN}")
    assert answer.status_code == 201, answer.text
    case_id = answer.json()["case_id"]
    await refused_requests(stack, case_id)
    await stack.play(case_id, tuple(spoken(step) for step in STEPS), {"status": "running"}, born=BORN)
    await stack.ask("a.oak", "POST", f"/cases/{case_id}/cancel", {"reason": FREE_TEXT}, key=f"cancel {MRN}")
    yield Traces(client, case_id)


def spoken(step: Step) -> Step:
    """Write the patient's identifiers wherever a person or a system may write words."""
    match step:
        case Do(values=values):
            return replace(step, values={**values, **dict.fromkeys(WORDS & values.keys(), FREE_TEXT)})
        case Arrives(variables=variables):
            return replace(step, variables={**variables, **dict.fromkeys(WORDS & variables.keys(), FREE_TEXT)})
        case _:
            return step


async def refused_requests(stack: Stack, case_id: str) -> None:
    """A referral and a form that are wrong, and a message that nobody waits for, all with the patient in them."""
    wrong = dental_referral("REF-E2E-WRONG", patient={**PATIENT, "birth_date": FREE_TEXT}, priority=NAME)
    assert (await stack.ask("gateway", "POST", "/referrals", wrong)).status_code == 422
    (task,) = await stack.first_tasks("dr.eagle", case_id)
    values = {"values": {"fractions": FREE_TEXT, NAME: MRN}}
    refused = await stack.ask("dr.eagle", "POST", f"{task['links']['self']}/complete", values, key=f"form {NAME}")
    assert refused.status_code == 422
    message = {"name": "imaging.report", "correlation_key": "REF-NOBODY", "message_id": "m-e2e", "variables": PATIENT}
    assert (await stack.ask("gateway", "POST", "/messages", message)).status_code == 202


def named_in(text: str) -> list[str]:
    return [identifier for identifier in IDENTIFIERS if identifier.lower() in text.lower()]


async def test_nothing_that_temporal_tells_of_a_case_names_the_patient(traces: Traces) -> None:
    tree = await traces.tree()
    assert len(tree) >= 2
    for workflow_id in tree:
        events = await events_of(traces.client, workflow_id)
        history = "".join(MessageToJson(event) + repr(event) for event in events)
        assert named_in(history) == []
        assert named_in(await traces.description(workflow_id)) == []
    assert named_in(await traces.listing()) == []


async def test_the_current_details_name_no_patient(traces: Traces, client: Client) -> None:
    for workflow_id in await traces.tree():
        metadata = await client.get_workflow_handle(workflow_id).query("__temporal_workflow_metadata")
        assert named_in(str(metadata)) == []
        assert "open the case" in metadata.current_details


async def test_every_payload_of_a_case_rests_encrypted(traces: Traces) -> None:
    for workflow_id in await traces.tree():
        found = [payload for event in await events_of(traces.client, workflow_id) for payload in payloads(event)]
        assert found
        assert {payload.metadata["encoding"] for payload in found} == {ENCODING}


async def test_a_failure_that_names_the_patient_is_not_shown(stack: Stack, client: Client) -> None:
    async with running(client) as world:
        world.work = fails_with_the_patient
        case = replace(world.case(WORK), variables={"referral_id": "REF-E2E-FAILS", "patient": PATIENT})
        await world.gateway.start(case, pathway=WORK.name)
        await world.until(lambda: "incident_raised" in world.happened(case.case_id))
        failed = Traces(client, case.case_id)
        history = "".join(repr(event) for event in await events_of(client, case.case_id))
        assert "ActivityTaskFailed".lower() in history.lower().replace("_", "")
        assert named_in(history) == []
        assert named_in(await failed.description(case.case_id)) == []
        assert named_in(reason(world, case.case_id)) == []


def fails_with_the_patient(_: Work) -> WorkResult:
    raise ApplicationError(FREE_TEXT, PATIENT, type="RegistryDown", non_retryable=True)


def reason(world: World, case_id: str) -> str:
    return next(str(fact.detail["reason"]) for fact in world.facts[case_id] if fact.fact == "incident_raised")


@pytest.mark.usefixtures("traces")
def test_the_logs_hold_no_patient(stack: Stack) -> None:
    logs = {log.name: log.read_text(errors="replace") for log in (stack.place.folder / "logs").iterdir()}
    assert {"worker.log", "api.log", "temporal.log"} <= logs.keys()
    assert {name: named_in(text) for name, text in logs.items() if named_in(text)} == {}


SEED = 20_261_122
CONTROL = ("Xanthippe Plainword", "Yolanthe Basedword", "Zenobia Squeezedword", "Walpurga Memoword")
"""Written by a client that encrypts nothing: as text, in base64, compressed with zstd, and as a memo."""


@dataclass(frozen=True)
class Crowd:
    """People, their cases, and the workflows that these and the cases they called are."""

    persons: tuple[Person, ...]
    cases: tuple[str, ...]
    workflows: tuple[str, ...]
    listing: bytes

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Everything that says who somebody is."""
        return tuple(identifier for person in self.persons for identifier in person.identifiers)


@pytest_asyncio.fixture(scope="module")
async def crowd(stack: Stack, client: Client) -> Crowd:
    """A case for each of the people, who are all over it; some end, some stay open. And one that nobody encrypts."""
    persons, limit = people(SEED), asyncio.Semaphore(4)

    async def refer(number: int, person: Person) -> str:
        async with limit:
            return await everything_said(stack, number, person)

    cases = tuple(await asyncio.gather(*(refer(number, person) for number, person in enumerate(persons))))
    await written_in_clear(stack)
    asked = ListWorkflowExecutionsRequest(namespace=client.namespace, page_size=1_000)
    while True:  # what visibility knows comes a moment later than what is
        answer = await client.workflow_service.list_workflow_executions(asked)
        workflows = tuple(each.execution.workflow_id for each in answer.executions)
        if "control" in workflows and set(cases) <= set(workflows):
            break
        await asyncio.sleep(0.1)
    tree = tuple(each for each in workflows if each.partition("/")[0] in cases)
    return Crowd(persons, cases, tree, both_ways(MessageToJson(answer), repr(answer)))


async def everything_said(stack: Stack, number: int, person: Person) -> str:
    """Refer somebody, and name all of it wherever a request may: variables, messages, keys, reasons."""
    named = {"patient": person.patient, "clinical_question": person.free_text}
    referral = dental_referral(f"REF-CROWD-{number}", **named, reason=[{"text": person.free_text[:900]}])
    key, pathway = f"refer {person.names[0]} {number}", "pre_rt_dental_clearance"
    answer = await stack.ask("gateway", "POST", "/referrals", referral, key=key, pathway=pathway)
    assert answer.status_code == 201, answer.text
    case_id: str = answer.json()["case_id"]
    said = {"variables": {"note": person.free_text}}
    assert (await stack.ask("a.oak", "POST", f"/cases/{case_id}/variables", said)).is_success
    message = {"name": "nobody.waits", "correlation_key": case_id, "message_id": f"crowd-{number}", **said}
    assert (await stack.ask("gateway", "POST", "/messages", message)).is_success
    if number % 2:
        why = {"reason": person.free_text[:900]}
        assert (await stack.ask("a.oak", "POST", f"/cases/{case_id}/cancel", why)).is_success
    return case_id


async def written_in_clear(stack: Stack) -> None:
    """What the search has to find: a workflow of a client that knows no keys."""
    careless = await Client.connect(f"127.0.0.1:{stack.place.temporal_port}")
    plain, based, squeezed, memo = CONTROL
    said = [plain, base64.b64encode(based.encode()).decode(), zstandard.compress(squeezed.encode())]
    await careless.start_workflow("Control", args=said, id="control", task_queue="nobody", memo={"about": memo})


def both_ways(*texts: str) -> bytes:
    return "\n".join(texts).encode()


async def test_a_thousand_identifiers_went_in(crowd: Crowd, client: Client, keys: DataKeys) -> None:
    """Each of them is in the histories, for who has the keys: what is not found below was there."""
    assert len(set(crowd.identifiers)) == 1_000
    codec = EncryptedPayloads(keys)
    events = [event for workflow_id in crowd.workflows for event in await events_of(client, workflow_id)]
    opened = await codec.decode([payload for event in events for payload in payloads(event)])
    assert found_in([payload.data for payload in opened], crowd.identifiers) == set(crowd.identifiers)


async def test_the_database_of_temporal_holds_none_of_a_thousand_identifiers(stack: Stack, crowd: Crowd) -> None:
    """Histories and visibility store of this server lie in one file; the same search finds what is not encrypted."""
    searched = list(database_file(stack.place.folder / "temporal.sqlite"))
    assert crowd.cases[0].encode() in b"".join(searched)
    assert found_in(searched, [*crowd.identifiers, *IDENTIFIERS, *CONTROL]) == set(CONTROL)


async def test_nothing_that_temporal_answers_holds_any_of_them(crowd: Crowd, client: Client) -> None:
    told = [crowd.listing]
    for workflow_id in (*crowd.workflows, "control"):
        events = await events_of(client, workflow_id)
        told += [both_ways(MessageToJson(event), repr(event)) for event in events]
        told.append((await Traces(client, workflow_id).description(workflow_id)).encode())
    assert found_in([crowd.listing], [*crowd.identifiers, *CONTROL]) == {CONTROL[3]}, "the memo of the careless client"
    assert found_in(told, [*crowd.identifiers, *CONTROL]) == set(CONTROL)


async def test_no_log_no_metric_and_no_trace_holds_any_of_them(stack: Stack, crowd: Crowd) -> None:
    logs = sorted((stack.place.folder / "logs").iterdir())
    assert {"worker.log", "api.log", "temporal.log"} <= {log.name for log in logs}
    metrics = await figures(stack)
    assert b"pathways_" in metrics
    traces = await sent(stack.collector, crowd.cases[-1])
    told = [*(log.read_bytes() for log in logs), metrics, *traces]
    assert found_in(told, [*crowd.identifiers, *IDENTIFIERS]) == set()
    known = list(database_file(stack.place.folder / "pathways.sqlite"))
    assert found_in(known, crowd.identifiers) == set(crowd.identifiers), "the read model keeps them in clear"


async def figures(stack: Stack) -> bytes:
    """Give the metrics that are counted over all cases, as a process answers them on its port for operators."""
    database = Database(stack.place.environment()["PATHWAYS_DATABASE"])
    app = operations_app(Measured(), {}, Counted(database, system_clock))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://operators") as http:
        metrics = (await http.get("/metrics")).content
    await database.close()
    return metrics


async def sent(collector: Collector, case_id: str) -> list[bytes]:
    """Give the traces once those of this case are among them: they are sent every few seconds."""
    async with asyncio.timeout(60):
        while not any(case_id.encode() in body for body in collector.bodies):
            await asyncio.sleep(0.1)
    return list(collector.bodies)


def test_what_is_kept_about_keys_and_batches_names_nobody(stack: Stack, crowd: Crowd) -> None:
    rows = []
    with closing(sqlite3.connect(stack.place.folder / "pathways.sqlite")) as database:
        for table in ("data_key", "batch", "batch_item"):
            rows += [repr(row).encode() for row in database.execute(f"SELECT * FROM {table}")]
    assert any(crowd.cases[0].encode() in row for row in rows)
    assert found_in(rows, [*crowd.identifiers, *IDENTIFIERS]) == set()


async def test_a_key_erased_on_the_command_line_takes_the_history_with_it(
    stack: Stack, crowd: Crowd, client: Client, keys: DataKeys
) -> None:
    running, over = crowd.cases[:2]
    assert "still runs" in await told(stack, "erase", running, "--reason", "a test", "--yes")
    assert "is erased" in await told(stack, "erase", over, "--reason", "a test", "--yes")
    assert f"{over}  erased" in await told(stack, "list")
    history = [payload for event in await events_of(client, over) for payload in payloads(event)]
    with pytest.raises(KeyErased):
        await EncryptedPayloads(DataKeys(keys.database, keys.encryption)).decode(history)


async def told(stack: Stack, *arguments: str) -> str:
    """Run `pathways keys` as the operator of the installation does; give what it says."""
    environment = stack.place.environment()
    return (await asyncio.to_thread(CliRunner().invoke, keys_commands, arguments, env=environment)).output
