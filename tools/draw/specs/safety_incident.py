"""A step was late beyond its last rung: the safety officer opens the record of a safety incident."""

from diagram import Diagram

diagram = d = Diagram(
    "safety_incident",
    "Safety incident",
    version_tag="1.0.0",
    doc="Begun by the last rung of a ladder: the safety officer records what a late step means for the patient and "
    "what is changed so that it does not happen again. Demo template: needs local clinical sign-off before use.",
)

d.lane("safety", "Safety officer")

d.start("s0", "Last rung climbed", ("safety", 0))
d.user(
    "record",
    "Record the safety incident",
    ("safety", 1),
    doc="The late step stays open and keeps its own people; this is the record of how it came to that.",
    groups="safety_officer",
    priority="70",
    form="safety_incident.record",
    properties={
        "escalation": "d → safety_officer; d+P5D → service_manager",
        "calendar": "working",
        "expectedDuration": "P5D",
    },
    inputs={
        "about_referral": "=about_referral",
        "pathway_name": "=pathway_name",
        "task_title": "=task_title",
        "climbed_at": "=climbed_at",
    },
    outputs={"harm": "=harm", "cause": "=cause", "measures": "=measures", "reported_as": "=reported_as"},
)
d.end("end_recorded", "Recorded", ("safety", 2))

d.path("s0", "record", "end_recorded")

forms = {
    "record": [
        "about_referral:shown | Referral",
        "pathway_name:shown | Pathway",
        "task_title:shown | Step that is late",
        "climbed_at:shown | Last rung climbed at",
        "harm:enum(none|low|moderate|severe|death|not_known_yet)! | Harm to the patient",
        "cause:text! | How it came to that",
        "measures:text! | What is changed, by whom, by when",
        "reported_as:string | Number in the local incident system",
    ]
}

data_classes = {
    "*": "incidents",
    **dict.fromkeys(("about_referral", "pathway_name", "climbed_at"), "status"),
    "task_title": "task_titles",
}
