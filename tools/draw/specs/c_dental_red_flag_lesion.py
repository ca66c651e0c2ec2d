"""A suspicious lesion at the dentist: its cause removed, or the patient referred, until the dentist has the outcome."""

from diagram import Diagram
from handlers import KEY, consent_withdrawn, patient_declined, patient_died

diagram = d = Diagram(
    "dental_red_flag_lesion",
    "Dental red-flag oral lesion",
    version_tag="1.0.0",
    doc="A dentist sees a lesion that could be cancer: recorded, sorted by urgency, the cause removed and reviewed "
    "within two weeks, or referred at once. The loop is open until the dentist has read what became of the patient. "
    "Demo template: needs local clinical sign-off before use.",
)

d.lane("patient", "Patient")
d.lane("admin", "Coordination")
d.lane("hospital", "Hospital")
d.lane("dental", "Dental")
d.lane("engine", "Engine")

PATIENT = "=patient_id"
ONWARD = '=referral_id + "-ENT"'
SYSTEM = {"escalation": "LAD-RED", "expectedDuration": "PT1H"}
PRIORITY = {"routine": 25, "urgent": 50, "stat": 100}
NOTICED = "date(lesion_first_noticed)"
THREE_WEEKS = f'date and time(string({NOTICED} + duration(times.three_weeks)) + "T00:00:00Z")'
LATEST_REVIEW = "date(now()) + duration(times.review_latest)"
SYMPTOMS = (
    '=for found in type return get or else(get value({ulcer: "oral_ulcer_over_3_weeks", lump: "lip_or_oral_lump",'
    ' red_patch: "red_or_red_white_patch", red_white_patch: "red_or_red_white_patch",'
    ' unexplained_mobility: "unexplained_tooth_mobility", dysphagia_or_speech: "dysphagia"}, found), found)'
)
LESION = '"Oral lesion (" + replace(site, "_", " ") + "): " + replace(string join(type, ", "), "_", " ")'
UNKNOWN_YET = (
    "slot",
    "referred_at",
    "days_first_seen_to_referral",
    "onward_case",
    "opg_report",
    "cause_found",
    "lesion_persists",
    "hospital_answer",
    "cancer_found",
    "stage_at_diagnosis",
)


def form(node: str) -> str:
    """The id of a task's form."""
    return f"dental_red_flag_lesion.{node}"


def who(role: str, due: str, text: str, ladder: str = "LAD-RED", priority: str = "urgent", **more: object) -> dict:
    """A task of a role; `due` is a step of the times table, whose durations count in working time."""
    takes = "=times." + due if not due.startswith("P") else due
    properties = {"escalation": ladder, "calendar": "working", "expectedDuration": takes, "patientText": text}
    return {"groups": role, "priority": PRIORITY[priority], "properties": properties, **more}


def task(node: str, name: str, at: object, *given: str, **more: object) -> None:
    """A user task with the form of its id."""
    d.user(node, name, at, form=form(node), **who(*given, **more))


def tell(roles: str, level: str, text: str) -> dict[str, object]:
    """Tell roles something, without a task."""
    headers = {"tell": roles, "level": level, "text": text}
    return {"type": "notify", "headers": headers, "outputs": {"told_at": "=string(now())"}}


# The lesion is recorded and sorted
d.start(
    "s0",
    "Lesion recorded at dental visit",
    ("dental", 0),
    message="redflag.raised",
    key=KEY,
    outputs={
        **dict.fromkeys(UNKNOWN_YET, "=null"),
        "first_seen_at": "=if first_seen_at = null then string(now()) else first_seen_at",
        "noshow_count": "=0",
        "dentist_received_report": "=false",
    },
)
d.rule(
    "site_times",
    "Times of this site",
    ("engine", 0),
    decision="times",
    result="times",
    outputs={"times": "=context(for row in times return {key: row.step, value: row.time})"},
)
task(
    "record",
    "Lesion record",
    ("dental", 1),
    "gdp",
    "record",
    "Your dentist writes down what was seen in your mouth.",
)
d.rule(
    "rule",
    "Urgency",
    ("engine", 2),
    decision="lesion_rule",
    result="urgency",
    inputs={"weeks_present": f"=(date(now()) - {NOTICED}).days / 7"},
    outputs={"urgency": "=urgency", "cause_found": '=plausible_cause != "none"'},
)
d.xor("urgent", "How urgent?", ("engine", 3))
d.service(
    "emerg",
    "Same-day call to on-call OMFS/ENT",
    ("engine", 3, 1),
    **tell(
        "oral_surgeon,ent_surgeon,gdp",
        "critical",
        "Emergency in the mouth or throat: the dentist calls the surgeon on call today and sends the patient at once.",
    ),
    properties=SYSTEM,
)
d.end("end_emerg", "Emergency", ("engine", 4, 1), terminate=True)

# The cause is removed and the lesion looked at again
task(
    "cause",
    "Remove the cause and plan a review",
    ("dental", 4),
    "gdp",
    "cause",
    "Your dentist removes what may irritate your mouth, and sees you again within two weeks.",
    outputs={
        "cause_action": "=action",
        "advice": "=advice",
        "review_date": f"=string(min(date(review_date), {LATEST_REVIEW}))",
    },
)
d.event_gateway("wait", "Wait for the review", ("engine", 5))
d.catch(
    "review_due",
    "Review date",
    ("engine", 6),
    timer='date: =date and time(string(date(review_date)) + "T00:00:00Z")',
)
d.catch(
    "symptom",
    "Patient reports a symptom",
    ("engine", 6, 1),
    message="patient.reported_symptom",
    key=PATIENT,
    outputs={"reported_symptom": "=symptom"},
)
d.catch("upgraded", "Red flag confirmed", ("dental", 6, 1), message="lesion.refer_now", key=KEY)
task(
    "review",
    "Two-week review",
    ("dental", 7),
    "gdp",
    "review",
    "Your dentist looks whether the place in your mouth has healed.",
    outputs={
        "attended": "=attended",
        "lesion_persists": "=lesion_persists",
        "change": "=change",
        "review_photo": "=photo",
    },
    inputs={"photo": "=null"},
)
d.xor("reviewed", "Healed?", ("engine", 8))
d.call(
    "dna",
    "Not attended: contact within 2 days; 2nd miss -> refer anyway",
    ("engine", 8, 1),
    process="no_show",
    inputs={
        "referral_id": KEY,
        "patient_id": PATIENT,
        "noshow_count": "=noshow_count",
        "priority": '="urgent"',
    },
    outputs={
        "noshow_count": "=noshow_count",
        "noshow_decision": "=noshow_decision",
        "review_date": "=string(date(get or else(new_slot, string(now() + duration(times.after_noshow)))))",
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "=times.after_noshow"},
)
d.xor("missed_twice", "Second miss?", ("engine", 9, 1))
d.service(
    "resolved",
    "Record resolved; safety-net message; recall if smoker",
    ("engine", 9, 2),
    width=150,
    type="record.update",
    headers={"record": "registry"},
    inputs={"outcome": '="The lesion has healed after its cause was removed."'},
    outputs={"recorded_at": "=string(now())"},
    properties=SYSTEM,
)
d.service(
    "safety_net",
    "Safety-net message to the patient",
    ("engine", 10, 2),
    **tell(
        "patient,carer",
        "information",
        "The place in your mouth has healed. Come back at once if it returns, grows, bleeds or hurts.",
    ),
)
d.xor("at_risk", "Smoker or dysplasia?", ("engine", 11, 2))
d.service(
    "recall",
    "Recall in 3 months",
    ("engine", 12, 2),
    type="follow.up",
    inputs={
        "on": "=string(date(now() + duration(times.recall)))",
        "what": '="Look at the healed lesion again"',
        "role": '="gdp"',
    },
    outputs={"recall_on": "=on"},
    properties=SYSTEM,
)
d.end("end_resolved", "Resolved", ("engine", 13, 2))

# Referral
task(
    "refer",
    "Send urgent suspected cancer referral",
    ("dental", 9),
    "gdp",
    "refer",
    "Your dentist asks the hospital to see you soon.",
)
d.nodes["refer"].semantics["priority"] = f"=if {THREE_WEEKS} <= now() then 100 else 50"
d.boundary(
    "three_weeks",
    "Three weeks since first noticed",
    on="refer",
    timer=f"date: ={THREE_WEEKS}",
    interrupting=False,
    properties={"dueAnchor": "lesion_first_noticed"},
)
d.service(
    "tell_three_weeks",
    "Three-week rule: tell dentist and coordinator",
    ("dental", 10, 1),
    **tell("gdp,coordinator", "breach", "Three weeks since the lesion was first noticed and no referral: refer today."),
)
d.end("told_three_weeks", "Told", ("dental", 11, 1))
d.xor("pan", "Bone involvement or swelling and no panoramic yet?", ("engine", 12))
d.call(
    "opg",
    "Panoramic X-ray",
    ("hospital", 12),
    process="imaging_order",
    inputs={
        "order_id": '=referral_id + "-OPG"',
        "referral_id": KEY,
        "patient_id": PATIENT,
        "patient": "=patient",
        "modality": '="OPG"',
        "reason": "=" + LESION,
        "clinical_question": '="Does it reach the bone?"',
        "priority": '="urgent_suspected_cancer"',
        "requester_role": '="gdp"',
    },
    outputs={"opg_report": "=report", "opg_category": "=category", "panoramic_done": "=report != null"},
    properties={"escalation": "LAD-RED", "expectedDuration": "=times.panoramic"},
)
d.service(
    "onward",
    "ENT/OMFS -> imaging -> oncology",
    ("engine", 13),
    type="pathway.start",
    headers={
        "pathway": "ent_imaging_oncology",
        "carry": "referrer_kind,symptom,onset,side,anticoagulant,photos,patient_told_cancer_possible,medications,"
        "medical_history,contact_phone,carer_to_tell,opg_report",
    },
    inputs={
        "referral_id": ONWARD,
        "patient_id": PATIENT,
        "patient": "=patient",
        "reason": "=" + LESION,
        "clinical_question": "=clinical_question",
        "priority": '="urgent_suspected_cancer"',
        "referrer_kind": '="dentist"',
        "symptom": SYMPTOMS,
        "onset": "=lesion_first_noticed",
        "photos": "=photo",
        "patient_told_cancer_possible": "=told_cancer_possible",
    },
    outputs={
        "onward_case": "=started_case",
        "referred_at": "=string(now())",
        "days_first_seen_to_referral": "=(date(now()) - date(date and time(first_seen_at))).days",
        "outcome_due": "=string(now() + duration(times.outcome))",
        "last_asked_at": "=string(now())",
    },
    properties=SYSTEM,
)

# The dentist hears what became of the patient
waiting = d.subprocess("outcome_wait", "Waiting for the hospital", ("engine", 14))
waiting.start("sent_off", "", 0)
waiting.event_gateway("wait_out", "Outcome for the dentist", 1)
waiting.catch(
    "outcome_in",
    "Outcome",
    2,
    message="referral.outcome",
    key=ONWARD,
    outputs={
        "hospital_answer": "=report",
        "cancer_found": "=cancer_found",
        "stage_at_diagnosis": "=stage",
        "heard": '="outcome"',
    },
)
waiting.catch(
    "note_in",
    "Interim note",
    (2, 1),
    message="referral.interim_note",
    key=ONWARD,
    outputs={"hospital_answer": "=report", "heard": '="interim_note"'},
)
waiting.catch(
    "outcome_late",
    "35 days",
    (1, 2),
    timer="date: =outcome_due",
    outputs={"heard": "=null"},
)
waiting.end("heard_end", "Heard", 3)
waiting.end("silence", "Nothing heard", (2, 2))
waiting.path("sent_off", "wait_out", "outcome_in", "heard_end")
waiting.path("wait_out", "note_in", "heard_end")
waiting.path("wait_out", "outcome_late", "silence")
d.boundary(
    "contact_check",
    "5 days after the referral",
    on="outcome_wait",
    timer="date: =date and time(last_asked_at) + duration(times.contacted)",
    interrupting=False,
)
d.xor("answered", "Heard from the hospital?", ("engine", 15))
task(
    "chase_out",
    "Chase the missing outcome",
    ("admin", 14),
    "coordinator",
    "chase",
    "We ask the hospital what became of your referral.",
    ladder="LAD-URGENT",
    outputs={
        "chase_status": "=status",
        "outcome_due": "=string(now() + duration(times.outcome_again))",
        "last_asked_at": "=string(now())",
    },
)
task(
    "feedback",
    "Dentist reads the outcome (learning loop)",
    ("dental", 16),
    "gdp",
    "feedback",
    "Your dentist reads what the hospital has found.",
    ladder="LAD-RESULT",
    priority="routine",
    outputs={
        "dentist_received_report": "=read",
        "dental_follow_up": "=dental_follow_up",
        "learning": "=learning",
    },
)
d.end("end_ok", "Loop closed with the dentist", ("engine", 17))

# Has the patient been contacted?
d.user(
    "ask_contacted",
    "Have you been contacted?",
    ("patient", 15),
    form=form("ask_contacted"),
    **who(
        "patient,carer",
        "contacted",
        "Your dentist referred you to the hospital. Has the hospital written to you or called you?",
        ladder="LAD-PATIENT",
    ),
)
d.boundary("no_answer", "No answer", on="ask_contacted", timer="duration: =times.patient_answers")
d.xor("contacted", "Contacted?", ("patient", 16))
d.end("contact_fine", "Contacted", ("patient", 17))
task(
    "not_contacted",
    "Find out why the hospital has not contacted the patient",
    ("admin", 16),
    "coordinator",
    "not_contacted",
    "We find out why the hospital has not been in touch.",
    priority="stat",
)
d.end("contact_solved", "Solved", ("admin", 17))

# Flows
d.path("s0", "site_times", "record", "rule", "urgent")
d.flow("urgent", "emerg", when='=urgency = "emergency"', name="emergency")
d.flow("urgent", "refer", when='=urgency = "urgent_suspected_cancer"', name="suspected cancer", exit="right")
d.flow("urgent", "cause", default=True, name="a cause")
d.path("emerg", "end_emerg")
d.flow("cause", "wait", enter="left")
d.path("wait", "review_due", "review")
d.flow("review", "reviewed", enter="left")
d.path("wait", "symptom", "review")
d.flow("wait", "upgraded", exit="top")
d.flow("upgraded", "refer")
d.flow("reviewed", "dna", when="=attended = false", name="not attended")
d.flow("reviewed", "resolved", when="=attended = true and lesion_persists = false", name="yes", exit="right")
d.flow("reviewed", "refer", default=True, name="no", exit="top")
d.path("dna", "missed_twice")
d.flow("missed_twice", "refer", when="=noshow_count >= 2", name="yes")
d.flow("missed_twice", "wait", default=True, name="no", exit="bottom")
d.path("resolved", "safety_net", "at_risk")
d.flow("at_risk", "recall", when='=smoking = "current" or dysplasia_history = true', name="yes")
d.flow("at_risk", "end_resolved", default=True, name="no")
d.path("recall", "end_resolved")
d.path("refer", "pan")
d.path("three_weeks", "tell_three_weeks", "told_three_weeks")
d.flow(
    "pan",
    "opg",
    when='=(list contains(type, "swelling") or list contains(type, "numbness") or site = "jaw_bone")'
    " and not(panoramic_done = true)",
    name="yes",
)
d.flow("pan", "onward", default=True, name="no")
d.path("opg", "onward", "outcome_wait", "answered")
d.flow("answered", "chase_out", when="=heard = null", name="no")
d.flow("answered", "feedback", default=True, name="yes", exit="right")
d.path("chase_out", "outcome_wait")
d.path("feedback", "end_ok")
d.path("contact_check", "ask_contacted", "contacted")
d.flow("contacted", "contact_fine", when="=contacted = true", name="yes")
d.flow("contacted", "not_contacted", default=True, name="no")
d.path("no_answer", "not_contacted", "contact_solved")

# A further red flag
flag = d.event_subprocess("second_flag", "Further red flag raised")
flag.start(
    "flag_raised",
    "Red flag",
    0,
    message="redflag.raised",
    key=KEY,
    interrupting=False,
    outputs={"finding": "=finding", "raised_by": "=raised_by"},
)
flag.call(
    "flag_confirm",
    "Red flag: confirm and act",
    1,
    process="red_flag",
    inputs={
        "referral_id": KEY,
        "patient_id": PATIENT,
        "patient": "=patient",
        "finding": "=finding",
        "raised_by": "=raised_by",
        "priority": "=priority",
        "cancer_pathway_open": "=true",
    },
    outputs={"red_flag_action": "=red_flag_action", "priority": "=priority"},
    properties={"escalation": "LAD-RED", "expectedDuration": "PT1H"},
)
flag.xor("refer_today", "Refer today?", 2)
flag.throw("refer_now", "Refer now", 3, message="lesion.refer_now", key=KEY)
flag.end("flag_done", "Acted on", 4)
flag.path("flag_raised", "flag_confirm", "refer_today")
flag.flow(
    "refer_today",
    "refer_now",
    when='=red_flag_action = "urgent_suspected_cancer" and referred_at = null',
    name="yes",
)
flag.flow("refer_today", "flag_done", default=True, name="no", exit="bottom", enter="bottom")
flag.path("refer_now", "flag_done")

# The hospital sends the referral back, or declines it
returned = d.event_subprocess("returned", "Hospital asks for information")
returned.start(
    "info_asked",
    "Information asked for",
    0,
    message="referral.info_requested",
    key=ONWARD,
    interrupting=False,
    outputs={"missing_items": "=missing_items"},
)
returned.user(
    "supply",
    "Supply what the hospital asks for",
    1,
    form=form("supply"),
    **who("gdp", "supply", "Your dentist sends the hospital what it still needs.", ladder="LAD-URGENT"),
)
returned.throw(
    "info_sent",
    "Information sent",
    2,
    message="referral.info_supplied",
    key=ONWARD,
    inputs={"supplied": "=supplied"},
)
returned.end("info_done", "Supplied", 3)
returned.path("info_asked", "supply", "info_sent", "info_done")

rejected = d.event_subprocess("rejected", "Hospital declines the referral")
rejected.start(
    "referral_declined",
    "Declined",
    0,
    message="referral.status.declined",
    key=ONWARD,
    interrupting=False,
    outputs={"reject_reason": "=reject_reason", "reject_advice": "=advice"},
)
rejected.user(
    "rej_ack",
    "Dentist acknowledges rejection and states next step",
    1,
    form=form("rej_ack"),
    **who("gdp", "rej_ack", "The hospital did not take the referral; your dentist decides what comes next."),
)
rejected.boundary("rej_late", "Not acknowledged", on="rej_ack", timer="duration: =times.rej_chase", interrupting=False)
rejected.service(
    "tell_rej_late",
    "Tell coordinator: rejection not acknowledged",
    (2, 1),
    **tell("coordinator,clinical_lead", "escalation", "A declined referral is not acknowledged: the loop is open."),
)
rejected.end("told_rej_late", "Told", (3, 1))
rejected.end("rej_done", "Next step stated", 3)
rejected.path("referral_declined", "rej_ack", "rej_done")
rejected.path("rej_late", "tell_rej_late", "told_rej_late")

patient_declined(d, 0)
consent_withdrawn(d, 0)
patient_died(d, 0)

forms = {
    "record": [
        "site:enum(tongue_lateral|floor_of_mouth|buccal|gingiva|palate_hard|palate_soft|lip|retromolar|jaw_bone"
        "|other)! | Where is it?",
        "type:multi(ulcer|red_patch|red_white_patch|white_patch|lump|non_healing_socket|swelling"
        "|unexplained_mobility|numbness|bleeding_gum|dysphagia_or_speech)! | What is it?",
        "lesion_first_noticed:date! | First noticed on",
        "size:int[mm]{1..100}! | Largest diameter",
        "indurated:bool! | Is it hard?",
        "painful:bool! | Does it hurt?",
        "plausible_cause:enum(none|trauma|denture|sharp_tooth|infection|medication|other)!",
        "photo:file! | Photo | Two views with scale",
        "panoramic_done:bool | Panoramic X-ray done",
        "smoking:enum(never|ex|current)!",
        "betel_or_alcohol:text",
        "patient_told_reason:bool! | Does the patient know why it is looked at?",
    ],
    "cause": [
        "action:multi(smooth_tooth|adjust_denture|treat_infection|change_medication|other)! | What was done?",
        "review_date:date! | Review on | At most 14 days from today; a later date is brought forward",
        "advice:text! | Advice to the patient",
    ],
    "review": [
        "attended:bool! | Did the patient come?",
        "lesion_persists:bool! | Is the lesion still there? | Yes, when the patient did not come",
        "change:enum(resolved|smaller|same|larger)! | Compared with the first visit",
        "photo:file",
    ],
    "refer": [
        "clinical_question:text!",
        "medical_history:text!",
        "medications:text!",
        "anticoagulant:bool! | Anticoagulant?",
        "contact_phone:string! | Phone",
        "carer_to_tell:string | Carer to tell",
        "radiographs:file",
        "told_cancer_possible:bool! | Does the patient know that cancer is possible?",
    ],
    "chase_out": ["status:enum(in_progress|report_sent_elsewhere|lost)! | What became of it?", "note:text"],
    "feedback": [
        "read:tick! | I have read the outcome",
        "dental_follow_up:enum(none|recall_3m|recall_6m|pre_rt_support)!",
        "learning:text | What would you do differently?",
    ],
    "ask_contacted": ["contacted:bool! | Has the hospital written to you or called you?"],
    "not_contacted": ["found:text! | What did the hospital say?", "appointment_on:date | Appointment on"],
    "supply": ["supplied:text! | What the hospital asked for"],
    "rej_ack": [
        "next_step:enum(refer_elsewhere|manage_locally|dispute|patient_informed_no_further_action)!",
        "patient_informed:bool! | Does the patient know?",
    ],
}
data_classes = {
    "*": "dental",
    "smoking": "risk_flags",
    "betel_or_alcohol": "risk_flags",
    "refer.medications": "meds",
    "refer.anticoagulant": "meds",
    "refer.clinical_question": "own_referral",
    "refer.medical_history": "own_referral",
    "refer.contact_phone": "own_referral",
    "refer.carer_to_tell": "own_referral",
    "refer.told_cancer_possible": "own_referral",
    "supply.supplied": "own_referral",
    "rej_ack.next_step": "own_referral",
    "rej_ack.patient_informed": "own_referral",
    "feedback.read": "outcome_letter",
    "feedback.learning": "outcome_letter",
    "chase_out.status": "status",
    "chase_out.note": "status",
    "not_contacted.found": "status",
    "not_contacted.appointment_on": "dates",
    "ask_contacted.contacted": "messages",
}

USC, EMERGENCY = '"urgent_suspected_cancer"', '"emergency"'
R, M, D = "[R] SRC-NG12", "[M] confirm locally", "[D] a default of this template"
decisions = {
    "lesion_rule": {
        "name": "How urgent is an oral lesion?",
        "hit": "FIRST",
        "inputs": {
            "Type": "type",
            "Plausible cause": "plausible_cause",
            "Weeks present": "weeks_present",
            "Indurated": "indurated",
            "Finding as raised": 'if finding = null then "" else string(finding)',
        },
        "outputs": {"urgency": "string"},
        "annotations": ["Rule", "Source"],
        "rules": [
            [
                'list contains(?, "swelling") and list contains(?, "dysphagia_or_speech")',
                *("-", "-", "-", "-", EMERGENCY, "airway swelling", D),
            ],
            ['list contains(?, "swelling")', '"infection"', "-", "true", "-", EMERGENCY, "spreading infection", D],
            [
                *("-", "-", "-", "-"),
                '"airway_swelling", "spreading_infection", "heavy_bleeding"',
                *(EMERGENCY, "airway swelling, spreading infection or heavy bleeding", D),
            ],
            [
                'list contains(?, "red_patch") or list contains(?, "red_white_patch")',
                *("-", "-", "-", "-", USC, "red or red and white patch", R),
            ],
            ['list contains(?, "lump")', '"none"', "-", "-", "-", USC, "lump of lip or mouth without benign cause", R],
            ['list contains(?, "ulcer")', '"none"', "> 3", "-", "-", USC, "ulcer over three weeks, no cause", R],
            ["-", "-", "-", "true", "-", USC, "indurated", D],
            [
                'list contains(?, "numbness") or list contains(?, "unexplained_mobility")'
                ' or list contains(?, "non_healing_socket")',
                *("-", "-", "-", "-", USC, "numbness, loose tooth or socket that does not heal", D),
            ],
            ["-", "-", "-", "-", "-", '"remove_cause"', "remove the cause, review within 14 days", M],
        ],
    },
    "times": {
        "name": "Times of this site",
        "hit": "COLLECT",
        "inputs": {},
        "outputs": {"step": "string", "time": "string"},
        "annotations": ["What", "Source"],
        "rules": [
            ['"record"', '"PT8H"', "lesion record, working time", D],
            ['"cause"', '"P1D"', "cause removed and review planned, working time", D],
            ['"review_latest"', '"P14D"', "review at the latest after so long", M],
            ['"review"', '"P1D"', "review answered, working time", D],
            ['"after_noshow"', '"P2D"', "missed review: contact, then look again", "[D] EXC-NOSHOW"],
            ['"refer"', '"P1D"', "referral sent, working time", D],
            ['"three_weeks"', '"P21D"', "three-week rule, from first noticed", R],
            ['"panoramic"', '"P3D"', "panoramic X-ray read", "[M] NHSE imaging turnaround"],
            ['"contacted"', '"P5D"', "the patient is asked whether the hospital was in touch", D],
            ['"patient_answers"', '"P2D"', "no answer: the coordinator finds out", D],
            ['"not_contacted"', '"PT4H"', "coordinator finds out, working time", D],
            ['"outcome"', '"P35D"', "outcome for the dentist", D],
            ['"outcome_again"', '"P7D"', "after a chase: chased again", D],
            ['"chase"', '"P1D"', "missing outcome chased, working time", D],
            ['"feedback"', '"P5D"', "dentist reads the outcome, working time", D],
            ['"recall"', '"P3M"', "recall of smokers and after dysplasia", D],
            ['"supply"', '"P1D"', "information supplied, working time", D],
            ['"rej_ack"', '"P2D"', "rejection acknowledged, working time", "[R] SRC-IHI (pattern)"],
            ['"rej_chase"', '"P5D"', "rejection not acknowledged: coordinator told", "[R] SRC-IHI (pattern)"],
        ],
    },
}
