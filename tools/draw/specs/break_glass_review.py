"""Somebody saw a case that was not theirs: a privacy officer says whether that was appropriate."""

from diagram import Diagram

diagram = d = Diagram(
    "break_glass_review",
    "Review of emergency access",
    version_tag="1.0.0",
    doc="Whoever opens a case in an emergency is reviewed within a day by the privacy officer of the organisation whose "
    "case it is. Access itself ends by the clock. Demo template: needs local sign-off before use.",
)

d.lane("privacy", "Privacy officer")

d.start("s0", "Glass broken", ("privacy", 0))
d.user(
    "review",
    "Review emergency access",
    ("privacy", 1),
    doc="Compare the reason with the audit of the case and speak to whoever opened it. Not appropriate is recorded here; "
    "what follows from it is decided outside this system.",
    groups="privacy_officer",
    priority="70",
    form="break_glass_review.review",
    properties={"escalation": "LAD-URGENT", "calendar": "always", "expectedDuration": "P1D"},
    inputs={
        "opened_case": "=opened_case",
        "opened_by": "=opened_by",
        "opened_by_name": "=opened_by_name",
        "opened_organisation": "=opened_organisation",
        "opened_at": "=opened_at",
        "opened_reason": "=opened_reason",
    },
    outputs={"decision": "=decision", "note": "=note"},
)
d.end("end_reviewed", "Reviewed", ("privacy", 2))

d.path("s0", "review", "end_reviewed")
