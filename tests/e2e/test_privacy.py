"""Is there anything of a patient where Temporal, its database or a log shows it in clear?"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from demo.storyline import Arrives, Do, Step
from tests.e2e.conftest import CLEARANCE, Stack, dental_referral
from tests.host.conftest import World, running
from tests.host.diagrams import WORK
from workflows.contract.requests import Work, WorkResult
from workflows.host.codec import ENCODING, KeyRing
from workflows.host.converter import data_converter

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

    stack: Stack
    client: Client
    case_id: str

    async def tree(self) -> list[str]:
        """Give the ids of the case and of those it called."""
        listed = await self.client.workflow_service.list_workflow_executions(
            ListWorkflowExecutionsRequest(namespace=self.client.namespace, page_size=1_000)
        )
        ids = [each.execution.workflow_id for each in listed.executions]
        return [each for each in ids if each == self.case_id or each.startswith(f"{self.case_id}/")]

    async def history(self, workflow_id: str) -> list[HistoryEvent]:
        """Give every event of a workflow, undecoded."""
        found: list[HistoryEvent] = []
        asked = GetWorkflowExecutionHistoryRequest(
            namespace=self.client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
        )
        while True:
            answer = await self.client.workflow_service.get_workflow_execution_history(asked)
            found += answer.history.events
            if not answer.next_page_token:
                return found
            asked.next_page_token = answer.next_page_token

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
async def client(stack: Stack) -> Client:
    keys = KeyRing.read(stack.place.folder / "payload.keys")
    return await Client.connect(f"127.0.0.1:{stack.place.temporal_port}", data_converter=data_converter(keys))


@pytest_asyncio.fixture(scope="module")
async def traces(stack: Stack, client: Client) -> AsyncIterator[Traces]:
    """A case whose patient is everywhere: in the referral, in free text, forms, messages, refused requests, keys."""
    referral = dental_referral("REF-E2E-PRIVATE", patient=PATIENT, clinical_question=FREE_TEXT)
    answer = await stack.ask("gateway", "POST", "/referrals", referral, key=f"refer {NAME} {MRN}")
    assert answer.status_code == 201, answer.text
    case_id = answer.json()["case_id"]
    await refused_requests(stack, case_id)
    await stack.play(case_id, tuple(spoken(step) for step in STEPS), {"status": "running"})
    await stack.ask("a.oak", "POST", f"/cases/{case_id}/cancel", {"reason": FREE_TEXT}, key=f"cancel {MRN}")
    yield Traces(stack, client, case_id)


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
    (task,) = (await stack.api.get("dr.eagle", "/tasks", case=case_id))["items"]
    values = {"values": {"fractions": FREE_TEXT, NAME: MRN}}
    refused = await stack.ask("dr.eagle", "POST", f"{task['links']['self']}/complete", values, key=f"form {NAME}")
    assert refused.status_code == 422
    message = {"name": "imaging.report", "correlation_key": "REF-NOBODY", "message_id": "m-e2e", "variables": PATIENT}
    assert (await stack.ask("gateway", "POST", "/messages", message)).status_code == 202


def found_in(text: str) -> list[str]:
    return [identifier for identifier in IDENTIFIERS if identifier.lower() in text.lower()]


async def test_nothing_that_temporal_tells_of_a_case_names_the_patient(traces: Traces) -> None:
    tree = await traces.tree()
    assert len(tree) >= 2
    for workflow_id in tree:
        events = await traces.history(workflow_id)
        history = "".join(MessageToJson(event) + repr(event) for event in events)
        assert found_in(history) == []
        assert found_in(await traces.description(workflow_id)) == []
    assert found_in(await traces.listing()) == []


async def test_the_current_details_name_no_patient(traces: Traces, client: Client) -> None:
    for workflow_id in await traces.tree():
        metadata = await client.get_workflow_handle(workflow_id).query("__temporal_workflow_metadata")
        assert found_in(str(metadata)) == []
        assert "open the case" in metadata.current_details


async def test_every_payload_of_a_case_rests_encrypted(traces: Traces) -> None:
    for workflow_id in await traces.tree():
        found = [payload for event in await traces.history(workflow_id) for payload in payloads(event)]
        assert found
        assert {payload.metadata["encoding"] for payload in found} == {ENCODING}


def payloads(message: Message) -> Iterator[Payload]:
    """Give every payload of an event but those made to be read: search attributes, summaries and details.

    The SDK notes number, attempt and times of a local activity in clear, in the part `data` of its marker.
    """
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None or field.name in ("search_attributes", "user_metadata"):
            continue
        for part in _parts(value, repeated=field.is_repeated):
            yield from payloads(part) if isinstance(part, Message) else ()


def _parts(value: Any, *, repeated: bool) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return [part for name, part in value.items() if name != "data"]
    return value if repeated else [value]


async def test_a_failure_that_names_the_patient_is_not_shown(stack: Stack, client: Client) -> None:
    async with running(client) as world:
        world.work = fails_with_the_patient
        case = replace(world.case(WORK), variables={"referral_id": "REF-E2E-FAILS", "patient": PATIENT})
        await world.gateway.start(case, pathway=WORK.name)
        await world.until(lambda: "incident_raised" in world.happened(case.case_id))
        failed = Traces(stack, client, case.case_id)
        history = "".join(repr(event) for event in await failed.history(case.case_id))
        assert "ActivityTaskFailed".lower() in history.lower().replace("_", "")
        assert found_in(history) == []
        assert found_in(await failed.description(case.case_id)) == []
        assert found_in(reason(world, case.case_id)) == []


def fails_with_the_patient(_: Work) -> WorkResult:
    raise ApplicationError(FREE_TEXT, PATIENT, type="RegistryDown", non_retryable=True)


def reason(world: World, case_id: str) -> str:
    return next(str(fact.detail["reason"]) for fact in world.facts[case_id] if fact.fact == "incident_raised")


def test_the_file_of_the_temporal_server_holds_no_patient(stack: Stack, traces: Traces) -> None:
    kept, known = contents(stack, "temporal.sqlite*"), contents(stack, "pathways.sqlite*")
    assert traces.case_id in kept
    assert found_in(known) != [], "the patient is nowhere: this test would find nothing"
    assert found_in(kept) == []


def contents(stack: Stack, files: str) -> str:
    return "".join(file.read_bytes().decode("latin-1") for file in stack.place.folder.glob(files))


@pytest.mark.usefixtures("traces")
def test_the_logs_hold_no_patient(stack: Stack) -> None:
    logs = {log.name: log.read_text(errors="replace") for log in (stack.place.folder / "logs").iterdir()}
    assert {"worker.log", "api.log", "temporal.log"} <= logs.keys()
    assert {name: found_in(text) for name, text in logs.items() if found_in(text)} == {}
