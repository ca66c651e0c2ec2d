"""The patient has died: nothing more is sent to the family by routine, and results are still read by a clinician."""

from diagram import Diagram

diagram = d = Diagram(
    "patient_died",
    "Patient has died",
    version_tag="1.0.0",
    doc="Appointments are cancelled within an hour, people are told so that nobody writes or calls by routine, and a "
    "clinician reads the results that are still open. The caller has stopped its own steps, timers and messages to the "
    "patient. Demo template: needs local clinical sign-off before use.",
)

d.lane("engine", "Engine")
d.lane("clinician", "Clinician")

SYSTEM = {"escalation": "LAD-RED", "expectedDuration": "PT1H"}

d.start("s0", "Patient has died", ("engine", 0))
d.parallel("split", "", ("engine", 1))
d.send(
    "cancel",
    "Cancel appointments",
    ("engine", 2),
    type="referral.send",
    message="appointment.cancelled",
    headers={"message": "appointment.cancelled", "to": "booking_office"},
    inputs={"reason": '="deceased"'},
    properties=SYSTEM,
)
d.service(
    "tell",
    "Tell the team: no routine letters or calls",
    ("engine", 3),
    type="notify",
    headers={
        "tell": "coordinator,booking_office,key_worker,referrer",
        "level": "breach",
        "text": "A patient has died: all appointments, reminders and messages of this case are cancelled.",
    },
)
d.user(
    "results",
    "Review results that are still open",
    ("clinician", 2),
    doc="Results and reports that were not yet acknowledged stay open for clinicians: what is read may matter to the "
    "family, to a coroner or to safety.",
    groups='=if results_role = null then "clinical_lead" else results_role',
    priority=50,
    form="patient_died.results",
    properties={"escalation": "LAD-RESULT", "calendar": "always", "expectedDuration": "P7D"},
)
d.parallel("join", "", ("engine", 4))
d.end("end_ok", "Closed: patient has died", ("engine", 5))

d.path("s0", "split", "cancel", "tell", "join", "end_ok")
d.flow("split", "results")
d.flow("results", "join")

forms = {
    "results": [
        "results_read:text! | Which results did you read? | None, if nothing was open",
        "safety_concern:bool! | Does anything need a safety review?",
        "note:text",
    ],
}
