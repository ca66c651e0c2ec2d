"""What does a process answer on its own port? Real HTTP on a real port, over a real database."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families as families
from temporalio.client import Client

from api.metrics import Counted, Projected, Requests
from api.operations import Port, PortError, database_answers, operations_app, port_of, serving, temporal_runtime
from api.surroundings import system_clock
from api.watchdog.keeping import NAME, WatchError, every, kept
from api.watchdog.report import Finding, Report
from records.database import Database
from records.projection import project
from records.tables import Batch, BatchItem, Idempotency, Message, WatchRound
from records.writes.audit import append_audit
from tests.conftest import free_port
from workflows.contract.requests import CaseFacts, StartCase
from workflows.engine.facts import Fact
from workflows.host.worker import case_worker

ROOT = Path(__file__).parents[2]
NOW = system_clock()
ENDS = {"gauge": ("",), "counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}


def facts() -> CaseFacts:
    began = NOW - timedelta(days=3)
    return CaseFacts(
        StartCase("case-1", "dental", "sha"),
        (
            Fact(1, began, "case_started", "dental", "Dental", "process", "dental#1"),
            Fact(2, began, "activated", "examine", "Examine", "userTask", "examine#1", {"scope": "dental#1"}),
            Fact(3, began, "offered", "examine", "Examine", "userTask", "examine#1", {"groups": ["dentist"]}),
            Fact(4, NOW, "timer_fired", "examine", "", "", "examine#1", {"timer": "timer#1", "late_seconds": 90}),
            Fact(5, NOW, "incident_raised", "examine", "", "", "examine#1", {"incident": "incident#1", "kind": "loop"}),
        ),
    )


async def fill(database: Database) -> None:
    report = Report(NOW, 0.1, running=1, asked=1, unasked=0, polled=True, findings=(Finding("c", "orphan", "none"),))
    async with database.session() as session:
        await project(session, facts())
        session.add(WatchRound(name=NAME, begun_at=NOW, finished_at=NOW, report=kept(report)))
        session.add(Message(message_id="m", name="report", correlation_key="k", status="unmatched", received_at=NOW))
        session.add_all(batches())
        owed = {"key": "k", "actor": "a", "request_hash": "h", "intent": {"case_id": "case-1"}}
        session.add(Idempotency(**owed, begun_at=NOW - timedelta(hours=1)))
        await append_audit(session, actor="watchdog", action="watchdog.rebuilt", now=NOW, case_id="case-1")


def batches() -> list[Batch | BatchItem]:
    """One batch that is paused, one that ended today, one that ended long ago; each did one item and failed at one."""
    ended = {"new": None, "today": NOW - timedelta(hours=9), "old": NOW - timedelta(days=3)}
    about = {"kind": "retry", "reason": "r", "actor": "a", "created_at": NOW - timedelta(days=3)}
    return [
        row
        for name, at in ended.items()
        for row in (
            Batch(batch=name, status="completed" if at else "paused", finished_at=at, **about),
            BatchItem(batch=name, number=1, case_id="case-1", status="done", update_id="u"),
            BatchItem(batch=name, number=2, case_id="case-1", status="failed", update_id="v"),
        )
    ]


def figures(text: str) -> dict[str, float]:
    """Every sample by its name and labels."""
    return {
        "".join((sample.name, *(f" {value}" for _, value in sorted(sample.labels.items())))): sample.value
        for family in families(text)
        for sample in family.samples
    }


async def test_the_port_says_how_much_goes_on(database: Database) -> None:
    await fill(database)
    app = operations_app(Requests(), {"database": database_answers(database)}, Counted(database, system_clock))
    port = Port(free_port())
    async with serving(app, port), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port.number}") as http:
        assert (await http.get("/health/live")).json() == {"status": "live"}
        assert (await http.get("/health/ready")).json() == {"status": "ready"}
        said = figures((await http.get("/metrics")).text)
        assert (await http.get("/metrics")).status_code == 200, "again within the same moment"
        assert (await http.get("/cases")).status_code == 404
    expected = {
        "pathways_open_cases dental": 1,
        "pathways_stuck_cases": 1,
        "pathways_waits week task": 1,
        "pathways_open_tasks": 1,
        "pathways_overdue_tasks": 0,
        "pathways_open_incidents loop": 1,
        "pathways_dead_letters unmatched": 1,
        "pathways_batches paused": 1,
        "pathways_batches completed": 2,
        "pathways_batch_items retry done": 2,
        "pathways_batch_items retry failed": 2,
        "pathways_unnoted_requests": 1,
        "pathways_orphan_cases": 1,
        "pathways_running_cases": 1,
        "pathways_findings orphan": 1,
        "pathways_findings drift": 0,
        "pathways_repairs_total rebuilt": 1,
        "pathways_workers_poll": 1,
    }
    assert {name: said.get(name) for name in expected} == expected
    assert not [name for name in said if "case-1" in name]


async def test_a_process_whose_database_is_gone_is_alive_and_not_ready(tmp_path: Path) -> None:
    nowhere = Database(f"sqlite:///{tmp_path / 'nobody' / 'made' / 'this.sqlite'}")
    checks = {"database": database_answers(nowhere)}
    port = Port(free_port())
    app = operations_app(Requests(), checks, Counted(nowhere, system_clock))
    async with serving(app, port), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port.number}") as http:
        assert (await http.get("/health/live")).status_code == 200
        answer = await http.get("/health/ready")
        assert (answer.status_code, answer.json()["database"]) == (503, "the database does not answer")
        assert "pathways_up_since_seconds" in (await http.get("/metrics")).text


async def test_without_a_port_nothing_is_served_and_a_taken_port_is_said() -> None:
    app = operations_app(Requests(), {})
    async with serving(app, port_of({})):
        pass
    port = port_of({"PATHWAYS_METRICS_PORT": str(free_port())})
    assert port is not None
    assert port.host == "127.0.0.1", "reached from elsewhere only when somebody says so"
    async with serving(app, port):
        with pytest.raises(PortError, match="cannot be had"):
            async with serving(app, port):
                pass
    for wrong in ("nine", "99999", "²"):
        with pytest.raises(PortError, match="number of a port"):
            port_of({"PATHWAYS_METRICS_PORT": wrong})


def test_the_worker_measures_how_late_timers_fire_and_facts_arrive() -> None:
    measured = Projected()
    measured.projected(facts(), now=NOW + timedelta(seconds=2))
    assert measured.registry.get_sample_value("pathways_timer_late_seconds_sum") == 90
    assert measured.registry.get_sample_value("pathways_projection_lag_seconds_bucket", {"le": "2.5"}) == 2
    assert measured.registry.get_sample_value("pathways_facts_total") == 5


async def test_every_figure_of_the_dashboard_and_the_alarms_is_exported(database: Database) -> None:
    await fill(database)
    counted = Counted(database, system_clock)
    await counted.count()
    requests = Requests()
    requests.add(counted)
    families = [*requests.registry.collect(), *Projected().registry.collect()]
    exported = {family.name + end for family in families for end in ENDS[family.type]}
    named = shown_or_watched()
    assert len(named) >= 20
    assert {name for name in named if not name.startswith("temporal_")} <= exported
    own = {family.name for family in families if family.name.startswith("pathways_")}
    missing = {name for name in own if not any(each.startswith(name) for each in named)}
    assert missing == set(), "every figure has a panel"


def shown_or_watched() -> set[str]:
    """The names of all figures in the dashboard and in the alarms."""
    board = json.loads((ROOT / "deploy/grafana/referral-pathways.json").read_text())
    shown = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    groups = yaml.safe_load((ROOT / "deploy/alarms.yml").read_text())["groups"]
    watched = [alarm["expr"] for group in groups for alarm in group["rules"]]
    return set(re.findall(r"\b(?:pathways|temporal|process)_\w+", " ".join((*shown, *watched))))


@pytest.mark.temporal
async def test_every_figure_of_temporal_on_the_dashboard_is_given_by_a_worker(dev_server: Client) -> None:
    """A case that cannot begin fails its workflow task, which is counted too."""
    port, queue = free_port(), "figures"
    runtime = temporal_runtime({"PATHWAYS_TEMPORAL_METRICS_PORT": str(port)})
    client = await Client.connect(dev_server.service_client.config.target_host, runtime=runtime)
    wanted = {name for name in shown_or_watched() if name.startswith("temporal_")}
    assert wanted
    async with case_worker(client, queue, ()), httpx.AsyncClient() as http, asyncio.timeout(60):
        begun = await client.start_workflow("of nothing", id="of-nothing", task_queue=queue)
        while missing := wanted - set(
            re.findall(r"(?m)^\w+", (await http.get(f"http://127.0.0.1:{port}/metrics")).text)
        ):
            await asyncio.sleep(0.1)
        await begun.terminate()
    assert not missing


def test_a_timer_that_is_armed_for_a_time_that_is_past_is_not_late() -> None:
    measured, past = Projected(), (NOW - timedelta(days=9)).isoformat()
    armed = Fact(1, NOW, "timer_started", "wait", "", "", "wait#1", {"timer": "timer#1", "due_at": past})
    late = {"timer": "timer#1", "due_at": past, "late_seconds": 9 * 86400}
    fired = Fact(2, NOW + timedelta(seconds=3), "timer_fired", "wait", "", "", "wait#1", late)
    for fact in (armed, fired):
        measured.projected(CaseFacts(StartCase("case-1", "dental", "sha"), (fact,)), now=NOW)
    assert measured.registry.get_sample_value("pathways_timer_late_seconds_sum") == 3


def test_how_often_rounds_are_made_can_be_said() -> None:
    assert every({}) == timedelta(seconds=20)
    assert every({"PATHWAYS_WATCH_SECONDS": "5"}) == timedelta(seconds=5)
    assert every({"PATHWAYS_WATCH_SECONDS": "0"}) is None
    with pytest.raises(WatchError, match="number of seconds"):
        every({"PATHWAYS_WATCH_SECONDS": "often"})
