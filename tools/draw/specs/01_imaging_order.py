"""An imaging order from request to acknowledged report: safety screen, slot, study, report, hand-over."""

from diagram import Diagram

diagram = d = Diagram(
    "imaging_order",
    "Imaging order",
    version_tag="1.0.0",
    doc="Imaging order with a booked slot, a watched report, acknowledgement by the requester and by everyone who "
    "gets the result. Demo template: needs local clinical sign-off before use.",
)

d.lane("requester", "Requester")
d.lane("imaging", "Imaging")
d.lane("engine", "Engine")

KEY = "=order_id"
REQUESTER = '=if requester_role = null then "ent_surgeon" else requester_role'
SYSTEM = {"escalation": "LAD-URGENT", "expectedDuration": "PT4H"}
IONISING = '["OPG", "CBCT", "CT_sinus", "CT_neck_chest", "PET_CT", "CXR"]'
CONTRAST = '["CT_sinus", "CT_neck_chest"]'
UNSAFE = (
    '=(starts with(modality, "MRI") and not(mri_conditional_device = true or mri_conditional_device = false))'
    f" or (list contains({CONTRAST}, modality) and egfr != null and egfr < 30)"
    f' or (list contains({IONISING}, modality) and not(pregnant = "no"))'
    " or contrast_allergy = true"
)
MALIGNANT = (
    'conclusion_code != null and (matches(conclusion_code, "^C([0-8][0-9]|9[0-7])")'
    ' or list contains(["363346000", "363349007"], conclusion_code))'
)
CATEGORY = f'if alert_flag = "critical" then "critical" else if {MALIGNANT} then "suspicious" else {{otherwise}}'
RECIPIENTS = (
    '=for r in (if share_with = null then [] else share_with)[item != "patient"] return get value('
    '{oncologist: "clinical_oncologist", surgeon: "ent_surgeon", dentist: "restorative_dentist",'
    ' gp: "medical_physician"}, r)'
)
REPORT_DUE = (
    '=if traced_at != null then date and time(traced_at) + duration("P1D")'
    ' else date and time(performed_at) + duration(if priority = "stat" then "PT24H"'
    ' else if priority = "routine" then "P28D" else "P3D")'
)
RAISED = (
    '=if found != "repeat_needed" and found != "specimen_lost" then priority'
    ' else if priority = "routine" then "urgent" else if priority = "urgent" then "urgent_suspected_cancer"'
    ' else "stat"'
)
ACK_DUE = '=date and time(report_at) + duration(if category = "critical" then "PT1H" else "P1D")'


def who(role: str, due: str | None, text: str, **more: object) -> dict[str, object]:
    """A task of a role with its due time in working hours and the red-and-amber ladder."""
    times = {"expectedDuration": due} if due else {}
    given = {"escalation": "LAD-URGENT", "calendar": "working", **times, "patientText": text}
    return {"groups": role, "priority": 50, "properties": given, **more}


# Requester
d.start(
    "s0",
    "Imaging requested",
    ("requester", 0),
    message="imaging.ordered",
    outputs={"lost": "=false", "noshow_count": "=0"},
)
d.user(
    "back",
    "Choose another test",
    ("requester", 3),
    form="imaging_order.back",
    **who(REQUESTER, "P1D", "This scan is not right for you; your team looks for another way."),
    outputs={"modality": "=if no_imaging = true then modality else new_modality", "no_imaging": "=no_imaging"},
)
d.xor("other_test", "No imaging?", ("requester", 4))
d.end("end_noimg", "No imaging possible", ("requester", 5))
ACK = {
    "groups": REQUESTER,
    "due": ACK_DUE,
    "properties": {
        "escalation": "LAD-RESULT",
        "calendar": "always",
        "patientText": "Your scan report is here; the clinician who asked for it reads it.",
    },
    "priority": '=if category = "critical" then 100 else 50',
}
d.user("ack", "Read and acknowledge report", ("requester", 13), form="imaging_order.ack", **ACK)
d.boundary(
    "amended",
    "Amended report",
    on="ack",
    message="imaging.report",
    key=KEY,
    interrupting=False,
    outputs={
        "reports": "=append(reports, report)",
        "report": "=report",
        "report_at": "=string(now())",
        "category": "=" + CATEGORY.format(otherwise="category"),
    },
)
d.user("ack_amended", "Acknowledge the amended report", ("requester", 14, 1), form="imaging_order.ack_amended", **ACK)

# Imaging
d.xor("is_safe", "Safe?", ("imaging", 2, 1))
d.user(
    "safety_fix",
    "Resolve safety query",
    ("imaging", 2),
    form="imaging_order.safety_fix",
    **who("radiographer", "PT4H", "Before your scan we check that it is safe for you."),
)
d.xor("resolved", "Can be imaged?", ("imaging", 3))
d.user(
    "slot",
    "Book slot (urgent: same or next day)",
    ("imaging", 4, 1),
    form="imaging_order.slot",
    **who("booking_office", "PT4H", "We find a time for your scan."),
    outputs={
        "slot": "=slot",
        "in_house": "=in_house",
        "combined_with_clinic": "=combined_with_clinic",
        "prep_given": "=prep_given",
        "performed_at": "=null",
        "traced_at": "=null",
    },
)
d.catch(
    "perf_late", "24 hours after the slot", ("imaging", 6, 1), timer='date: =date and time(slot) + duration("PT24H")'
)
d.user(
    "chase_perf",
    "Was the study done?",
    ("imaging", 7, 1),
    form="imaging_order.chase_perf",
    **who("booking_office", "PT4H", "We check whether your scan took place."),
    outputs={"done": "=done", "performed_at": '=if done = "yes" then slot else null'},
)
d.xor("was_done", "Done?", ("imaging", 8, 1))

# Engine
d.script("safety", "Safety screen and protocol choice", ("engine", 1), expression=UNSAFE, result="unsafe")
d.send(
    "sent",
    "Order to RIS",
    ("engine", 5),
    type="referral.send",
    message="imaging.ordered",
    headers={"message": "imaging.ordered", "to": "service"},
    inputs={"service": '="imaging"'},
    properties=SYSTEM,
)
d.event_gateway("wait_perf", "Wait for the study", ("engine", 6))
d.catch(
    "performed",
    "Study performed",
    ("engine", 7),
    message="imaging.performed",
    key=KEY,
    outputs={"accession": "=accession", "performed_at": "=if performed_at = null then string(now()) else performed_at"},
)
d.catch("missed", "Patient did not come", ("engine", 6, 1), message="appointment.noshow", key=KEY)
d.call(
    "dna",
    "No-show handling",
    ("engine", 5, 1),
    process="no_show",
    inputs={"referral_id": "=order_id", "noshow_count": "=noshow_count", "priority": "=priority"},
    outputs={
        "noshow_count": "=noshow_count",
        "noshow_decision": "=noshow_decision",
        "slot": "=if new_slot = null then slot else new_slot",
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P2D"},
)
d.xor("rebook", "Rebook?", ("engine", 4, 1))
d.event_gateway("wait_rep", "Wait for the verified report", ("engine", 8))
d.catch(
    "reported",
    "Report",
    ("engine", 9),
    message="imaging.report",
    key=KEY,
    outputs={
        "report": "=report",
        "reports": "=[report]",
        "report_at": "=string(now())",
        "alert_flag": "=alert_flag",
        "conclusion_code": "=conclusion_code",
    },
)
d.catch("report_late", "Turnaround time is over", ("engine", 8, 1), timer=f"date: {REPORT_DUE}")
d.call(
    "trace",
    "Result overdue",
    ("engine", 9, 1),
    process="result_overdue",
    inputs={"order_id": "=order_id", "priority": "=priority"},
    outputs={
        "found": "=found",
        "traced_at": "=string(now())",
        "lost": '=lost or list contains(["study_not_received", "specimen_lost", "repeat_needed"], found)',
        "priority": RAISED,
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "PT8H"},
)
d.xor("repeat", "Repeat?", ("engine", 10, 1))
d.script(
    "classify",
    "Classify report (coded alert, else requester reads)",
    ("engine", 10),
    expression="=" + CATEGORY.format(otherwise='"unclassified"'),
    result="category",
)
d.xor("is_critical", "Critical?", ("engine", 11))
d.service(
    "critical",
    "Critical-finding alert to requester and covering clinician",
    ("engine", 12),
    type="notify",
    headers={
        "tell": "requester,covering_clinician",
        "level": "critical",
        "text": "A critical finding was reported. Read and acknowledge it within one hour.",
    },
)
d.service(
    "hand",
    "Hand result to everyone chosen; update the record",
    ("engine", 14),
    type="result.handoff",
    inputs={
        "recipients": f'=concatenate({RECIPIENTS[1:]}, share_with[item = "patient"])',
        "result": "={order_id: order_id, modality: modality, category: category, report: report, action: action}",
    },
    outputs={"handed_at": "=string(now())"},
    properties=SYSTEM,
)
d.call(
    "inform",
    "Each recipient acknowledges by name",
    ("engine", 15),
    process="acknowledge_result",
    multi={"collection": RECIPIENTS, "element": "recipient"},
    inputs={
        "referral_id": "=order_id",
        "role": "=recipient",
        "what": '="Imaging report: " + modality',
        "due": '=if category = "critical" or category = "suspicious" then "P1D" else "P5D"',
    },
    properties={"detached": "true"},
)
d.end("end_ok", "Result handed over", ("engine", 16))

d.path("s0", "safety", "is_safe")
d.flow("is_safe", "safety_fix", when="=unsafe = true", name="no")
d.flow("is_safe", "slot", default=True, name="yes")
d.path("safety_fix", "resolved")
d.flow("resolved", "back", when='=resolution = "cannot_image"', name="no")
d.flow("resolved", "slot", default=True, name="yes")
d.path("back", "other_test")
d.flow("other_test", "end_noimg", when="=no_imaging = true", name="yes")
d.flow("other_test", "safety", default=True, name="no")
d.path("slot", "sent", "wait_perf", "performed", "wait_rep", "reported", "classify", "is_critical")
d.path("wait_perf", "missed", "dna", "rebook")
d.flow("rebook", "slot", default=True, name="yes")
d.flow("rebook", "back", when='=noshow_decision = "discharge_with_safety_net"', name="no")
d.path("wait_perf", "perf_late", "chase_perf", "was_done")
d.flow("was_done", "slot", when='=done != "yes"', name="no")
d.flow("was_done", "wait_rep", default=True, name="yes")
d.path("wait_rep", "report_late", "trace", "repeat")
d.flow("repeat", "slot", when='=found = "repeat_needed" or found = "specimen_lost"', name="yes", exit="bottom")
d.flow("repeat", "wait_rep", default=True, name="no")
d.flow("is_critical", "critical", when='=category = "critical"', name="yes")
d.flow("is_critical", "ack", default=True, name="no")
d.flow("critical", "ack")
d.path("ack", "hand", "inform", "end_ok")
d.path("amended", "ack_amended", "hand")

READ = [
    "category:enum(normal|benign|indeterminate|suspicious|critical)!",
    "action:text! | What will you do?",
    "share_with:multi(oncologist|surgeon|dentist|gp|patient)! | Who gets the result?",
    "tell_patient_by:enum(now|clinic|phone|letter)! | How is the patient told?",
]
forms = {
    "safety_fix": [
        "mri_conditional_device:bool | MR conditional device",
        "device_details:text",
        "egfr:decimal[mL/min/1.73m2]{0..200} | eGFR",
        "contrast_allergy:bool! | Allergy to contrast medium?",
        "pregnant:enum(no|yes|unknown)!",
        "claustrophobia:bool",
        "resolution:enum(safe|change_modality|cannot_image)!",
    ],
    "back": ["new_modality:string! | New test", "no_imaging:bool | No imaging"],
    "slot": [
        "slot:datetime! | Slot",
        "in_house:bool! | In house?",
        "combined_with_clinic:bool | On the day of a clinic visit",
        "prep_given:bool! | Preparation explained?",
    ],
    "chase_perf": ["done:enum(yes|no|cancelled)! | Was the study done?"],
    "ack": READ,
    "ack_amended": READ,
}
