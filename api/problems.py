"""How does the API say that something went wrong? As problem+json (RFC 9457), as OperationOutcome under /fhir.

Every problem's `type` is an address of this API that explains it; `GET /problems` lists them all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from traceback import extract_tb
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from api.fhir_forms import FHIR_JSON, FhirXml, form_of, is_fhir
from api.sealing import sealed
from interop.errors import InteropError
from interop.fhir.outcome import Issue, operation_outcome
from records.database import is_away
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseNotFound, HostUnavailable
from workflows.host.keys_errors import KeyErased, KeysUnavailable

logger = structlog.get_logger(__name__)
PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its status, its title, what the caller should do, and the FHIR issue type."""

    status: int
    title: str
    remedy: str
    issue: str = "processing"


KINDS: Mapping[str, Kind] = {
    "unauthenticated": Kind(401, "No valid token", "Send `Authorization: Bearer` with a token of our issuer.", "login"),
    "forbidden": Kind(403, "Not for your role", "Ask someone whose role may do this.", "forbidden"),
    "second-signer": Kind(403, "Needs a second person", "Let somebody else of the role sign it.", "forbidden"),
    "result-withheld": Kind(
        403,
        "The result was withheld from you",
        "Ask the coordinator of the case: who covers reads it and acknowledges it.",
        "suppressed",
    ),
    "privacy-not-acknowledged": Kind(
        403,
        "The privacy notice is not acknowledged",
        "Read what `notice` names, and POST its `version` to `acknowledge`.",
        "forbidden",
    ),
    "not-found": Kind(404, "Nothing is there", "Check the address, or look in a list.", "not-found"),
    "method-not-allowed": Kind(405, "Not with this method", "See `Allow` for the methods.", "not-supported"),
    "malformed": Kind(400, "The request cannot be read", "Correct it as the detail says.", "structure"),
    "invalid": Kind(422, "The content does not fit", "Correct what the detail and `errors` name.", "invalid"),
    "not-acceptable": Kind(406, "Not in a form that is wanted", "Accept JSON or XML.", "not-supported"),
    "too-large": Kind(413, "The body is too large", "Send one referral at a time, with smaller documents.", "too-long"),
    "unsupported-media-type": Kind(415, "Not in this format", "Send JSON.", "not-supported"),
    "key-missing": Kind(
        400, "No idempotency key", "Send an `Idempotency-Key`: new per change, same per retry.", "required"
    ),
    "key-reused": Kind(422, "The key belongs to another request", "Take a new `Idempotency-Key`.", "conflict"),
    "signal-reused": Kind(409, "The id belongs to another signal", "Take a new `signal_id`.", "conflict"),
    "in-progress": Kind(409, "The same request is being done", "Ask again in a few seconds.", "transient"),
    "duplicate-referral": Kind(409, "This referral is a case already", "Follow `case`.", "duplicate"),
    "already-running": Kind(
        409, "A case with this business key runs", "Follow `case`, or wait for its end.", "duplicate"
    ),
    "not-startable": Kind(422, "This pathway is not started by hand", "Bring about what it begins with.", "invalid"),
    "unknown-pathway": Kind(422, "No such pathway", "Name one of `pathways` in `?pathway=`.", "not-found"),
    "not-publishable": Kind(422, "The pathways cannot be published", "Correct what `findings` name.", "invalid"),
    "form-invalid": Kind(422, "The form is not filled in correctly", "Correct the fields in `errors`.", "invalid"),
    "not-open": Kind(409, "It is no longer open", "Read it again: someone was faster, or it ended.", "conflict"),
    "not-yours": Kind(409, "Someone else holds it", "Ask the holder to release or delegate it.", "conflict"),
    "not-running": Kind(409, "The case has ended", "Nothing can be asked of a closed case.", "conflict"),
    "unknown-kind": Kind(422, "No such kind of batch", "Name one of `kinds`; `GET /batches/kinds` describes them."),
    "not-now": Kind(409, "Not in its present state", "Read it again and follow one of its `links`.", "conflict"),
    "withheld": Kind(
        409, "Nothing of it may be sent", "Say so in the task: consent or an agreement has to come first.", "suppressed"
    ),
    "no-undo": Kind(409, "It cannot be undone", "Correct the cases one by one, or by another batch.", "not-supported"),
    "selection-changed": Kind(409, "Another number of cases", "Do the dry run again.", "conflict"),
    "erased": Kind(410, "The key of the case was erased", "Its history is gone for good; its counts stay.", "deleted"),
    "not-erasable": Kind(409, "The key cannot be erased now", "Erase it when the whole case is over.", "conflict"),
    "too-many": Kind(429, "Too many requests", "Wait as long as `Retry-After` says, then go on.", "throttled"),
    "unavailable": Kind(
        503,
        "No answer in time",
        "Send it again with the same key. `GET /health/ready` and `pathways probe worker` say what is missing.",
        "transient",
    ),
    "error": Kind(500, "We made a mistake", "Report the request id; sending again is safe.", "exception"),
}
BY_STATUS = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many",
}
NOT_A_TEXT = ("22021", "22P05")
"""SQLSTATE of a NUL in a text, and in JSON."""

RETRY_AFTER = {"in-progress": "2", "unavailable": "5"}


class Problem(Exception):
    """The answer to a request that cannot be served: one of `KINDS`, what happened, and members of its own.

    `about`: the case that it is about. The answer does not say it, the audit of a refusal does.
    """

    def __init__(
        self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, about: str = "", **members: Any
    ) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.headers = headers or {}
        self.about = about
        self.members = members


def is_refusal(error: BaseException) -> bool:
    """Say whether an error means that nothing was done; of any other nobody knows."""
    if isinstance(error, Problem):
        return KINDS[error.kind].status < HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, HTTPException | InteropError | EventRejected | CaseNotFound | KeyErased)


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(InteropError, _on_interop)
    app.add_exception_handler(EventRejected, _on_rejected)
    app.add_exception_handler(CaseNotFound, _on_missing_case)
    app.add_exception_handler(HostUnavailable, _on_unavailable)
    app.add_exception_handler(KeysUnavailable, _on_unavailable)
    app.add_exception_handler(KeyErased, _on_erased)
    app.add_exception_handler(SQLAlchemyError, _on_database)
    app.add_exception_handler(Exception, _on_bug)


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return answer(request, error)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    kind = BY_STATUS.get(
        error.status_code, "error" if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else "malformed"
    )
    words = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != words else f"{request.method} {request.url.path}: {words}"
    return answer(request, Problem(kind, detail, headers=error.headers))


async def _on_validation(request: Request, error: Exception) -> JSONResponse:
    """Never give the offending value back: it may be a patient's."""
    assert isinstance(error, RequestValidationError)
    errors = [{"where": _where(each["loc"]), "message": _said(request, each)} for each in error.errors()]
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return answer(request, Problem("malformed", "The body is not JSON.", errors=errors))
    return answer(
        request, Problem("invalid", "; ".join(f"{e['where']}: {e['message']}" for e in errors), errors=errors)
    )


def _said(request: Request, wrong: Mapping[str, Any]) -> str:
    """Say what is wrong; of a field of the body that nobody knows, which there are."""
    known = _fields(request) if wrong["type"] == "extra_forbidden" and wrong["loc"][:-1] == ("body",) else ()
    return f"there is no such field here: write one of {', '.join(known)}" if known else str(wrong["msg"])


def _fields(request: Request) -> tuple[str, ...]:
    """The fields that a body may have, as the API describes itself."""
    described, path = request.app.openapi(), request.scope["route"].path_format
    body = described["paths"].get(path, {}).get(request.method.lower(), {}).get("requestBody", {})
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return tuple(described["components"]["schemas"].get(name, {}).get("properties", ()))


async def _on_interop(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InteropError)
    errors = [{"where": error.where, "message": error.what, "remedy": error.remedy}]
    return answer(request, Problem("invalid", str(error), errors=errors, where=error.where, remedy=error.remedy))


async def _on_rejected(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, EventRejected)
    return answer(request, Problem(error.code, str(error)))


async def _on_missing_case(request: Request, error: Exception) -> JSONResponse:
    return answer(request, Problem("not-found", str(error)))


async def _on_erased(request: Request, error: Exception) -> JSONResponse:
    return answer(request, Problem("erased", str(error)))


async def _on_unavailable(request: Request, error: Exception) -> JSONResponse:
    logger.warning("host unavailable", reason=str(error), request_id=_request_id(request))
    return answer(request, Problem("unavailable", str(error)))


async def _on_database(request: Request, error: Exception) -> JSONResponse:
    """While the database is away, whatever was done is found again under the same key. PostgreSQL keeps no NUL."""
    if getattr(getattr(error, "orig", None), "sqlstate", None) in NOT_A_TEXT:
        return answer(request, Problem("malformed", "A text of the request holds a character that no text may hold."))
    if not is_away(error):
        return await _on_bug(request, error)
    logger.warning("database unavailable", error=type(error).__name__, request_id=_request_id(request))
    return answer(request, Problem("unavailable", "The database does not answer."))


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    """Log where, never what: the message and the values of an exception may be a patient's."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    logger.error("unexpected error", error=type(error).__name__, request_id=_request_id(request), where=places)
    response = answer(request, Problem("error", "The server failed on this request; nothing is said here of why."))
    response.raw_headers = sealed(response.raw_headers, path=request.url.path, base_url=_base(request))
    return response


def answer(request: Request, problem: Problem) -> JSONResponse:
    """Give the response for a problem, in the format that the address speaks."""
    kind = KINDS[problem.kind]
    headers = {**_headers(problem), "X-Request-ID": _request_id(request)}
    if is_fhir(request.url.path):
        content = _outcome(problem, kind)
        if form_of(request.scope) == "xml":
            return FhirXml(content, kind.status, headers)
        return JSONResponse(content, kind.status, headers, media_type=FHIR_JSON)
    return JSONResponse(as_json(request, problem), kind.status, headers, media_type=PROBLEM_JSON)


def as_json(request: Request, problem: Problem) -> dict[str, Any]:
    """Give the problem's members (RFC 9457 §3.1); `remedy` and what the problem itself carries extend them."""
    kind = KINDS[problem.kind]
    members: dict[str, Any] = {
        "type": f"{_base(request)}/problems/{problem.kind}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": request.url.path,
        "remedy": kind.remedy,
        "request_id": _request_id(request),
    }
    own: dict[str, Any] = jsonable_encoder(problem.members)
    return {**members, **own}


def _outcome(problem: Problem, kind: Kind) -> dict[str, Any]:
    errors: Sequence[Mapping[str, Any]] = problem.members.get("errors", ())
    known: Sequence[str] = problem.members.get("pathways", ())
    named = f" `pathways`: {', '.join(known)}." if known else ""
    whole = Issue("error", kind.issue, f"{problem.detail} {kind.remedy}{named}")
    return operation_outcome([_issue(kind, each) for each in errors] or [whole])


def _issue(kind: Kind, error: Mapping[str, Any]) -> Issue:
    words = [error["message"], error.get("remedy", "")]
    where = str(error["where"])
    is_path = re.fullmatch(r"[A-Z][A-Za-z]*(\.[A-Za-z]+|\[[0-9]+\])*", where) is not None
    said = " ".join(f"{word.rstrip('.')}." for word in words if word)
    return Issue("error", kind.issue, said if is_path else f"{where}: {said}", where if is_path else None)


def _headers(problem: Problem) -> dict[str, str]:
    headers = dict(problem.headers)
    if problem.kind == "unauthenticated":
        headers.setdefault("WWW-Authenticate", 'Bearer realm="referral-pathways"')
    if problem.kind in RETRY_AFTER:
        headers["Retry-After"] = RETRY_AFTER[problem.kind]
    return headers


def _where(location: Sequence[int | str]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def _base(request: Request) -> str:
    """Where this API is reached; the address of the request may be one inside a proxy."""
    surroundings = getattr(request.app.state, "surroundings", None)
    return surroundings.settings.base_url if surroundings else str(request.base_url).rstrip("/")


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))
