"""An API whose process is killed at a moment that nobody would choose.

Once a case has done what was asked, before the audit says that it was asked; or, when it is told to die of what is
`written`, once a transaction is on record that has written that text. It is told on its standard input what it works
with, and says on its standard output that it listens.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession
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


class LastWrite(Database):
    """The real database; once a transaction that has written this text is on record, the process has died."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__(url)
        self._is_written = False

        @event.listens_for(self.engine.sync_engine, "after_cursor_execute")
        def note(_connection: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            self._is_written = self._is_written or text in str(parameters)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        async with super().session() as session:
            yield session
        if self._is_written:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(told: dict[str, Any]) -> None:
    database = LastWrite(told["database"], told["written"]) if told["written"] else Database(told["database"])
    keys = DataKeys(database, KeyRing.parse(told["keys"]))
    client = await Client.connect(told["temporal"], data_converter=data_converter(keys))
    gateway = CaseGateway if told["written"] else LastWords
    app = create_app(settings(jwks=told["jwks"]), database, gateway(client, told["queue"]), keys=keys)
    server = uvicorn.Server(uvicorn.Config(app, port=told["port"], lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await serving


if __name__ == "__main__":
    asyncio.run(main(json.load(sys.stdin)))
