"""Does `pathways probe worker` say within its patience that Temporal does not answer, and end?"""

import os
import socket
import subprocess
import sys

from workflows.host.keys_wrapping import new_key

PROBING = "from cli import probe; probe.PATIENCE /= 10; probe.probe(probe.Part.worker)"


def test_a_server_that_takes_calls_and_answers_none_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        address = f"127.0.0.1:{frozen.getsockname()[1]}"
        environment = {**os.environ, "PATHWAYS_TEMPORAL": address, "PATHWAYS_KEYS": new_key("test")}
        said = subprocess.run(
            [sys.executable, "-c", PROBING], capture_output=True, text=True, env=environment, timeout=120, check=False
        )
    assert (said.returncode, said.stdout) == (1, "worker does not answer\n"), said.stderr
