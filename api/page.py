"""How does a case look in a browser? One small page: where it stands, its picture, what happened. No patient data."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from api.shapes.base import case_link
from records.queries.case import CaseDetail
from records.queries.timeline import TimelineEntry
from records.tables import Case

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b2530}
h1{font-size:1.4rem;margin:0 0 .3rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .7rem .35rem 0;vertical-align:top;
border-bottom:1px solid #d9dfe5}th{font-weight:600;color:#4a5764}
.picture{overflow-x:auto;border:1px solid #d9dfe5}.picture svg{height:34rem;width:auto}
.state{color:#4a5764}.stuck{color:#a1260d;font-weight:600}time{white-space:nowrap}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def case_page(found: CaseDetail, entries: Sequence[TimelineEntry], *, svg: str, query: str = "") -> str:
    """Write the page; every text is escaped, the picture is ours. `query` goes along to the pages of called cases."""
    case = found.case
    title = escape(f"{case.name}: {case.business_key}")
    return "".join(
        (
            f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>",
            f"<style>{STYLE}</style></head><body><h1>{title}</h1>",
            f"<p class='state'>{escape(case.status)} · {escape(case.urgency)} · since {_time(case.started_at)}</p>",
            *(f"<p class='stuck'>Stuck: {escape(reason)}</p>" for reason in found.stuck_reasons),
            "<h2>Waits for</h2>",
            _table(("Step", "For", "Of", "Since", "Until", "Escalation"), _waits(found)),
            "<h2>Called cases</h2>" if found.called else "",
            *(_called(each, query) for each in found.called),
            f"<h2>Diagram</h2><div class='picture'>{svg}</div><h2>What happened</h2>",
            _table(("When", "What", "By"), _happened(entries)),
            "</body></html>",
        )
    )


def _called(case: Case, query: str) -> str:
    link = escape(f"{case_link(case.case_id)}/page{query}")
    return f"<p><a href='{link}'>{escape(case.name)}</a>: {escape(case.status)}</p>"


def _waits(found: CaseDetail) -> Iterable[tuple[str, ...]]:
    for wait in found.waits:
        level = str(wait.escalation_level or "")
        yield (
            escape(wait.title),
            escape(wait.waiting_for),
            escape(wait.role),
            _time(wait.since),
            _time(wait.until),
            escape(f"{wait.escalation} {level}".strip()),
        )


def _happened(entries: Sequence[TimelineEntry]) -> Iterable[tuple[str, ...]]:
    return ((_time(entry.at), escape(entry.text), escape(entry.actor)) for entry in entries)


def _table(heads: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body or '<tr><td>Nothing.</td></tr>'}</table>"


def _time(moment: datetime | None) -> str:
    return f"<time>{moment:%Y-%m-%d %H:%M} UTC</time>" if moment else "–"
