"""What runs the cases? The worker process: Temporal worker, read model and every activity, put together here."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import structlog
from temporalio.client import Client
from temporalio.worker import WorkerDeploymentConfig

from activities.audit import Audits
from activities.consent import Consents
from activities.declined_steps import DeclinedSteps, Falling
from activities.definitions import Definitions
from activities.delivered_by_hand import DeliveriesByHand
from activities.directory import read_directory
from activities.duplicates import Duplicates
from activities.follow_up import FollowUps
from activities.messages import Messages
from activities.notification import Mail, Notifications
from activities.outage import Outages
from activities.outbound import Outbound
from activities.pathway_start import Onward, PathwayStarts
from activities.projection import Projection
from activities.proxies import Proxies
from activities.raising import Raising
from activities.record import Record
from activities.referral import Referrals
from activities.result_handoff import ResultHandoff
from activities.result_query import ResultQueries
from activities.sending import Gate
from activities.signals import Signals
from activities.threads import Threads
from api.access import Access
from api.answering_beginner import waiting_beginner
from api.background import Background
from api.broadcast import broadcast
from api.declined_steps import take_back
from api.delivery import Inbound, Post, deliver_thrown
from api.frozen_clocks import concerns_a_seal, stop_called
from api.logs import write_logs
from api.metrics import Projected
from api.operations import Port, database_answers, operations_app, port_of, serving, temporal_runtime, worker_polls
from api.starting_onward import begin_onward
from api.surroundings import system_clock
from api.telemetry import interceptors, tracing
from records.database import Database
from workflows.contract.requests import CaseFacts, DeliverMessage, DeliverSignal, SetVariables
from workflows.engine.errors import EventRejected
from workflows.host.connection import connect, data_keys_of, ensure_search_attributes
from workflows.host.definitions import decoded
from workflows.host.deployment import deployment_from
from workflows.host.gateway import CaseGateway, CaseNotFound
from workflows.host.settings import Settings, settings_from
from workflows.host.worker import case_worker

READY = "worker is polling"
SETTLING_SECONDS = 0.3
"""Temporal's threads need this long to end before the interpreter does; else it may abort (sdk-python issue 300)."""

logger = structlog.get_logger(__name__)


def main() -> None:
    """Run the worker until SIGINT or SIGTERM; running activities get ten seconds to finish."""
    write_logs()
    asyncio.run(_until_told(settings_from(os.environ)))
    time.sleep(SETTLING_SECONDS)


async def _until_told(settings: Settings) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await run_worker(settings, stopped)


async def run_worker(settings: Settings, stopped: asyncio.Event, environment: Mapping[str, str] = os.environ) -> None:
    """Run the worker until `stopped` is set: migrate the read model, connect, poll, answer the operators."""
    database, measured = Database(settings.database), Projected()
    try:
        await database.migrate()
        with tracing(environment, "referral-pathways-worker") as tracer:
            async with data_keys_of(settings) as keys:
                client = await connect(
                    settings, keys, interceptors=interceptors(tracer), runtime=temporal_runtime(environment)
                )
                await ensure_search_attributes(client)
                deployment = deployment_from(environment)
                await _poll(settings, client, database, measured, stopped, port_of(environment), deployment)
    finally:
        await database.close()


async def _poll(
    settings: Settings,
    client: Client,
    database: Database,
    measured: Projected,
    stopped: asyncio.Event,
    port: Port | None,
    deployment: WorkerDeploymentConfig | None,
) -> None:
    async with (
        activities_of(settings, client, database, measured) as activities,
        case_worker(
            client, settings.task_queue, activities, interceptors=[Outages()], deployment_config=deployment
        ) as polling,
    ):
        checks = {"database": database_answers(database), "worker": worker_polls(polling)}
        async with serving(operations_app(measured, checks), port):
            logger.info(READY, task_queue=settings.task_queue, temporal=settings.temporal)
            await stopped.wait()


@asynccontextmanager
async def activities_of(
    settings: Settings, client: Client, database: Database, measured: Projected | None = None
) -> AsyncIterator[Sequence[Callable[..., Any]]]:
    """Give every activity, closed over what it needs. `measured`: what hears of all that is projected."""
    directory = read_directory(settings.directory)
    post = Post(database, CaseGateway(client, settings.task_queue), system_clock, settings.case_page)
    mail = Mail(settings.smtp, settings.mail_from, settings.case_page)

    async def send(message: DeliverMessage, case_id: str) -> None:
        await deliver_thrown(post, _inbound(message, case_id), actor=message.actor)

    async def report(message: DeliverMessage, patient: Mapping[str, Any]) -> str:
        inbound = replace(_inbound(message, ""), patient=patient)
        return (await deliver_thrown(post, inbound, actor=message.actor)).status

    async def answer(message: DeliverMessage, case_id: str) -> None:
        beginner = await waiting_beginner(database, message, case_id)
        if beginner is not None:
            await send(message, beginner)

    async def tell(signal: DeliverSignal) -> None:
        await broadcast(post, signal)

    async def change(case_id: str, request: SetVariables, key: str) -> None:
        try:
            await post.gateway.send(case_id, request, key)
        except CaseNotFound:
            logger.info("a part of a case has ended before it was raised", case_id=case_id)
        except EventRejected as refusal:
            if refusal.code != "not-running":
                raise

    async def begin(onward: Onward) -> str:
        return await begin_onward(post, onward)

    async def stop(case_id: str, falling: Falling, request: str, actor: str) -> Sequence[tuple[str, str]]:
        steps = await take_back(post, case_id, falling, request=request, actor=actor)
        return [(step.title, step.became) for step in steps]

    def projected(batch: CaseFacts) -> None:
        """Hear of every batch that is on record."""
        if measured is not None:
            measured.projected(batch, now=system_clock())
        if concerns_a_seal(batch):
            background.start(stop_called(post, batch.case.case_id))

    async with _ended(Background()) as background, httpx.AsyncClient() as http:
        outbound = Outbound(database, directory, http, system_clock)
        consents = Consents(database, directory, outbound, system_clock)
        duplicates = Duplicates(database, system_clock)
        yield (
            Definitions(database, decoded).load_definition,
            Projection(database, projected).project_facts,
            Messages(send).send_message,
            Signals(tell).broadcast_signal,
            Referrals(outbound, send, answer).send,
            Record(outbound).update,
            PathwayStarts(begin).start,
            Raising(database, change).raise_all,
            DeclinedSteps(database, stop).take_back,
            DeliveriesByHand(database, system_clock).confirm,
            consents.check,
            consents.record,
            consents.apply,
            Audits(database, system_clock).write,
            duplicates.check,
            duplicates.record,
            Proxies(database, system_clock).confirm,
            ResultHandoff(database, Gate(database, directory, system_clock), system_clock).hand_over,
            ResultQueries(database, directory, http, report, system_clock).ask,
            FollowUps(database, Gate(database, directory, system_clock), system_clock).plan,
            Threads(database, system_clock).post,
            Notifications(database, directory, mail, system_clock, Access.read().requesters).notify,
        )


@asynccontextmanager
async def _ended(background: Background) -> AsyncIterator[Background]:
    """What goes on beside the activities ends with them."""
    try:
        yield background
    finally:
        await background.end()


def _inbound(message: DeliverMessage, case_id: str) -> Inbound:
    return Inbound(
        name=message.name,
        correlation_key=message.correlation_key,
        message_id=message.message_id,
        variables=message.variables,
        ttl=message.ttl,
        case_id=case_id,
    )


if __name__ == "__main__":
    main()
