"""How do rows in memory stand, as the watchdog sees them?"""

from records.projection.rows import CaseRows
from records.queries.watch import Standing


def standing_of(rows: CaseRows) -> Standing:
    """Give what `records.queries.watch.standings` would read of these rows."""
    assert rows.case is not None
    scope = rows.scopes.get(rows.case.process_scope)
    return Standing(
        case_id=rows.case_id,
        seq=rows.case.last_seq,
        status=rows.case.status,
        sha256=rows.case.sha256,
        activations=frozenset(rows.activations),
        tasks={t.activation: (t.assignee, t.priority, frozenset(t.groups)) for t in rows.tasks.values() if t.is_open},
        timers={t.timer: (t.due_at, t.paused_at is not None) for t in rows.timers.values()},
        subscriptions={s.subscription: (s.event, s.name, s.correlation_key) for s in rows.subscriptions.values()},
        incidents=frozenset(i.incident for i in rows.incidents.values() if i.resolved_at is None),
        variables=scope.variables if scope else {},
        facts=rows.case.last_seq,
    )
