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
PATIENT = '=if patient_id = null then "nobody of " + order_id else patient_id'
REQUESTER = '=if requester_role = null then "ent_surgeon" else requester_role'
SYSTEM = {"escalation": "LAD-URGENT", "expectedDuration": "PT4H"}
IONISING = '["OPG", "CBCT", "CT_sinus", "CT_neck_chest", "PET_CT", "CXR"]'
CONTRAST = '["CT_sinus", "CT_neck_chest"]'
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
d.user(
    "reuse",
    "Use the existing study?",
    ("requester", 2),
    form="imaging_order.reuse",
    **who(REQUESTER, "PT4H", "You had a similar scan; your clinician checks whether it can be used."),
    inputs={"reason": "=null"},
    outputs={
        "use_existing": "=use_existing",
        "repeat_reason": "=reason",
        "duplicate_avoided": "=if use_existing = true then 1 else 0",
    },
)
d.xor("use_it", "Use it, or why not?", ("requester", 3))
d.service(
    "not_needed",
    "Take the new order back",
    ("requester", 4),
    type="order.record",
    headers={"status": "cancelled"},
    outputs={"taken_back_at": "=string(now())"},
    properties=SYSTEM,
)
d.call(
    "rereport",
    "Second read of the existing study",
    ("imaging", 4),
    process="second_opinion_read",
    inputs={
        "referral_id": "=order_id",
        "modality": "=modality",
        "prior_study": "=prior_study",
        "clinical_question": "=clinical_question",
        "priority": "=priority",
    },
    outputs={
        "report": "=report",
        "reports": "=[report]",
        "report_at": "=string(now())",
        "category": "=category",
        "alert_flag": '=if category = "critical" then "critical" else null',
    },
)
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
    ("requester", 6),
    form="imaging_order.back",
    **who(REQUESTER, "P1D", "This scan is not right for you; your team looks for another way."),
    outputs={"modality": "=if no_imaging = true then modality else new_modality", "no_imaging": "=no_imaging"},
)
d.xor("other_test", "No imaging?", ("requester", 7))
d.end("end_noimg", "No imaging possible", ("requester", 8))
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
d.user("ack", "Read and acknowledge report", ("requester", 16), form="imaging_order.ack", **ACK)
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
d.user("ack_amended", "Acknowledge the amended report", ("requester", 17, 1), form="imaging_order.ack_amended", **ACK)

# Imaging
d.xor("is_safe", "Safe?", ("imaging", 5, 1))
d.user(
    "safety_fix",
    "Resolve safety query",
    ("imaging", 5),
    form="imaging_order.safety_fix",
    **who("radiographer", "PT4H", "Before your scan we check that it is safe for you."),
)
d.xor("resolved", "Can be imaged?", ("imaging", 6))
d.user(
    "slot",
    "Book slot (urgent: same or next day)",
    ("imaging", 7, 1),
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
    "perf_late", "24 hours after the slot", ("imaging", 9, 1), timer='date: =date and time(slot) + duration("PT24H")'
)
d.user(
    "chase_perf",
    "Was the study done?",
    ("imaging", 10, 1),
    form="imaging_order.chase_perf",
    **who("booking_office", "PT4H", "We check whether your scan took place."),
    outputs={"done": "=done", "performed_at": '=if done = "yes" then slot else null'},
)
d.xor("was_done", "Done?", ("imaging", 11, 1))

# Engine
d.service(
    "dup",
    "Look for a usable prior study (own site + shared repository)",
    ("engine", 1),
    type="duplicate.check",
    outputs={"duplicate_found": "=duplicate_found", "prior_study": "=prior_study"},
    properties=SYSTEM,
)
d.xor("has_prior", "Prior study?", ("engine", 2))
d.rule(
    "safety",
    "Safety screen and protocol choice",
    ("engine", 3),
    "imaging_safety",
    "unsafe_found",
    outputs={
        "unsafe_reasons": "=if unsafe_found = null then [] else unsafe_found",
        "unsafe": "=unsafe_found != null and count(unsafe_found) > 0",
    },
)
d.send(
    "sent",
    "Order to RIS",
    ("engine", 8),
    type="referral.send",
    message="imaging.ordered",
    headers={"message": "imaging.ordered", "to": "service"},
    inputs={"service": '="imaging"'},
    properties=SYSTEM,
)
d.event_gateway("wait_perf", "Wait for the study", ("engine", 9))
d.catch(
    "performed",
    "Study performed",
    ("engine", 10),
    message="imaging.performed",
    key=KEY,
    outputs={"accession": "=accession", "performed_at": "=if performed_at = null then string(now()) else performed_at"},
)
d.catch("missed", "Patient did not come", ("engine", 9, 1), message="appointment.noshow", key=KEY)
d.call(
    "dna",
    "No-show handling",
    ("engine", 8, 1),
    process="no_show",
    inputs={"referral_id": "=order_id", "noshow_count": "=noshow_count", "priority": "=priority"},
    outputs={
        "noshow_count": "=noshow_count",
        "noshow_decision": "=noshow_decision",
        "slot": "=if new_slot = null then slot else new_slot",
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P2D"},
)
d.xor("rebook", "Rebook?", ("engine", 7, 1))
d.event_gateway("wait_rep", "Wait for the verified report", ("engine", 11))
d.catch(
    "reported",
    "Report",
    ("engine", 12),
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
d.catch("report_late", "Turnaround time is over", ("engine", 11, 1), timer=f"date: {REPORT_DUE}")
d.call(
    "trace",
    "Result overdue",
    ("engine", 12, 1),
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
d.xor("repeat", "Repeat?", ("engine", 13, 1))
d.rule(
    "classify",
    "Classify report (coded alert, else requester reads)",
    ("engine", 13),
    "report_alert",
    "category",
)
d.xor("is_critical", "Critical?", ("engine", 14))
d.service(
    "critical",
    "Critical-finding alert to requester and covering clinician",
    ("engine", 15),
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
    ("engine", 17),
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
    ("engine", 18),
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
d.end("end_ok", "Result handed over", ("engine", 19))

d.path("s0", "dup", "has_prior")
d.flow("has_prior", "reuse", when="=duplicate_found = true", name="yes")
d.flow("has_prior", "safety", default=True, name="no")
d.path("reuse", "use_it")
d.flow("use_it", "not_needed", when="=use_existing = true", name="use it")
d.flow("use_it", "safety", when="=use_existing != true and repeat_reason != null", name="repeat, with a reason")
d.flow("use_it", "reuse", default=True, name="no reason", exit="top", enter="top")
d.path("not_needed", "rereport", "ack")
d.path("safety", "is_safe")
d.flow("is_safe", "safety_fix", when="=unsafe = true", name="no")
d.flow("is_safe", "slot", default=True, name="yes")
d.path("safety_fix", "resolved")
d.flow("resolved", "back", when='=resolution = "cannot_image"', name="no")
d.flow("resolved", "slot", default=True, name="yes")
d.path("back", "other_test")
d.flow("other_test", "end_noimg", when="=no_imaging = true", name="yes")
d.flow("other_test", "dup", default=True, name="no", exit="top", enter="left")
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

stop = d.event_subprocess("order_cancelled", "Order cancelled", band=0)
stop.start("cancelled", "Cancelled", 0, message="referral.cancelled", key="=referral_id")
stop.send(
    "cancel_order",
    "Cancel order (ORC-1 CA) and appointment",
    1,
    type="referral.send",
    message="referral.cancelled",
    headers={"message": "referral.cancelled", "to": "service"},
    inputs={"service": '="imaging"'},
    properties=SYSTEM,
)
stop.service(
    "order_off",
    "The order is no longer open",
    2,
    type="order.record",
    headers={"status": "cancelled"},
    outputs={"cancelled_at": "=string(now())"},
    properties=SYSTEM,
)
stop.service(
    "tell_imaging",
    "Tell imaging and requester",
    3,
    type="notify",
    headers={
        "tell": "radiographer,booking_office,requester",
        "level": "information",
        "text": "An imaging order was cancelled: free its slot.",
    },
)
stop.end("end_cancelled", "Cancelled", 4)
stop.path("cancelled", "cancel_order", "order_off", "tell_imaging", "end_cancelled")

shared = d.event_subprocess("consent_stopped", "Consent withdrawn", band=0)
shared.start(
    "withdrawn",
    "Consent withdrawn",
    0,
    message="consent.withdrawn",
    key=PATIENT,
    interrupting=False,
    outputs={"withdrawn_scope": "=scope"},
)
shared.xor("consent_whose", "Part of a case that asks?", 1)
shared.end("left_to_caller", "Left to the caller", (2, 1))
shared.call(
    "consent_withdrawn",
    "Consent withdrawn: stop sharing, decide how care continues",
    2,
    process="consent_withdrawn",
    inputs={"referral_id": "=order_id", "patient_id": "=patient_id", "scope": "=withdrawn_scope"},
    outputs={"continue_mode": "=continue_mode"},
)
shared.end("end_shared", "Care goes on", 3)
shared.path("withdrawn", "consent_whose")
shared.flow("consent_whose", "left_to_caller", when="=part_of_case = true", name="yes")
shared.flow("consent_whose", "consent_withdrawn", default=True, name="no")
shared.path("consent_withdrawn", "end_shared")

READ = [
    "category:enum(normal|benign|indeterminate|suspicious|critical)!",
    "action:text! | What will you do?",
    "share_with:multi(oncologist|surgeon|dentist|gp|patient)! | Who gets the result?",
    "tell_patient_by:enum(now|clinic|phone|letter)! | How is the patient told?",
]
forms = {
    "reuse": [
        "use_existing:bool! | Use the existing study?",
        "reason:enum(too_old|wrong_protocol|quality|clinical_change|other) | Why not? | Needed when it is repeated.",
        "note:text",
    ],
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

data_classes = {
    "*": "order",
    **dict.fromkeys(("category", "action", "share_with", "tell_patient_by"), "imaging_all"),
    **dict.fromkeys(("slot", "in_house", "combined_with_clinic", "prep_given", "done"), "appointment"),
    **dict.fromkeys(("mri_conditional_device", "device_details", "claustrophobia"), "mri_safety"),
    "egfr": "renal_function",
    "contrast_allergy": "allergies",
    "pregnant": "pregnancy",
}

decisions = {
    "imaging_safety": {
        "name": "Is it safe to image?",
        "hit": "COLLECT",
        "inputs": {
            "MRI": 'starts with(modality, "MRI")',
            "Device known": "if mri_conditional_device = null then false else true",
            "Iodinated contrast": f"list contains({CONTRAST}, modality)",
            "eGFR": "if egfr = null then 999 else egfr",
            "Ionising": f"list contains({IONISING}, modality)",
            "Pregnancy excluded": 'if pregnant = "no" then true else false',
            "Contrast allergy": "if contrast_allergy = true then true else false",
        },
        "outputs": {"reason": "string"},
        "rules": [
            ["true", "false", "-", "-", "-", "-", "-", '"implanted device unknown"'],
            ["-", "-", "true", "< 30", "-", "-", "-", '"eGFR below 30 with iodinated contrast"'],
            ["-", "-", "-", "-", "true", "false", "-", '"pregnancy not excluded"'],
            ["-", "-", "-", "-", "-", "-", "true", '"contrast allergy"'],
        ],
    },
    "report_alert": {
        "name": "What does a report say by its codes?",
        "hit": "FIRST",
        "inputs": {
            "Alert": 'if alert_flag = null then "" else alert_flag',
            "Malignant": f"if {MALIGNANT} then true else false",
        },
        "outputs": {"category": "string"},
        "rules": [
            ['"critical"', "-", '"critical"'],
            ["-", "true", '"suspicious"'],
            ["-", "-", '"unclassified"'],
        ],
    },
}
