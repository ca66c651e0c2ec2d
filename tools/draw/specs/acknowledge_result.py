"""One recipient reads a result and says so by name."""

from diagram import Diagram

diagram = d = Diagram(
    "acknowledge_result",
    "Acknowledge a result",
    version_tag="1.0.0",
    doc="One named recipient acknowledges one result; until then the ladder LAD-RESULT runs. "
    "Demo template: needs local clinical sign-off before use.",
)

d.lane("recipient", "Recipient")

d.start("s0", "Result sent", ("recipient", 0))
d.user(
    "ack",
    "Read the result and acknowledge by name",
    ("recipient", 1),
    groups="=role",
    priority=50,
    form="acknowledge_result.ack",
    properties={
        "escalation": "LAD-RESULT",
        "calendar": "always",
        "expectedDuration": "=due",
        "patientText": "Your result was sent; the person who needs it reads it and confirms.",
    },
    outputs={
        "acknowledged_by": "=acknowledged_by",
        "comment": "=comment",
        "read_at": "=string(now())",
    },
)
d.end("end_ok", "Acknowledged", ("recipient", 2))

d.path("s0", "ack", "end_ok")

forms = {
    "ack": [
        "read:tick! | I have read this result",
        "acknowledged_by:string! | Your name and role",
        "comment:text",
    ],
}
