"""No final report in time: find out where the result is; a lost specimen or study is a safety incident."""

from diagram import Diagram

diagram = d = Diagram(
    "result_overdue",
    "Result overdue",
    version_tag="1.0.0",
    doc="A result did not come within its turnaround time: a coordinator traces it; what was lost or has to be "
    "repeated is told to the safety officer. Demo template: needs local clinical sign-off before use.",
)

d.lane("coordination", "Coordinator")
d.lane("engine", "Engine")

d.start("s0", "Result overdue", ("coordination", 0))
d.user(
    "find_result",
    "Trace missing result",
    ("coordination", 1),
    doc="Ask imaging or the laboratory with the order number (no automatic query yet).",
    groups="coordinator",
    priority='=if priority = "routine" then 50 else 75',
    form="result_overdue.find_result",
    properties={
        "escalation": "LAD-URGENT",
        "calendar": "always",
        "expectedDuration": "PT8H",
        "patientText": "Your result is not here yet. We find out where it is.",
    },
    outputs={"found": "=found", "note": "=note"},
)
d.xor("lost", "Lost or to be repeated?", ("coordination", 2))
d.service(
    "incident",
    "Safety incident: result lost or repeated",
    ("engine", 3),
    type="notify",
    headers={
        "tell": "safety_officer,requester",
        "level": "incident",
        "text": "A result was lost or the test has to be repeated. Please open an incident record.",
    },
)
d.end("end_ok", "Result traced", ("coordination", 4))

d.path("s0", "find_result", "lost")
d.flow("lost", "incident", when='=found = "specimen_lost" or found = "repeat_needed"', name="yes")
d.flow("lost", "end_ok", default=True, name="no")
d.flow("incident", "end_ok")

forms = {
    "find_result": [
        "found:enum(found_unlinked|still_reporting|study_not_received|specimen_lost|repeat_needed)!"
        " | What did you find?",
        "note:text",
    ],
}
