"""What is the API made of? One FastAPI app with its routes, made from the surroundings it is given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib.metadata import version

import structlog
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from sqlalchemy.exc import SQLAlchemyError

from api import problems, refusals
from api.absences import hand_over_tasks
from api.access import Access
from api.batches_running import take_up_batches
from api.breaking_glass import finish_reviews
from api.broadcast import finish_broadcasts
from api.called_off import stop_what_was_begun
from api.climbing import begin_climbed
from api.deliveries_left import finish_deliveries
from api.delivery import post_of
from api.description import describe
from api.digests import send_digests
from api.directory import directory_at
from api.forgetting import forget_answers
from api.frozen_clocks import keep_still
from api.issuer import DemoIssuer
from api.issuer_keys import IssuerKeys, discover, fetch_from
from api.kept_out import give_back_tasks
from api.middleware import BoundedBodies, Doors, FhirForms, RequestIds
from api.noted_starts import finish_noted_starts
from api.nothing_left import end_needless_deliveries
from api.pager import send_pages
from api.pools import open_pools
from api.rates import AddressRates, Rates
from api.reminders import remind_patients
from api.routes import (
    alerts,
    audit,
    batches,
    board,
    bookings,
    break_glass,
    care_team,
    case_page,
    cases,
    codec,
    conferences,
    corrections,
    dead_letters,
    deaths,
    diagrams,
    experiences,
    feedback,
    fhir,
    health,
    inbox,
    incidents,
    joint_times,
    journal,
    keys,
    letters,
    measures,
    meetings,
    messages,
    migrations,
    modifications,
    my,
    my_care,
    my_tasks,
    one_plan,
    pathways,
    people,
    printables,
    privacy,
    proxies,
    referral_loop,
    referrals,
    rounds,
    services,
    shadows,
    sharing,
    signals,
    starts,
    tasks,
    threads,
    timers,
    versions,
    watchdog,
)
from api.settings import ApiSettings
from api.specialists import call_specialists
from api.starting import finish_starts
from api.surroundings import Clock, Surroundings, system_clock
from api.texting import send_texts
from api.threads import finish_asking
from api.timer_starts import begin_by_timer
from api.tokens import Tokens
from api.turned_away import TurnedAway
from api.unfinished import finish_audit
from api.unread_results import hand_over_passed, tell_of_unread
from api.withdrawing import tell_performers
from api.withheld_results import hand_to_cover
from pathways.education import pieces
from pathways.one_plan import plan_names
from records.database import Database
from workflows.host.gateway import CaseGateway, GatewayError
from workflows.host.keys import DataKeys

logger = structlog.get_logger(__name__)
ROUTERS = (
    health.router,
    privacy.router,
    referrals.router,
    referral_loop.router,
    corrections.router,
    threads.router,
    care_team.router,
    alerts.router,
    conferences.router,
    meetings.router,
    feedback.router,
    fhir.router,
    audit.router,
    tasks.router,
    printables.router,
    rounds.router,
    board.router,
    diagrams.router,
    case_page.router,
    keys.router,
    timers.router,
    measures.router,
    modifications.router,
    break_glass.router,
    experiences.router,
    journal.router,
    my_care.router,
    my_tasks.router,
    my.router,
    letters.router,
    people.router,
    cases.router,
    messages.router,
    dead_letters.router,
    signals.router,
    sharing.router,
    one_plan.router,
    joint_times.router,
    bookings.router,
    deaths.router,
    proxies.router,
    services.router,
    inbox.router,
    incidents.router,
    watchdog.router,
    batches.router,
    pathways.router,
    versions.router,
    migrations.router,
    shadows.router,
    starts.router,
    codec.router,
)
"""In this order: of two routes that fit an address the first is taken, and a case's id may fit a lot."""

DESCRIPTION = """Referrals in (JSON, FHIR R4, IHE 360X), worklists, cases, messages, hand-offs.

Every request carries a bearer token; who works for several organisations says for which one by `X-Organisation`. Every
change carries an `Idempotency-Key`, except where its content says by itself that it is the same (a referral by its
number, a message by its id). FHIR is read and answered in JSON and XML. When a call that changes a case returns,
every worklist shows the change. Errors are problem+json (RFC 9457); `GET /problems` explains each kind.
"""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Parts = Mapping[str, Callable[[], Awaitable[int]]]


def create_app(
    settings: ApiSettings,
    database: Database,
    gateway: CaseGateway,
    *,
    keys: DataKeys | None = None,
    tokens: Tokens | None = None,
    clock: Clock = system_clock,
) -> FastAPI:
    """Make the API. `keys`: of the payloads, for the Temporal UI; `tokens`: instead of the settings' issuer."""
    app = assemble(settings, sweeping)
    furnish(app, settings, database, gateway, keys=keys, tokens=tokens, clock=clock)
    return app


def assemble(settings: ApiSettings, lifespan: Lifespan) -> FastAPI:
    """Make the app with its routes; `furnish` gives it what they work with before the first request."""
    app = FastAPI(
        title="Referral Pathways",
        version=version("referral-pathways"),
        description=DESCRIPTION,
        lifespan=lifespan,
        license_info={"name": "Apache-2.0"},
    )
    problems.install(app)
    refusals.install(app)
    describe(app)
    for router in ROUTERS:
        app.include_router(router)
    if settings.demo_issuer:
        app.state.demo_issuer = DemoIssuer(settings)
        logger.warning("LOCAL DEMO issuer is on: anybody gets a token", url=app.state.demo_issuer.url)
        app.include_router(app.state.demo_issuer.router())
    app.add_middleware(FhirForms)
    app.add_middleware(BoundedBodies, settings=settings)
    app.add_middleware(Doors, settings=settings)
    app.add_middleware(AddressRates, settings=settings)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.ui_origins,
        allow_methods=["POST"],
        allow_headers=["Authorization", "Content-Type", "X-Namespace"],
        expose_headers=["RateLimit", "RateLimit-Policy", "Retry-After"],
    )
    app.add_middleware(TurnedAway)
    app.add_middleware(RequestIds, settings=settings)
    return app


def furnish(
    app: FastAPI,
    settings: ApiSettings,
    database: Database,
    gateway: CaseGateway,
    *,
    keys: DataKeys | None = None,
    tokens: Tokens | None = None,
    clock: Clock = system_clock,
) -> None:
    """Give the app what its routes work with. With a malformed file of a site it does not start."""
    directory_at(settings.directory)
    pieces()
    plan_names()
    app.state.surroundings = Surroundings(
        settings=settings,
        database=database,
        gateway=gateway,
        tokens=tokens or _tokens(settings, getattr(app.state, "demo_issuer", None)),
        access=Access.read(),
        keys=keys,
        clock=clock,
        rates=Rates("person", settings.requests_per_person),
    )


def _tokens(settings: ApiSettings, issuer: DemoIssuer | None) -> Tokens:
    """Tokens of the demo's issuer, or of the one that is named: never of both."""
    if issuer is not None:
        keys = IssuerKeys(jwks=issuer.jwks)
        return Tokens(keys, issuer=issuer.url, audience=settings.audience, read=settings.claims)
    if settings.jwks is not None:
        keys = IssuerKeys(jwks=settings.jwks)
    else:
        fetch = fetch_from(settings.jwks_url) if settings.jwks_url else discover(settings.issuer)
        keys = IssuerKeys(fetch=fetch, refresh_seconds=settings.keys_refresh_seconds)
    return Tokens(keys, issuer=settings.issuer, audience=settings.audience, read=settings.claims)


@asynccontextmanager
async def sweeping(app: FastAPI) -> AsyncIterator[None]:
    """While the app runs, finish what calls that died have begun: starts of cases, deliveries, broadcasts."""
    stopped = asyncio.Event()
    sweep = asyncio.create_task(_sweep_until(stopped, app.state.surroundings))
    try:
        yield
    finally:
        stopped.set()
        sweep.cancel()
        with suppress(asyncio.CancelledError):
            await sweep
        await app.state.surroundings.background.end()


async def _sweep_until(stopped: asyncio.Event, here: Surroundings) -> None:
    """Sweep until stopped. Cancelling is not enough: Temporal's client answers a cancelled call like a lost one."""
    while not stopped.is_set():
        await sweep_once(here)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), here.settings.sweep_seconds)


async def sweep_once(here: Surroundings) -> None:
    """Start cases, deliver messages and signals, take up batches; what fails keeps nothing else from being done.

    Who has to be told does not wait for cases that do not answer.
    """
    done = await asyncio.gather(_all_swept(_of_cases(here)), _all_swept(_of_people(here)))
    counts = {name: count for part in done for name, count in part.items()}
    if any(counts.values()):
        logger.info("finished what calls had begun", **counts)


def _of_cases(here: Surroundings) -> Parts:
    post = post_of(here)
    return {
        "started": lambda: finish_starts(here.database, here.gateway),
        "started_as_noted": lambda: finish_noted_starts(post),
        "started_by_timer": lambda: begin_by_timer(post),
        "delivered": lambda: finish_deliveries(post),
        "broadcast": lambda: finish_broadcasts(post),
        "batches": lambda: take_up_batches(here),
        "reviews": lambda: finish_reviews(here),
        "pools": lambda: open_pools(here),
        "specialists": lambda: call_specialists(here),
        "asked": lambda: finish_asking(here),
        "climbed": lambda: begin_climbed(here),
        "nothing_left": lambda: end_needless_deliveries(here),
        "withdrawn": lambda: tell_performers(here),
        "called_off": lambda: stop_what_was_begun(here),
        "kept_still": lambda: keep_still(post),
        "to_cover": lambda: hand_to_cover(here),
        "handed_over": lambda: hand_over_tasks(here),
        "given_back": lambda: give_back_tasks(here),
    }


def _of_people(here: Surroundings) -> Parts:
    return {
        "reminded": lambda: remind_patients(here),
        "unread": lambda: tell_of_unread(here),
        "passed": lambda: hand_over_passed(here),
        "paged": lambda: send_pages(here),
        "texted": lambda: send_texts(here),
        "digests": lambda: send_digests(here),
        "forgotten": lambda: forget_answers(here),
        "unfinished": lambda: finish_audit(here),
    }


async def _all_swept(parts: Parts) -> dict[str, int]:
    return {name: await _swept(name, part) for name, part in parts.items()}


async def _swept(name: str, part: Callable[[], Awaitable[int]]) -> int:
    try:
        return await part()
    except (GatewayError, SQLAlchemyError) as error:
        logger.warning("a part of the sweep could not finish", part=name, error=type(error).__name__)
    except Exception:  # a sweep that ends in silence would leave everything unfinished that calls have begun
        logger.exception("a part of the sweep has failed", part=name)
    return 0
