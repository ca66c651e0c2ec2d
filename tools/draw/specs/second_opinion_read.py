"""The second read of a study that exists already, instead of another one."""

from diagram import Diagram

diagram = d = Diagram(
    "second_opinion_read",
    "Second read of an existing study",
    version_tag="1.0.0",
    doc="A radiologist reads an existing study with the new question in mind, so that the patient is spared another "
    "one. Demo template: needs local clinical sign-off before use.",
)

d.lane("radiology", "Radiology")

d.start("s0", "Second read wanted", ("radiology", 0))
d.user(
    "read",
    "Second read of the existing study",
    ("radiology", 1),
    groups="radiologist",
    priority='=if priority = "stat" then 100 else 50',
    form="second_opinion_read.read",
    properties={
        "escalation": "LAD-URGENT",
        "calendar": "working",
        "expectedDuration": "P1D",
        "patientText": "A radiologist looks again at the scan that you had, so that you need no second one.",
    },
    outputs={"report": "={conclusion: conclusion, second_read: true}", "category": "=category"},
)
d.end("end_ok", "Read", ("radiology", 2))

d.path("s0", "read", "end_ok")

forms = {
    "read": [
        "conclusion:text! | What does it show, with the new question in mind?",
        "category:enum(normal|benign|indeterminate|suspicious|critical)!",
    ],
}
data_classes = {"*": "imaging_all"}
