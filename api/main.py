"""How is the API run by itself? From the environment: `uvicorn --factory api.main:build`, or `pathways api`."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.app import assemble, furnish, sweeping
from api.settings import api_settings_from
from records.database import Database
from workflows.host.connection import connect, data_keys_of
from workflows.host.gateway import CaseGateway
from workflows.host.settings import settings_from


def build(environment: Mapping[str, str] = os.environ) -> FastAPI:
    """Make the app; it connects to database and Temporal when it starts.

    Raises:
        ApiSettingsError: a setting of the API is missing or malformed.
        SettingsError: a setting of database, Temporal or keys is.
    """
    settings, host = api_settings_from(environment), settings_from(environment)
    database = Database(host.database)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        await database.migrate()
        async with data_keys_of(host) as keys:
            gateway = CaseGateway(await connect(host, keys), host.task_queue)
            furnish(app, settings, database, gateway, keys=keys)
            async with sweeping(app):
                yield
        await database.close()

    return assemble(settings, running)
