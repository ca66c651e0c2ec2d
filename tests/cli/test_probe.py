"""Does `pathways probe` say whether a worker polls, and within its patience that Temporal does not answer?"""

import asyncio
import os
import socket
import subprocess
import sys

import pytest
from temporalio.client import Client

from tests.host.conftest import World, running

PROBING = "from cli import probe; probe.PATIENCE /= 10; probe.main(['worker'])"


def test_a_server_that_takes_calls_and_answers_none_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        said = probed(PROBING, PATHWAYS_TEMPORAL=f"127.0.0.1:{frozen.getsockname()[1]}")
    assert (said.returncode, said.stdout) == (1, "worker does not answer\n"), said.stderr


@pytest.mark.temporal
async def test_a_worker_that_polls_is_well_and_the_question_needs_no_keys(dev_server: Client) -> None:
    async with running(dev_server) as world:
        assert (await asyncio.to_thread(of_worker, world)).stdout == "worker is well\n"


def of_worker(world: World) -> subprocess.CompletedProcess[str]:
    address = world.client.service_client.config.target_host
    return probed(PROBING, PATHWAYS_TEMPORAL=address, PATHWAYS_TASK_QUEUE=world.task_queue)


@pytest.mark.parametrize(
    ("part", "unneeded"), [("api", "temporalio"), ("worker", "temporalio.client"), ("worker", "sqlalchemy")]
)
def test_a_health_check_reads_nothing_that_it_does_not_need(part: str, unneeded: str) -> None:
    program = (
        f"import os, sys; os._exit = lambda _: print('{unneeded}' in sys.modules, 'typer' in sys.modules);"
        f"from cli import main; sys.argv = ['pathways', 'probe', '{part}']; main()"
    )
    said = probed(program, PATHWAYS_TEMPORAL="127.0.0.1:1", PATHWAYS_API_PORT="1")
    assert said.stdout == f"{part} does not answer\nFalse False\n"


def probed(program: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PATHWAYS_")}
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment | settings,
        timeout=120,
        check=False,
    )
