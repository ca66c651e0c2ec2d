"""Who may read the audit, and how? Who sees the data class `audit`, as FHIR AuditEvents; reading it is audited."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from api.deps import Asked, Visit
from api.fhir_forms import FHIR_JSON
from api.moments import moment_in
from api.paging import MAX_SIZE
from api.problems import Problem
from api.seeing import those_of_mine
from api.sides import side_of, working_roles
from interop.fhir.audit_event import audit_event
from policy.matrix import matrix
from records.queries.audit import AuditFilter, audit_rows, patients_of
from records.tables import Audit
from records.writes.audit import cases_listed

router = APIRouter(prefix="/fhir", tags=["FHIR R4"])
AUDIT = "audit"
MAX_ROW = 2**31 - 1
DATE = re.compile(r"(eq|ge|gt|le|lt)?(\d{4}-\d{2}-\d{2})(T.+)?")
Word = Annotated[str | None, Query(max_length=200)]
Dates = Annotated[
    list[str] | None,
    Query(
        max_length=2,
        description="a day, or a time with its offset, after `ge`, `gt`, `le` or `lt`",
        examples=["ge2026-11-01"],
    ),
]


@router.get("/AuditEvent", summary="Who did what: the audit, as a searchset Bundle")
async def search(
    asked: Asked,
    request: Request,
    patient: Word = None,
    agent: Word = None,
    entity: Word = None,
    date: Dates = None,
    outcome: Annotated[str | None, Query(pattern="^[048]$|^12$")] = None,
    count: Annotated[int, Query(alias="_count", ge=1, le=MAX_SIZE)] = 50,
    before: Annotated[int | None, Query(ge=1, le=MAX_ROW, description="rows that are older than this one")] = None,
) -> JSONResponse:
    """Give the rows about cases of my organisation, and about what its people did beside cases, the newest first.

    Raises:
        Problem: 403, the audit is not for the roles or the purpose of whoever asks; 422, a date cannot be read.
    """
    _require(asked)
    wanted = _between(AuditFilter(_id(patient), _id(entity), agent or "", outcome or "", before=before), date or [])
    side = side_of(asked, any_age=True)
    async with asked.here.database.reader() as session:
        rows = await audit_rows(session, wanted, side, limit=count + 1)
    shown = await _events(asked, rows[:count])
    about = {"patient_id": wanted.patient_id} if wanted.patient_id else {}
    await asked.read("audit.read", await _mine(asked, wanted.case_id), rows=len(shown), **about)
    return JSONResponse(_bundle(asked, request, shown, more=len(rows) > count), media_type=FHIR_JSON)


def _require(asked: Visit) -> None:
    sees = matrix().seen_by(working_roles(asked.me), asked.me.purpose)
    asked.require(allowed=AUDIT in sees, what="read the audit")


async def _mine(asked: Visit, case_id: str) -> str:
    """A case that somebody names is noted only when it is one."""
    return case_id if case_id and await those_of_mine(asked, (case_id,)) else ""


async def _events(asked: Visit, rows: Any) -> list[dict[str, Any]]:
    listed = {case_id for row in rows for case_id in cases_listed(row.detail)}
    mine = await those_of_mine(asked, listed, any_age=True)
    async with asked.here.database.reader() as session:
        patients = await patients_of(session, {row.case_id for row in rows})
    return [_event(asked, row, patients.get(row.case_id, ""), mine) for row in rows]


def _event(asked: Visit, row: Audit, patient: str, mine: frozenset[str]) -> dict[str, Any]:
    """Of a list only the cases of the reader's organisation show."""
    detail = dict(row.detail)
    if "cases" in detail:
        detail["cases"] = [each for each in cases_listed(detail) if each in mine]
    shown = {**row.model_dump(), "detail": detail, "at": row.at.astimezone(UTC).isoformat()}
    named = detail.get("patient_id")
    about = patient or (named if isinstance(named, str) else "")
    return audit_event(shown, base_url=_base(asked), patient=about)


def _bundle(asked: Visit, request: Request, shown: list[dict[str, Any]], *, more: bool) -> dict[str, Any]:
    """The next page begins where this one ends: rows that are written meanwhile move nothing."""
    base = f"{_base(asked)}/AuditEvent"
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "before"]
    asked_for = f"?{request.url.query}" if request.url.query else ""
    links = [{"relation": "self", "url": f"{base}{asked_for}"}]
    if more:
        links.append({"relation": "next", "url": f"{base}?{urlencode([*query, ('before', shown[-1]['id'])])}"})
    entries = [{"fullUrl": f"{base}/{each['id']}", "resource": each, "search": {"mode": "match"}} for each in shown]
    bundle = {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}
    return {name: value for name, value in bundle.items() if value}


def _id(reference: str | None) -> str:
    """The id of `Patient/…`, `Task/…` or of what has no type before it."""
    return (reference or "").removeprefix("Patient/").removeprefix("Task/")


def _between(wanted: AuditFilter, dates: list[str]) -> AuditFilter:
    for text in dates:
        since, until = _span(text)
        wanted = replace(
            wanted,
            since=max(filter(None, (wanted.since, since)), default=None),
            until=min(filter(None, (wanted.until, until)), default=None),
        )
    return wanted


def _span(text: str) -> tuple[datetime | None, datetime | None]:
    """What a FHIR date means, as from and to: a day is all of the day, a time its second."""
    match = DATE.fullmatch(text)
    start = moment_in(match[2] + (match[3] or "T00:00:00+00:00")) if match else None
    if match is None or start is None:
        raise Problem("invalid", "date is no day (2026-11-22) and no time with its offset (2026-11-22T10:00:00Z).")
    end = start + (timedelta(seconds=1) if match[3] else timedelta(days=1))
    spans = {"ge": (start, None), "gt": (end, None), "le": (None, end), "lt": (None, start)}
    return spans.get(match[1] or "", (start, end))


def _base(asked: Visit) -> str:
    return f"{asked.here.settings.base_url}/fhir"
