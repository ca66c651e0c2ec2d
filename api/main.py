"""How is the API run by itself? From the environment: `uvicorn --factory api.main:build`, or `pathways api`."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI

from api.app import assemble, furnish, sweeping
from api.directory import directory_at
from api.identity import check_home
from api.metrics import Counted, Requests
from api.observing import Observed
from api.operations import database_answers, operations_app, port_of, serving, temporal_runtime
from api.settings import api_settings_from
from api.surroundings import system_clock
from api.telemetry import interceptors, tracing
from api.watchdog.keeping import every, watching
from records.audit_keys import audit_keys_from
from records.database import Database
from workflows.host.connection import connect, data_keys_of
from workflows.host.gateway import CaseGateway
from workflows.host.settings import settings_from

logger = structlog.get_logger(__name__)


def build(environment: Mapping[str, str] = os.environ) -> FastAPI:
    """Make the app; it connects to database and Temporal when it starts.

    Raises:
        ApiSettingsError: a setting of the API is missing or malformed.
        SettingsError: a setting of database, Temporal or keys is.
        IdentityError: nobody could sign in, or nothing says which organisation of the directory is ours.
        DirectoryError: the directory is malformed.
        AuditKeyError: the key of the audit is too short, or its file cannot be read.
    """
    settings, host = api_settings_from(environment), settings_from(environment)
    check_home(directory_at(settings.directory), settings.claims.home)
    database = Database(host.database, audit_keys=audit_keys_from(environment))
    port, interval, requests = port_of(environment), every(environment), Requests()
    traces = ExitStack()
    tracer = traces.enter_context(tracing(environment, "referral-pathways-api"))

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        await database.migrate()
        if not database.audit_keys.active:
            logger.warning("the audit is sealed without a key: set PATHWAYS_AUDIT_KEY or PATHWAYS_AUDIT_KEY_FILE")
        async with data_keys_of(host) as keys:
            client = await connect(host, keys, interceptors=interceptors(tracer), runtime=temporal_runtime({}))
            furnish(app, settings, database, CaseGateway(client, host.task_queue), keys=keys)
            counted = Counted(database, system_clock)
            async with (
                sweeping(app),
                watching(app.state.surroundings, every=interval),
                serving(operations_app(requests, {"database": database_answers(database)}, counted), port),
            ):
                yield
        await database.close()
        traces.close()

    app = assemble(settings, running)
    app.add_middleware(Observed, requests=requests, tracer=tracer)
    return app
