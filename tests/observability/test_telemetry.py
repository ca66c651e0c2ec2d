"""Does one trace span request, case and activity? Seen by a real collector: an HTTP server that takes OTLP."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import generate_latest
from temporalio.client import Client
from temporalio.worker import Worker

import worker
from api.app import create_app
from api.metrics import Projected, Requests
from api.observing import Observed
from api.operations import operations_app, worker_polls
from api.telemetry import interceptors, tracing
from records.database import Database
from tests.api.conftest import publish_all, referral, settings, token
from tests.conftest import with_keys
from workflows.host.gateway import CaseGateway
from workflows.host.keys import DataKeys
from workflows.host.keys_wrapping import KeyRing
from workflows.host.settings import Settings
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal
QUEUE = "traced"


class Collector(ThreadingHTTPServer):
    """Takes spans over OTLP."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.taken: list[bytes] = []

    def spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.taken]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Take(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        self.server.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def test_the_trace_of_a_request_spans_api_case_and_activity_and_names_no_patient(
    collector: Collector, dev_server: Client, key_ring: KeyRing, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite'}")
    await database.migrate()
    await publish_all(database)
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"}
    requests, measured = Requests(), Projected()
    with tracing(environment, "test") as tracer:
        config = with_keys(dev_server, DataKeys(database, key_ring)).config()
        client = Client(**(config | {"interceptors": interceptors(tracer)}))
        app = create_app(settings(), database, CaseGateway(client, QUEUE))
        app.add_middleware(Observed, requests=requests, tracer=tracer)
        host = Settings(keys=key_ring, task_queue=QUEUE)
        async with (
            worker.activities_of(host, client, database, measured) as activities,
            case_worker(client, QUEUE, activities) as polling,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as http,
        ):
            await _is_ready(polling)
            headers = {"Authorization": f"Bearer {token('portal', 'integration')}", "X-Request-ID": "r-77"}
            body = referral(patient={"identifiers": [{"value": "MRN-4711"}], "name": "Testina Tracewell"})
            answer = await http.post("/referrals", json=body, params={"pathway": "two_tasks"}, headers=headers)
            assert answer.status_code == 201
            await _set_variable(http, answer.json()["case_id"])
            assert (await http.get("/made-up-by-a-caller", headers=headers)).status_code == 404
            assert (await http.request("MADEUP", "/cases", headers=headers)).status_code == 405
        assert not polling.is_running
    await database.close()
    _one_trace(collector)
    _goes_on(collector)
    assert b"Tracewell" not in b"".join(collector.taken)
    assert b"4711" not in b"".join(collector.taken)
    assert (measured.registry.get_sample_value("pathways_facts_total") or 0) > 5
    answered = {"method": "POST", "route": "/referrals", "status": "201"}
    assert requests.registry.get_sample_value("pathways_request_seconds_count", answered) == 1
    made_up = {"method": "GET", "route": "none", "status": "404"}
    assert requests.registry.get_sample_value("pathways_request_seconds_count", made_up) == 1
    assert b"MADEUP" not in generate_latest(requests.registry)


def _one_trace(collector: Collector) -> None:
    spans = {span.name: span for span in collector.spans()}
    request = spans["POST /referrals"]
    trace = {span.name for span in collector.spans() if span.trace_id == request.trace_id}
    assert {"StartUpdateWithStartWorkflow:Pathway two_tasks", "RunActivity:project_facts"} <= trace
    assert "RunWorkflow:Pathway two_tasks" in trace
    said = {attribute.key: attribute.value.string_value for attribute in request.attributes}
    assert (said["http.route"], said["request.id"]) == ("/referrals", "r-77")


async def _set_variable(http: httpx.AsyncClient, case_id: str) -> None:
    headers = {"Authorization": f"Bearer {token('chief', 'admin')}", "Idempotency-Key": "k-1"}
    body = {"variables": {"x": 1}, "reason": "a test"}
    answer = await http.post(f"/cases/{case_id}/variables", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


def _goes_on(collector: Collector) -> None:
    """What a later request makes a case do is a part of the case's own trace, linked to the request's."""
    request = next(span for span in collector.spans() if span.name.endswith("/variables"))
    began = next(span for span in collector.spans() if span.name == "POST /referrals")
    handled = next(span for span in collector.spans() if span.name == "HandleUpdate:set_variables")
    assert handled.trace_id == began.trace_id
    assert [link.trace_id for link in handled.links] == [request.trace_id]


async def _is_ready(polling: Worker) -> None:
    app = operations_app(Projected(), {"worker": worker_polls(polling)})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://w") as http:
        async with asyncio.timeout(60):
            while (await http.get("/health/ready")).status_code != 200:
                await asyncio.sleep(0.01)


async def test_what_an_exception_said_does_not_leave_the_process(collector: Collector) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}/"}
    with tracing(environment, "test") as tracer:
        assert tracer is not None
        with (
            pytest.raises(ValueError, match="Testina"),
            tracer.start_as_current_span("work", attributes={"a": "Testina"}),
        ):
            raise ValueError("Testina Sample")
    (span,) = collector.spans()
    assert span.status.code == 2
    assert [[attribute.key for attribute in event.attributes] for event in span.events] == [["exception.type"]]
    assert b"Testina" not in b"".join(collector.taken)


def test_without_a_collector_there_are_no_traces() -> None:
    with tracing({}, "test") as tracer:
        assert tracer is None
        assert interceptors(tracer) == ()
