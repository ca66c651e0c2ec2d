"""Does the service that an order went to have a finished report of it? Task type `result.query`: it is asked, once.

`GET {base}/DiagnosticReport`, FHIR R4, with the number of the order and, when there is one, the accession: nothing else
leaves. A report that is there goes the way of a message of that service, under an id that comes from the report: told
again, also by the service itself, it is the same; of another patient, it is not taken in. That nobody could be asked is
an answer like another, never a failure: a person traces what no system knows. Variables: `order_id`, `accession`,
`service` (as the directory names it), and `result_message`: as which message a report comes; left out, it is only said
that there is one. `result_key`: by what that message is found, when it is not the order.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import httpx
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.breaker import Breaker
from activities.directory import Directory, Results, Service
from activities.fhir_message import service_name
from activities.outbound import FIRST_BYTE, authorization, is_away
from activities.sending import Gate, To, Withheld, WithheldNow, to_service
from interop.errors import InteropError
from interop.fhir.finished_report import FINISHED, FinishedReport, finished_report
from records.database import Database
from records.writes.audit import append_audit
from workflows.contract.requests import DeliverMessage, Work, WorkResult

QUERY = "result.query"
"""Under this name it is on record that a number has left."""

PATIENCE = timedelta(seconds=10)
"""All that is asked for one result takes no longer: a person is waiting to be told to trace it."""

LARGEST = 8_000_000
"""Bytes of an answer that are read."""

Reason = Literal["no_address", "away", "refused", "no_sense", "withheld"]
WORDS: Mapping[Reason, str] = {
    "no_address": "no address at which it can be asked is described",
    "away": "it does not answer",
    "refused": "it refuses the question",
    "no_sense": "its answer cannot be read",
    "withheld": "nothing may be sent to it",
}
Question = tuple[tuple[str, str], ...]
SendReport = Callable[[DeliverMessage, Mapping[str, Any]], Awaitable[str]]
"""Note a report and route it by its key, with what it says of its patient; give what became of it."""

REFUSED_HERE = "ignored"
"""What becomes of a report that the case it is for does not take: it is a dead letter."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Nobody could be asked, or nothing that can be used was answered."""

    reason: Reason


AWAY, REFUSED = NotAsked("away"), NotAsked("refused")
Answer = FinishedReport | NotAsked | None
"""What is known after asking; None: there is no finished report."""


@dataclass(frozen=True, slots=True)
class Order:
    """Whose result is asked for. `message`: as what a report comes; empty: nobody waits for one."""

    order_id: str
    accession: str
    service: str
    message: str
    key: str

    @property
    def numbers(self) -> tuple[str, ...]:
        """Number and accession, as far as they are known."""
        return tuple(filter(None, (self.order_id, self.accession)))


class ResultQueries:
    """The asking for results that are overdue."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        http: httpx.AsyncClient,
        send_report: SendReport,
        clock: Callable[[], datetime],
    ) -> None:
        self._gate = Gate(database, directory, clock)
        self._database = database
        self._directory = directory
        self._http = http
        self._send_report = send_report
        self._clock = clock
        self._breaker = Breaker()

    @activity.defn(name="result.query")
    async def ask(self, work: Work) -> WorkResult:
        """Ask for the result of an order; deliver a report that is there to whoever waits for it.

        Gives `query_outcome` (`delivered`, `reported`: there is one that nobody here waits for, `not_taken`: it is of
        another patient, or its case refuses it, `not_found`, `not_asked`), `query_reason` of the last, `query_said` (a
        sentence), `queried_at`.

        Raises:
            ApplicationError: the step has no order_id.
        """
        order, at = _order(work), self._clock()
        service = self._directory.service(order.service)
        answer = await self._asked(work, order, service)
        outcome = _outcome(order, answer)
        if outcome == "delivered":
            assert isinstance(answer, FinishedReport)
            became = await self._send_report(_message(work, order, service, answer), answer.patient)
            outcome = "not_taken" if became == REFUSED_HERE else outcome
        reason = answer.reason if isinstance(answer, NotAsked) else ""
        await self._note(work, order, outcome, reason)
        said = _said(service, outcome, answer, at)
        return WorkResult(
            {"query_outcome": outcome, "query_reason": reason, "query_said": said, "queried_at": at.isoformat()}
        )

    async def _asked(self, work: Work, order: Order, service: Service) -> Answer:
        """Ask, if it may be asked: as for everything that leaves, consent and agreements decide."""
        address = service.results_at
        if address is None:
            return NotAsked("no_address")
        if self._breaker.is_open(str(address.url)):
            return AWAY
        to = replace(to_service(order.service, service, QUERY, self._directory.organisation), channel="endpoint")
        bare = replace(work, variables={"patient_id": work.variables.get("patient_id"), "order_id": order.order_id})
        leaving = await self._gate.ask(bare, to)
        if isinstance(leaving, Withheld):
            return NotAsked("withheld")
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                answer = await self._search(address, order, bare, to)
        except (httpx.TransportError, TimeoutError):
            answer = AWAY
        except httpx.DecodingError:
            answer = NotAsked("no_sense")
        except WithheldNow as refusal:
            await self._gate.stopped(bare, to, refusal.reason)
            return NotAsked("withheld")
        self._breaker.note(str(address.url), answered=answer != AWAY)
        await self._gate.sent(leaving.key)
        return answer

    async def _search(self, address: Results, order: Order, asking: Work, to: To) -> Answer:
        """Put one question after the other, until one is answered with a report or shows that asking is no use.

        A server refuses a question of a kind that it does not know; another one may be answered.
        """
        answers: list[Answer] = []
        for question in _questions(order):
            answer = await self._put(address, order, question, asking, to)
            if answer not in (None, REFUSED):
                return answer
            answers.append(answer)
        return None if None in answers else REFUSED

    async def _put(self, address: Results, order: Order, question: Question, asking: Work, to: To) -> Answer:
        async def before_sending(event: str, _info: Mapping[str, Any]) -> None:
            if event.endswith(FIRST_BYTE):
                await self._gate.still(asking, to)

        async with self._http.stream(
            "GET",
            f"{str(address.url).rstrip('/')}/DiagnosticReport",
            params=question,
            headers={"Accept": "application/fhir+json", "Prefer": "handling=strict", **authorization(address)},
            timeout=PATIENCE.total_seconds(),
            extensions={"trace": before_sending},
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                return AWAY if is_away(answer.status_code) else REFUSED
            return _understood(await _body(answer), order)

    async def _note(self, work: Work, order: Order, outcome: str, reason: str) -> None:
        detail = {"recipient": order.service, "order_id": order.order_id, "outcome": outcome, "reason": reason}
        async with self._database.session() as session:
            await append_audit(
                session,
                actor=f"case:{work.case_id}",
                action="result.queried",
                now=self._clock(),
                case_id=work.case_id,
                detail=detail,
            )


def _order(work: Work) -> Order:
    order_id = _text(work, "order_id")
    if not order_id:
        raise ApplicationError("Map an input order_id: whose result?", type="no order_id", non_retryable=True)
    key = _text(work, "result_key") or order_id
    return Order(order_id, _text(work, "accession"), service_name(work.variables), _text(work, "result_message"), key)


def _text(work: Work, name: str) -> str:
    value = work.variables.get(name)
    return value if isinstance(value, str) else ""


def _questions(order: Order) -> Iterator[Question]:
    """By the order's number as a logical reference, then as that of an order which the server has; by the accession.

    R4 has no search by the study, so an accession is found where it is the number of the order or of the report.
    """
    based_on = "based-on:identifier"
    wanted = [(based_on, order.order_id), ("based-on:ServiceRequest.identifier", order.order_id)]
    if order.accession:
        wanted += [("identifier", order.accession), (based_on, order.accession)]
    for name, number in wanted:
        yield (
            (name, re.sub(r"([\\$,|])", r"\\\1", number)),
            ("status", ",".join(FINISHED)),
            ("_include", "DiagnosticReport:based-on"),
            ("_include", "DiagnosticReport:result"),
            ("_include", "DiagnosticReport:subject"),
        )


async def _body(answer: httpx.Response) -> bytes:
    """The whole answer; of one that is too large, what shows that it is."""
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > LARGEST:
            break
    return body


def _understood(body: bytes, order: Order) -> Answer:
    if len(body) > LARGEST:
        return NotAsked("no_sense")
    try:
        return finished_report(json.loads(body), order.numbers)
    except (InteropError, ValueError, RecursionError):
        return NotAsked("no_sense")


def _outcome(order: Order, answer: Answer) -> str:
    if isinstance(answer, NotAsked):
        return "not_asked"
    if answer is None:
        return "not_found"
    return "delivered" if order.message else "reported"


def _message(work: Work, order: Order, service: Service, report: FinishedReport) -> DeliverMessage:
    """What the service would have sent: the same id and the same words as by `POST /results`."""
    category = {"category": "critical", "alert_flag": "critical"} if report.is_critical else {}
    carried = {
        "order_id": order.order_id,
        "report_id": report.report_id,
        "status": report.status,
        "conclusion": report.conclusion,
        "category": category.get("category", ""),
        "issued": report.issued,
    }
    scope = f"{service.organisation}|" if service.organisation else ""
    return DeliverMessage(
        name=order.message,
        correlation_key=order.key,
        message_id=f"{scope}{order.message}:{order.order_id}:{report.report_id}:{report.status}",
        variables={"report": carried, **category, **_coded(report), **report.values, **_taken(report)},
        actor=f"case:{work.case_id}",
    )


def _coded(report: FinishedReport) -> dict[str, Any]:
    """Its code; several all together, so that delivery tells the most alarming."""
    if len(report.codes) > 1:
        return {"conclusion_codes": list(report.codes)}
    return {"conclusion_code": report.codes[0]} if report.codes else {}


def _taken(report: FinishedReport) -> dict[str, str]:
    return {"taken_at": report.taken_at} if report.values and report.taken_at else {}


def _said(service: Service, outcome: str, answer: Answer, at: datetime) -> str:
    """What the coordinator reads, without a word of the report."""
    if isinstance(answer, NotAsked):
        return f"{service.name} could not be asked by computer: {WORDS[answer.reason]}."
    when = f"{service.name} was asked by computer on {at:%Y-%m-%d at %H:%M} UTC: "
    found = {
        "not_found": "it has no finished report of this order.",
        "reported": "it has a finished report, which has to be entered here.",
        "delivered": "it has a finished report, which has been fetched.",
        "not_taken": "it has a finished report, which was not taken in: look in the dead letters why.",
    }
    return when + found[outcome]
