"""How does a test type a command? As somebody of a role, against the office's API on a real port."""

import asyncio
import json
from typing import Any

from typer.testing import CliRunner, Result

from cli.app import command_line
from tests.api.conftest import token

PEOPLE = {"admin": "a.fir", "coordinator": "c.elm"}


async def run(served: str, *arguments: str, role: str = "admin", code: int = 0, said: str = "") -> Result:
    """Run a command; `code`: with which it is to end, `said`: what is typed when it asks."""
    environment = {"PATHWAYS_API": served, "PATHWAYS_TOKEN": token(PEOPLE[role], role), "COLUMNS": "250"}
    result = await asyncio.to_thread(CliRunner().invoke, command_line(), list(arguments), input=said, env=environment)
    assert result.exit_code == code, result.output
    return result


async def answered(served: str, *arguments: str, **options: Any) -> Any:
    """Run a command and give the API's answer."""
    return json.loads((await run(served, *arguments, "--json", **options)).stdout)
