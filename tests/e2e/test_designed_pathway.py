"""Does the pathway of docs/designing-pathways.md run in a real installation, by the commands that the guide shows?"""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.docs.test_designing import GUIDE, ROOT, commands
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.temporal
NEEDED = ("bash", "curl")


def script(stack: Stack, folder: Path) -> str:
    """The guide's ```bash blocks, with this installation's folder, address and `pathways`."""
    blocks = "".join(re.findall(r"```bash\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL))
    copied = "\n".join(line for line in commands() if line.startswith(("cp ", "sed ")))
    here = blocks.replace("$PWD/.run", str(stack.place.folder.resolve())).replace(
        "http://127.0.0.1:8000", stack.place.api
    )
    ours = f'pathways() {{ "{sys.executable}" -m cli "$@"; }}\npython() {{ "{sys.executable}" "$@"; }}'
    return f"set -e\ncd {folder}\n{ours}\n{copied}\n{here}"


async def test_the_guides_pathway_is_published_started_and_in_the_worklist(stack: Stack, tmp_path: Path) -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"the guide's commands need {', '.join(missing)}, which is not on this machine")
    shutil.copytree(ROOT / "docs/designing", tmp_path / "docs/designing")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
    shell = await asyncio.create_subprocess_exec("bash", "-c", script(stack, tmp_path), env=environment, **pipes)
    said, _ = await shell.communicate()
    text = said.decode()
    assert shell.returncode == 0, text
    assert "valve_dental_check version 1 published" in text
    assert "valve_dental_check version 2 published" in text
    found = await stack.api.get("dr.heron", "/tasks", pathway="valve_dental_check")
    (task,) = found["items"]
    assert task["title"] == "Look at the teeth"
    assert str(task["id"]) in text
