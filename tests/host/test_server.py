"""Are the servers that we ship tuned alike, and does a case on them keep its history short?"""

import json
from pathlib import Path

import pytest
import yaml
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from tests.conftest import free_port
from tests.host.conftest import running
from tests.host.diagrams import ONE_TASK
from workflows.contract.requests import SetVariables
from workflows.host.connection import ensure_search_attributes
from workflows.host.converter import data_converter
from workflows.host.keys import DataKeys
from workflows.host.server import SUGGESTED, ServerOptions, command_line, embedded_server

CARRIED_OVER = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
LAST_STEPS = 40
"""Events that a case may still write before it is at rest."""


def test_the_server_of_the_compose_file_is_tuned_as_the_embedded_one() -> None:
    given = command_line(ServerOptions())
    pairs = [given[place + 1].split("=") for place, word in enumerate(given) if word == "--dynamic-config-value"]
    composed = yaml.safe_load(Path("deploy/temporal-dynamic.yaml").read_text("utf-8"))
    assert {name: json.loads(value) for name, value in pairs} == {
        name: values[0]["value"] for name, values in composed.items()
    }


@pytest.mark.temporal
async def test_a_case_begins_a_fresh_history_before_its_replay_takes_long(data_keys: DataKeys) -> None:
    async with embedded_server(options := ServerOptions(port=free_port(), ui_port=None)):
        client = await Client.connect(options.address, data_converter=data_converter(data_keys))
        await ensure_search_attributes(client)
        async with running(client) as world:
            handle = client.get_workflow_handle((await world.start(ONE_TASK)).case_id)
            first = (await handle.describe()).run_id
            for number in range(SUGGESTED // 4):
                await world.gateway.send(handle.id, SetVariables({"number": number}, "p1"), f"k{number}")
            events = (await client.get_workflow_handle(handle.id, run_id=first).fetch_history()).events
    assert events[-1].event_type == CARRIED_OVER
    assert SUGGESTED < len(events) < SUGGESTED + LAST_STEPS
