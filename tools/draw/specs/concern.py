"""Somebody is concerned about a task: the clinical lead answers, and what is not agreed stays on record."""

from diagram import Diagram

diagram = d = Diagram(
    "concern",
    "Concern about a task",
    version_tag="1.0.0",
    doc="Whoever sees a task may raise a concern about it. The clinical lead answers by a time that follows from its "
    "severity; a disagreement that remains is kept. Demo template: needs local clinical sign-off before use.",
)

d.lane("lead", "Clinical lead")
d.lane("engine", "Engine")

d.start("s0", "Concern raised", ("engine", 0))
d.user(
    "review",
    "Answer the concern",
    ("lead", 1),
    doc="Whoever raised it reads the answer. Not agreed is an answer too: write down who disagrees and why.",
    groups="clinical_lead",
    priority='=if severity = "high" then 90 else 60',
    form="concern.review",
    properties={
        "escalation": "LAD-URGENT",
        "calendar": "always",
        "expectedDuration": '=if severity = "high" then "PT4H" else if severity = "moderate" then "P1D" else "P5D"',
    },
    inputs={"task_title": "=task_title", "concern": "=concern"},
    outputs={"response": "=response", "decision": "=decision", "dissent": "=dissent"},
)
d.service(
    "post",
    "Put answer and dissent into the thread",
    ("engine", 2),
    type="thread.post",
    headers={"answered_in": "review"},
    inputs={"thread_id": "=thread_id", "text": "=response", "dissent": "=dissent"},
)
d.end("end_answered", "Answered", ("engine", 3))

d.path("s0", "review", "post", "end_answered")
