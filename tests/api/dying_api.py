"""An API whose process is killed once a case has done what was asked, before the audit says that it was asked.

It is told on its standard input what it works with, and says on its standard output that it listens.
"""

import asyncio
import json
import os
import signal
import sys
from typing import Any

import uvicorn
from temporalio.client import Client

from api.app import create_app
from records.database import Database
from tests.api.conftest import settings
from workflows.contract.requests import Receipt, Request
from workflows.host.converter import data_converter
from workflows.host.gateway import CaseGateway
from workflows.host.keys import DataKeys
from workflows.host.keys_wrapping import KeyRing


class LastWords(CaseGateway):
    """The real gateway; when a case has answered, the process has died."""

    async def send(self, case_id: str, request: Request, idempotency_key: str) -> Receipt:
        await super().send(case_id, request, idempotency_key)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody survives this")


async def main(told: dict[str, Any]) -> None:
    database = Database(told["database"])
    keys = DataKeys(database, KeyRing.parse(told["keys"]))
    client = await Client.connect(told["temporal"], data_converter=data_converter(keys))
    app = create_app(settings(jwks=told["jwks"]), database, LastWords(client, told["queue"]), keys=keys)
    server = uvicorn.Server(uvicorn.Config(app, port=told["port"], lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await serving


if __name__ == "__main__":
    asyncio.run(main(json.load(sys.stdin)))
