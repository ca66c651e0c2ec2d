"""Where does an administrator look in the Temporal UI? The deep links of the README and of the demo, made in one place.

They show how a case stands without the patient: workflow ids are opaque, payloads are encrypted.
"""

from collections.abc import Mapping
from urllib.parse import quote

RUNNING = 'ExecutionStatus = "Running"'
QUERIES: Mapping[str, str] = {
    "stuck": f'(Stuck = true OR TemporalReportedProblems IS NOT NULL) AND WorkflowType != "Stuck" AND {RUNNING}',
    "overdue": f"EscalationLevel >= 2 AND {RUNNING}",
    "incidents": f"Incident = true AND {RUNNING}",
    "waiting for imaging": f'PathwayKey = "imaging_order" AND {RUNNING}',
    "waiting for an imaging report": f'WaitingFor = "imaging.report" AND {RUNNING}',
}
"""Visibility queries by what they find. Level 2 and above is a breach (workflows/contract/levels.py)."""


def workflows_link(ui: str, query: str, *, namespace: str = "default") -> str:
    """Give the address of the list of workflows that a query finds; `ui`: the address of the Temporal UI."""
    return f"{ui.rstrip('/')}/namespaces/{quote(namespace)}/workflows?query={quote(query, safe='')}"


def deep_links(ui: str) -> dict[str, str]:
    """Give every deep link by what it finds."""
    return {name: workflows_link(ui, query) for name, query in QUERIES.items()}


def case_page(api: str, case_id: str, token: str) -> str:
    """Give the address of a case's page with a demo token: a browser sends no Authorization header."""
    return f"{api.rstrip('/')}/cases/{quote(case_id)}/page?access_token={quote(token)}"
