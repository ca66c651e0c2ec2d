"""Dental clearance before head and neck radiotherapy, against a start date that moves."""

import handlers
from diagram import Diagram

diagram = d = Diagram(
    "pre_rt_dental_clearance",
    "Pre-radiotherapy dental clearance",
    version_tag="1.0.0",
    doc="Dental assessment, treatment and clearance before head and neck radiotherapy: every due date follows the "
    "start of radiotherapy when it moves. Advisory only, it never blocks radiotherapy. Demo template: needs local "
    "clinical sign-off before use.",
)

d.lane("oncology", "Oncology")
d.lane("dental", "Dental")
d.lane("imaging", "Imaging")
d.lane("admin", "Coordination")
d.lane("primary", "Primary care")
d.lane("patient", "Patient")
d.lane("engine", "Engine")

KEY = "=referral_id"
ANCHOR = {"dueAnchor": "rt_start_date"}
RT = 'date and time(string(date(rt_start_date)) + "T00:00:00Z")'
TO_RT = "(date(rt_start_date) - today()).days"
DAYS_TO_RT = f"=if rt_start_date = null then null else {TO_RT}"
EXTRACTED = "(if extraction_date = null then today() else date(extraction_date))"
HEALING = f"(date(rt_start_date) - {EXTRACTED}).days"
EXTRACT_UNTIL = (
    "={left: (for days in [times.healing_days_target - 1, times.healing_days_min_with_agreement - 1, 0]"
    f' return {RT} - duration("P" + string(days) + "D"))[item > now()],'
    " at: if count(left) > 0 then min(left) else now() + duration(times.extract_again)}.at"
)
MEDICAL_RISK = (
    "=anticoagulant = true or antiresorptive = true or (platelets != null and platelets < 50)"
    " or (neutrophils != null and neutrophils < 1.0)"
)
ALLERGIES = (
    "=if allergies = null or allergies instance of string then allergies"
    ' else string join(for allergy in allergies return allergy.text, ", ")'
)
SYSTEM = {"escalation": "LAD-URGENT", "expectedDuration": "PT4H"}
NEW_DATE = '=if decision = "{if_}" and new_rt_start != null then new_rt_start else rt_start_date'


TIMES: dict[str, tuple[str, str, str]] = {}
"""The times of the site's table: value, what it is, source."""


def site(key: str, value: str, what: str, source: str = "[M]") -> str:
    """A time that the site's table sets; FEEL without the sign."""
    TIMES[key] = (value, what, source)
    return f"times.{key}"


def before_rt(key: str, value: str, what: str) -> str:
    """The beginning of the day so long before radiotherapy starts."""
    return f"={RT} - duration({site(key, value, what)})"


def who(role: str, due: str, text: str, ladder: str = "LAD-RED", calendar: str = "working", **more: object) -> dict:
    """A task of a role; `due` is FEEL: a duration of the table, or a moment that moves with radiotherapy."""
    properties = {"escalation": ladder, "calendar": calendar, "patientText": text}
    timing = {"due": due} if "rt_start_date" in due else {}
    properties |= ANCHOR if timing else {"expectedDuration": due}
    return {"groups": role, "priority": 50, "properties": properties, **timing, **more}


def form(node: str) -> str:
    """The id of a task's form."""
    return f"pre_rt_dental_clearance.{node}"


def task(node: str, name: str, at: object, role: str, due: str, *given: str, **more: object) -> None:
    """A user task with the form of its id; a duration goes into the site's table under the task's id."""
    takes = due if due.startswith("=") else "=" + site(node, due, name)
    d.user(node, name, at, form=form(node), **who(role, takes, *given, **more))


def tell(node: str, name: str, at: object, roles: str, level: str, text: str) -> None:
    """Tell roles something, without a task."""
    d.service(node, name, at, type="notify", headers={"tell": roles, "level": level, "text": text})


CASE = {"referral_id": KEY, "patient_id": "=patient_id"}
PERSON = {"patient_id": "=patient_id", "patient": "=patient", "requester": "=requester"}


def begin(node: str, name: str, at: object, pathway: str, suffix: str, carry: str = "", **inputs: str) -> None:
    """Begin another pathway as a case of its own."""
    d.service(
        node,
        name,
        at,
        type="pathway.start",
        headers={"pathway": pathway, **({"carry": carry} if carry else {})},
        inputs={"referral_id": f'=referral_id + "-{suffix}"', **PERSON, **inputs},
        outputs={f"{node}_case": "=started_case"},
        properties=SYSTEM,
    )


# Request and acceptance
d.start(
    "s0",
    "Dental clearance requested",
    ("oncology", 0),
    message="referral.requested",
    outputs={"noshow_count": "=0"},
)
d.rule(
    "site_times",
    "Times and limits of this site",
    ("oncology", 1),
    decision="times",
    result="found",
    outputs={"times": "=context(for row in found return {key: row.step, value: row.value})"},
)
task(
    "req",
    "Complete clearance request",
    ("oncology", 2),
    "clinical_oncologist",
    "PT8H",
    "Your cancer team asks a dentist to look at your teeth before radiotherapy.",
    inputs={"allergies": ALLERGIES},
)
d.send(
    "send_ref",
    "Referral to restorative dentistry (PCC-55 / FHIR)",
    ("engine", 2, 1),
    type="referral.send",
    message="referral.requested",
    headers={"message": "referral.requested", "to": "service"},
    inputs={"service": '=if dental_service = null then "restorative_dentistry" else dental_service'},
    outputs={"referred_at": "=string(now())"},
    properties=SYSTEM,
)
d.event_gateway("wait_acc", "Accepted by a named dentist?", ("engine", 3, 1))
d.catch(
    "accepted",
    "Accepted",
    ("engine", 4, 1),
    message="referral.status.accepted",
    key=KEY,
    outputs={"accepted_by": "=if answered_by = null then accepted_by else answered_by"},
)
d.catch(
    "declined",
    "Declined",
    ("engine", 3, 2),
    message="referral.status.declined",
    key=KEY,
    outputs={"decline_reason": "=if answer_reason = null then decline_reason else answer_reason"},
)
d.catch(
    "acc_late",
    "1 day",
    ("admin", 4, 1),
    timer="duration: =" + site("accepted", "P1D", "a named dentist accepts; then a phone call"),
)
task(
    "chase_acc",
    "Chase acceptance by phone",
    ("admin", 5, 1),
    "coordinator",
    "PT4H",
    "We make sure a dentist has taken on your referral.",
)
d.xor("reached", "Result?", ("admin", 6, 1))
task(
    "declined_rt",
    "Choose another dental provider or supply missing information",
    ("oncology", 3),
    "clinical_oncologist",
    "PT8H",
    "Your cancer team looks for another dentist for you.",
    outputs={
        "action": "=action",
        "provider": "=provider",
        "reroute_reason": "=reason",
        "dental_service": '=if action = "other_provider" and provider != null then provider else dental_service',
    },
    inputs={"reason": "=null"},
)
d.nodes["declined_rt"].semantics["priority"] = 100
d.xor("rerouted", "Go on without?", ("oncology", 4))
d.end("end_none", "RT without dental clearance (reason recorded)", ("oncology", 5))

# Booking
d.rule(
    "track",
    "Which track?",
    ("engine", 6, 1),
    decision="track",
    result="track",
    inputs={"days_to_rt": DAYS_TO_RT},
    outputs={"track": "=track", "days_to_rt": "=days_to_rt"},
)
d.xor("which_track", "Emergency?", ("admin", 7, 1))
task(
    "emerg",
    "Find a same-week dental slot by phone",
    ("admin", 8),
    "coordinator",
    "PT4H",
    "Your radiotherapy is close: we find a dental appointment this week.",
)
d.nodes["emerg"].semantics["priority"] = 100
task(
    "book",
    "Book dental assessment",
    ("admin", 8, 1),
    "booking_office",
    "P1D",
    "We book your dental check before radiotherapy.",
    ladder="LAD-URGENT",
)
d.xor("slot_found", "", ("admin", 9, 1))
d.parallel("assess_split", "In parallel", ("engine", 9, 1))
d.call(
    "opg",
    "OPG/DPT if none in 180 days",
    ("imaging", 10),
    process="imaging_order",
    inputs={
        "order_id": '=referral_id + "-OPG"',
        **CASE,
        "modality": '="OPG"',
        "reason": '="Dental clearance before head and neck radiotherapy"',
        "clinical_question": '="Teeth with a poor prognosis, periapical disease?"',
        "priority": '="urgent"',
        "requester_role": '="restorative_dentist"',
        "needed_by": "=slot",
    },
    outputs={"opg_report": "=report", "opg_category": "=category", "opg_lost": "=lost"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P5D"},
)
task(
    "gdp_hist",
    "Send dental history and radiographs",
    ("primary", 10),
    "gdp",
    "P2D",
    "Your own dentist sends your dental records.",
    ladder="LAD-URGENT",
)
d.parallel("assess_join", "Ready for assessment", ("engine", 11, 1))

# Assessment
task(
    "assess",
    "Dental oncology assessment",
    ("dental", 12, 1),
    "restorative_dentist",
    f"=min(created + duration({site('assess', 'P5D', 'dental oncology assessment, at the latest')}),"
    f" {before_rt('assess_16', 'P16D', 'last day to assess for a 14-day window')[1:]})",
    "Your dentist checks your teeth before radiotherapy.",
)
d.boundary(
    "assess_21",
    "21 days to RT",
    on="assess",
    timer="date: " + before_rt("assess_21", "P21D", "coordinator told: no assessment yet"),
    interrupting=False,
    properties=ANCHOR,
)
d.boundary(
    "assess_16",
    "16 days to RT",
    on="assess",
    timer=f"date: ={RT} - duration(times.assess_16)",
    interrupting=False,
    properties=ANCHOR,
)
tell(
    "warn_21",
    "Tell coordinator: no assessment yet",
    ("dental", 13, 3),
    "coordinator",
    "reminder",
    "21 days to radiotherapy and no dental assessment.",
)
d.end("warned_21", "Told", ("dental", 14, 3))
tell(
    "warn_16",
    "Tell leads: last day for a 14-day window",
    ("dental", 13, 2),
    "clinical_lead,clinical_oncologist",
    "breach",
    "Last day for a dental assessment that leaves a 14-day healing window before radiotherapy.",
)
d.end("warned_16", "Told", ("dental", 14, 2))
d.xor("lesion", "New suspicious lesion?", ("engine", 13, 1))
begin(
    "redflag",
    "Red-flag lesion pathway",
    ("engine", 13, 2),
    "dental_red_flag_lesion",
    "LESION",
    carry="finding,raised_by",
    reason='="New suspicious oral lesion at dental assessment before radiotherapy"',
    clinical_question='="Second primary or recurrence?"',
    finding='="New suspicious oral lesion at dental assessment before radiotherapy"',
    raised_by='="restorative_dentist"',
    priority='="urgent_suspected_cancer"',
)
d.xor("agrees", "Patient agrees to plan?", ("engine", 14, 1))
d.call(
    "refusal",
    "Informed refusal",
    ("engine", 15),
    process="informed_refusal",
    inputs={**CASE, "what": '="Dental treatment before radiotherapy: " + plan'},
    outputs={"alternative_accepted": "=alternative_accepted", "refusal_review_on": "=review_on"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P2D"},
)
d.xor("plan", "Treatment needed?", ("engine", 15, 1))
task(
    "restore",
    "Restorative treatment visits",
    ("dental", 17),
    "restorative_dentist",
    before_rt("restore", "P7D", "restorations finished so long before radiotherapy"),
    "Your dentist repairs your teeth before radiotherapy.",
)

# Extraction and healing
d.xor("medcheck", "Medical risk before extraction?", ("engine", 16, 1))
d.call(
    "shared",
    "Shared dental-medical plan",
    ("engine", 17, 2),
    process="closed_loop_referral",
    inputs={
        **PERSON,
        "referral_id": '=referral_id + "-SHARED"',
        "service": '="complex_shared_plan"',
        "reason": '="Extractions before radiotherapy in a patient with a medical risk"',
        "clinical_question": '="Which precautions before and after the extractions, and who gives them?"',
        "priority": '="urgent"',
        "sla_triage": "=" + site("shared_triage", "P2D", "shared plan: taken on"),
        "sla_first_contact": "=" + site("shared_contact", "P10D", "shared plan: first contact"),
        "sla_report": "=" + site("shared_report", "P5D", "shared plan: answer"),
        "return_at": '="closed"',
    },
    outputs={"shared_plan": "=report", "shared_outcome": "=loop_outcome"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P10D"},
)
d.rule("window", "Healing window check", ("engine", 18, 1), decision="healing_window", result="window")
d.xor("healing", "Enough days to heal?", ("engine", 19, 1))
task(
    "onc_ok",
    "Agree shortened healing (10-13 days) or move RT",
    ("oncology", 19),
    "clinical_oncologist",
    "PT24H",
    "Your cancer doctor decides how long your mouth needs to heal before radiotherapy.",
    outputs={"decision": "=decision", "rationale": "=rationale", "rt_start_date": NEW_DATE.format(if_="move_rt")},
)
d.xor("agreed", "Omit extractions?", ("oncology", 20))
CONFERENCE = {
    **CASE,
    "patient": "=patient",
    "part_of_case": "=true",
    "required_roles": '=["clinical_oncologist", "restorative_dentist", "key_worker"]',
    "mode": '="urgent_call"',
    "decide_by": f"=string(now() + duration({site('conf', 'PT24H', 'urgent conference: decision')}))",
}
d.call(
    "conf",
    "Urgent case conference (< 10 days of healing)",
    ("engine", 19, 2),
    process="case_conference",
    inputs={
        **CONFERENCE,
        "question": '="Less than 10 days to heal before radiotherapy: extract, omit, or move radiotherapy?"',
        "options": '=["extract_now", "omit_extractions", "move_rt"]',
    },
    outputs={"decision": "=decision", "conference_plan": "=plan"},
    properties={"escalation": "LAD-RED", "expectedDuration": "=times.conf"},
)
d.xor("conf_out", "Conference decision", ("engine", 20, 2))
task(
    "extract",
    "Extractions",
    ("dental", 20, 1),
    "oral_surgeon",
    before_rt("extract", "P14D", "extractions done so long before radiotherapy"),
    "Teeth that could cause trouble during radiotherapy are taken out.",
)
d.boundary(
    "extract_late", "Window is closing", on="extract", timer=f"date: {EXTRACT_UNTIL}", properties=ANCHOR, side="left"
)
d.catch(
    "heal",
    "Wait 7 days",
    ("engine", 21, 1),
    timer='date: =date and time(string(date(extraction_date)) + "T00:00:00Z")'
    f" + duration({site('heal', 'P7D', 'healing review after the extraction')})",
)
task(
    "review",
    "Healing review",
    ("dental", 22, 1),
    "restorative_dentist",
    "P1D",
    "Your dentist checks that your mouth is healing.",
)
d.xor("healed", "Ready for RT?", ("dental", 23, 1))
task(
    "not_healed",
    "Decide: start RT or wait",
    ("oncology", 23),
    "clinical_oncologist",
    "PT24H",
    "Your mouth needs more time; your cancer doctor decides when radiotherapy starts.",
    calendar="always",
    outputs={"decision": "=decision", "rationale": "=rationale", "rt_start_date": NEW_DATE.format(if_="delay")},
)
d.nodes["not_healed"].semantics["priority"] = 100
d.xor("delayed", "Wait?", ("oncology", 24))
d.catch(
    "review3",
    "Re-review in 3 days",
    ("engine", 23, 1),
    timer="duration: =" + site("review3", "P3D", "healing seen again"),
)

# Prevention, clearance, closing the loop
task(
    "prevent",
    "Prevention package and education",
    ("dental", 26, 1),
    "dental_hygienist",
    before_rt("prevent", "P2D", "prevention done so long before radiotherapy"),
    "You learn how to look after your mouth during and after radiotherapy.",
    ladder="LAD-URGENT",
)
task(
    "cert",
    "Issue clearance statement",
    ("dental", 27, 1),
    "restorative_dentist",
    "P1D",
    "Your dentist tells your cancer team that your mouth is ready.",
    inputs={
        "valid_until": "=if valid_until = null then"
        ' string(today() + duration("P" + string(times.clearance_valid_days) + "D")) else valid_until'
    },
    outputs={
        name: f"={name}"
        for name in (
            "clearance",
            "conditions",
            "outstanding_risk",
            "teeth_to_watch",
            "valid_until",
            "post_rt_recall_months",
        )
    },
)
d.boundary(
    "cert_5",
    "5 days to RT",
    on="cert",
    timer="date: " + before_rt("cert_5", "P5D", "three roles paged: no clearance statement"),
    interrupting=False,
    properties=ANCHOR,
)
tell(
    "warn_5",
    "Page three roles: go or no-go needed",
    ("dental", 28, 2),
    "clinical_oncologist,mdt_coordinator,clinical_lead",
    "breach",
    "Radiotherapy in 5 days and no dental clearance: decide go or no-go. Radiotherapy is not blocked.",
)
d.end("warned_5", "Told", ("dental", 29, 2))
CLEARANCE = "={clearance: clearance, conditions: conditions, outstanding_risk: outstanding_risk, until: valid_until}"
d.send(
    "send",
    "Outcome to oncology, GP, GDP; summary to patient",
    ("engine", 28, 1),
    type="referral.send",
    message="referral.outcome",
    headers={"message": "referral.outcome", "to": "requester"},
    inputs={"outcome": CLEARANCE},
    properties=SYSTEM,
)
d.service(
    "summary",
    "Result to GP, GDP and patient",
    ("patient", 29),
    type="result.handoff",
    inputs={"recipients": '=["gdp", "medical_physician", "patient"]', "result": CLEARANCE},
    outputs={"handed_at": "=string(now())"},
    properties=SYSTEM,
)
d.call(
    "gdp_ack",
    "GDP acknowledges by name",
    ("primary", 30),
    process="acknowledge_result",
    inputs={
        **CASE,
        "role": '="gdp"',
        "what": '="Dental clearance before radiotherapy: " + clearance',
        "due": "=" + site("gdp_ack", "P5D", "GDP acknowledges by name, around the clock"),
    },
    properties={"detached": "true"},
)
task(
    "ack",
    "Oncology acknowledges clearance",
    ("oncology", 31),
    "clinical_oncologist",
    "P1D",
    "Your cancer team has your dentist's report and reads it.",
    ladder="LAD-RESULT",
)
d.service(
    "registry",
    "Registry: jaw dose, ORN lifelong risk flag, recall",
    ("engine", 32, 1),
    type="record.update",
    headers={"record": "registry"},
    inputs={
        "dose_jaw_gy": "=dose_jaw_gy",
        "orn_lifelong_risk": "=dose_jaw_gy != null and dose_jaw_gy >= times.high_dose_gy",
        "recall_months": "=post_rt_recall_months",
        "days_extraction_to_rt": f"=if extraction_date = null then null else {HEALING}",
    },
    properties=SYSTEM,
)
begin(
    "handover",
    "Start oral-care-during-and-after pathway (detached)",
    ("engine", 33, 1),
    "oral_care_during_after",
    "ORALCARE",
    carry="start_date,modality,jaw_dose_gy,recall_months",
    reason='="Oral care during and after radiotherapy"',
    clinical_question='="Please take over prevention, mouth opening and recall"',
    priority='="urgent"',
    start_date="=rt_start_date",
    modality='=if concurrent_chemo = true then "crt" else "rt"',
    jaw_dose_gy="=dose_jaw_gy",
    recall_months="=post_rt_recall_months",
)
d.end("end_ok", "Clearance loop closed", ("engine", 34, 1))

d.path("s0", "site_times", "req", "send_ref", "wait_acc", "accepted", "track", "which_track")
d.path("wait_acc", "declined", "declined_rt", "rerouted")
d.path("wait_acc", "acc_late", "chase_acc", "reached")
d.flow("reached", "track", default=True, name="accepted")
d.flow("reached", "declined_rt", when='=result = "declined"', name="declined")
d.flow("reached", "wait_acc", when='=result = "no_answer"', name="no answer")
d.flow("rerouted", "end_none", when='=action = "proceed_without"', name="yes")
d.flow("rerouted", "send_ref", default=True, name="no")
d.flow("which_track", "emerg", when='=track = "emergency"', name="yes")
d.flow("which_track", "book", default=True, name="no")
d.path("emerg", "slot_found")
d.path("book", "slot_found")
d.flow("slot_found", "assess_split", enter="top")
d.path("assess_split", "opg", "assess_join")
d.flow("assess_split", "gdp_hist", exit="right")
d.flow("gdp_hist", "assess_join", enter="left")
d.flow("assess_join", "assess", exit="top")
d.path("assess", "lesion")
d.path("assess_21", "warn_21", "warned_21")
d.path("assess_16", "warn_16", "warned_16")
d.flow("lesion", "redflag", when="=suspicious_lesion = true", name="yes")
d.flow("lesion", "agrees", default=True, name="no")
d.path("redflag", "agrees")
d.flow("agrees", "refusal", when="=patient_agrees = false", name="no")
d.flow("agrees", "plan", default=True, name="yes")
d.path("refusal", "cert")
d.flow("plan", "prevent", when='=plan = "none" or plan = "prevention_only"', name="prevention")
d.flow("plan", "restore", when='=plan = "restorative"', name="restorations")
d.flow("plan", "medcheck", default=True, name="extractions")
d.flow("medcheck", "shared", when=MEDICAL_RISK, name="yes")
d.flow("medcheck", "window", default=True, name="no")
d.path("shared", "window", "healing")
d.flow("healing", "onc_ok", when='=window = "needs_oncologist"', name="10 to 13")
d.flow("healing", "conf", when='=window = "conference"', name="fewer")
d.flow("healing", "extract", default=True, name="14 or more")
d.path("onc_ok", "agreed")
d.flow("agreed", "prevent", when='=decision = "omit_extractions"', name="yes")
d.flow("agreed", "extract", default=True, name="no")
d.path("conf", "conf_out")
d.flow("conf_out", "prevent", when='=decision = "omit_extractions"', name="omit")
d.flow("conf_out", "extract", default=True, name="extract")
d.path("extract_late", "window")
d.path("restore", "prevent")
d.path("extract", "heal", "review", "healed")
d.flow("healed", "not_healed", when='=ready_for_rt = "no"', name="no")
d.flow("healed", "prevent", default=True, name="yes")
d.path("not_healed", "delayed")
d.flow("delayed", "review3", when='=decision = "delay"', name="yes")
d.flow("delayed", "prevent", default=True, name="no")
d.path("review3", "review")
d.path("prevent", "cert", "send", "summary", "gdp_ack", "ack", "registry", "handover", "end_ok")
d.path("cert_5", "warn_5", "warned_5")

# The radiotherapy date moves
moved = d.event_subprocess("date_moved", "Radiotherapy date moved")
moved.start(
    "date_changed",
    "New date",
    0,
    message="treatment.date_changed",
    key=KEY,
    interrupting=False,
    outputs={
        "rt_start_date": "=if new_date = null then rt_start_date else string(date(new_date))",
        "days_to_rt": DAYS_TO_RT,
    },
)
moved.rule("track_again", "Track, again", 1, decision="track", result="track")
moved.parallel("replan", "In parallel", 2)
moved.call(
    "date_check",
    "Coordinator confirms that the plan is still achievable",
    3,
    process="treatment_date_moved",
    inputs={**CASE, "new_date": "=rt_start_date"},
    outputs={"achievable": "=achievable"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "PT8H"},
)
moved.xor("extracted", "Teeth extracted?", (3, 1))
moved.end("nothing_out", "Checked when teeth are taken out", (3, 2))
moved.rule("window_again", "Healing window, again", (4, 1), decision="healing_window", result="window")
moved.xor("healing_again", "Enough days to heal?", (5, 1))
moved.user(
    "onc_ok_moved",
    "Agree shortened healing",
    (6, 1),
    form=form("onc_ok_moved"),
    **who(
        "clinical_oncologist",
        "=times.onc_ok",
        "Your cancer doctor decides whether your mouth has enough time to heal.",
        outputs={"healing_decision": "=decision", "rt_start_date": NEW_DATE.format(if_="move_rt")},
    ),
)
moved.call(
    "conf_moved",
    "Urgent case conference",
    (6, 2),
    process="case_conference",
    inputs={
        **CONFERENCE,
        "question": '="Radiotherapy moved: less than 10 days of healing after extractions. Start, or move it?"',
        "options": '=["start_on_date", "move_rt"]',
    },
    outputs={"healing_decision": "=decision", "conference_plan": "=plan"},
    properties={"escalation": "LAD-RED", "expectedDuration": "=times.conf"},
)
moved.end("window_ok", "Window agreed", (7, 1))
moved.end("plan_ok", "New plan answered", 4)
moved.path("date_changed", "track_again", "replan", "date_check", "plan_ok")
moved.path("replan", "extracted")
moved.flow("extracted", "window_again", when="=extraction_date != null and rt_start_date != null", name="yes")
moved.flow("extracted", "nothing_out", default=True, name="no")
moved.path("window_again", "healing_again")
moved.flow("healing_again", "onc_ok_moved", when='=window = "needs_oncologist"', name="10 to 13")
moved.flow("healing_again", "conf_moved", when='=window = "conference"', name="fewer")
moved.flow("healing_again", "window_ok", default=True, name="14 or more")
moved.path("onc_ok_moved", "window_ok")
moved.path("conf_moved", "window_ok")

# A missed dental appointment
missed = d.event_subprocess("appointment_missed", "Dental appointment missed")
missed.start(
    "noshow",
    "Patient did not come",
    0,
    message="appointment.noshow",
    key=KEY,
    interrupting=False,
    outputs={"days_to_rt": DAYS_TO_RT},
)
missed.xor("near", "RT within 21 days?", 1)
missed.service(
    "tell_key_worker",
    "Tell key worker",
    (2, 1),
    type="notify",
    headers={
        "tell": "key_worker",
        "level": "breach",
        "text": "A dental appointment was missed and radiotherapy starts within 21 days.",
    },
)
missed.call(
    "dna",
    "No-show handling",
    3,
    process="no_show",
    inputs={**CASE, "noshow_count": "=noshow_count", "priority": '="urgent"'},
    outputs={
        "noshow_count": "=noshow_count",
        "noshow_decision": "=noshow_decision",
        "slot": "=if new_slot = null then slot else new_slot",
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "=times.rebook"},
)
missed.xor("come_again", "Rebook?", 4)
missed.user(
    "rebook",
    "Rebook within 2 days",
    5,
    form=form("rebook"),
    **who(
        "booking_office",
        "=" + site("rebook", "P2D", "missed appointment booked again"),
        "We find a new dental appointment for you.",
        ladder="LAD-URGENT",
    ),
)
missed.service(
    "tell_oncology",
    "Tell oncology: not rebooked",
    (5, 1),
    type="notify",
    headers={
        "tell": "clinical_oncologist,key_worker",
        "level": "escalation",
        "text": "The dental appointment is not booked again: decide how radiotherapy goes on.",
    },
)
missed.end("rebooked", "Answered", 6)
missed.path("noshow", "near")
missed.flow("near", "tell_key_worker", when="=days_to_rt != null and days_to_rt < 21", name="yes")
missed.flow("near", "dna", default=True, name="no")
missed.path("tell_key_worker", "dna", "come_again")
missed.flow("come_again", "rebook", default=True, name="yes")
missed.flow("come_again", "tell_oncology", when='=noshow_decision = "discharge_with_safety_net"', name="no")
missed.path("rebook", "rebooked")
missed.path("tell_oncology", "rebooked")

# Radiotherapy is cancelled
stopped = d.event_subprocess("rt_stopped", "Radiotherapy cancelled")
stopped.start(
    "rt_cancelled",
    "Cancelled",
    0,
    message="treatment.cancelled",
    key=KEY,
    outputs={"cancelled_treatment": "=treatment"},
)
stopped.send(
    "cancel_bookings",
    "Cancel open dental bookings",
    1,
    type="referral.send",
    message="referral.cancelled",
    headers={"message": "referral.cancelled", "to": "service"},
    inputs={"service": '=if dental_service = null then "restorative_dentistry" else dental_service'},
    properties=SYSTEM,
)
stopped.service(
    "tell_cancelled",
    "Tell patient, GDP and dental team",
    2,
    type="notify",
    headers={
        "tell": "patient,gdp,restorative_dentist,coordinator",
        "level": "information",
        "text": "Radiotherapy is cancelled, and with it the dental clearance.",
    },
)
stopped.end("end_stop", "RT cancelled", 3, terminate=True)
stopped.path("rt_cancelled", "cancel_bookings", "tell_cancelled", "end_stop")

# What may happen to any patient
handlers.red_flag_raised(d, band=1)
handlers.consent_withdrawn(d, band=1)
handlers.patient_died(d, band=1)

SOURCES = {
    "extract": "[M] ISOO-MASCC-ASCO 2024 section 2; [R] Therapeutic Guidelines: 10 days to 3 weeks",
    "healing_days_target": "[M] ISOO-MASCC-ASCO 2024 section 2; [R] second hand: dentistry blog 2013",
    "healing_days_min_with_agreement": "[R] search snippet: radiotherapy ten days after extraction",
    "high_dose_gy": "[R] ISOO-MASCC-ASCO 2024, 1.1-1.6",
}
NUMBERS = {
    "healing_days_target": (14, "days of healing between extraction and radiotherapy"),
    "healing_days_min_with_agreement": (10, "fewer days, when the oncologist agrees"),
    "clearance_valid_days": (42, "days that a clearance statement holds, proposed in its form"),
    "high_dose_gy": (50, "jaw dose in Gy from which osteoradionecrosis is a lifelong risk"),
}
site("extract_again", "P7D", "extractions still open after radiotherapy began: window checked again")
decisions = {
    "track": {
        "name": "Which track?",
        "hit": "FIRST",
        "inputs": {"Days to radiotherapy": "days_to_rt"},
        "outputs": {"track": "string"},
        "annotations": ["Source"],
        "rules": [
            ["< 14", '"emergency"', "[M]"],
            ["< 21", '"compressed"', "[M]"],
            ["-", '"standard"', "[M]; also while there is no date"],
        ],
    },
    "healing_window": {
        "name": "Are there enough days to heal?",
        "hit": "FIRST",
        "inputs": {"Days of healing": HEALING, "Intent": "rt_intent"},
        "outputs": {"window": "string"},
        "annotations": ["Source"],
        "rules": [
            [">= times.healing_days_target", "-", '"go"', SOURCES["healing_days_target"]],
            [
                ">= times.healing_days_min_with_agreement",
                "-",
                '"needs_oncologist"',
                SOURCES["healing_days_min_with_agreement"],
            ],
            ["-", "-", '"conference"', "[M]"],
        ],
    },
    "times": {
        "name": "Times and limits of this site",
        "hit": "COLLECT",
        "inputs": {},
        "outputs": {"step": "string", "value": "Any"},
        "annotations": ["What", "Source"],
        "rules": [
            *([f'"{key}"', str(value), what, SOURCES.get(key, "[M]")] for key, (value, what) in NUMBERS.items()),
            *(
                [f'"{key}"', f'"{value}"', what, SOURCES.get(key, source)]
                for key, (value, what, source) in TIMES.items()
            ),
        ],
    },
}

forms = {
    "req": [
        "tumour_site:coded(SNOMED)!",
        "tnm:string! | TNM",
        "rt_intent:enum(curative|palliative)! | Intent",
        "rt_start_date:date! | Radiotherapy starts on",
        "fractions:int{1..40}!",
        "dose_jaw_gy:decimal[Gy]{0..80} | Jaw dose | Estimated dose to mandible or maxilla",
        "fields:multi(oral_cavity|parotid_l|parotid_r|mandible|maxilla|neck)! | Radiation fields",
        "concurrent_chemo:bool! | Chemotherapy at the same time?",
        "surgery_planned:date | Surgery planned on",
        "anticoagulant:bool! | Anticoagulant?",
        "antiresorptive:bool! | Antiresorptive drug?",
        "platelets:int[10^9/L]{0..1000}",
        "neutrophils:decimal[10^9/L]{0..50}",
        "allergies:text!",
        "contact_named:ref(PractitionerRole)! | Named contact",
    ],
    "chase_acc": ["spoke_to:string! | Spoke to", "result:enum(accepted|declined|no_answer)!"],
    "declined_rt": [
        "action:enum(other_provider|supply_info|proceed_without)!",
        "provider:ref(HealthcareService)",
        "reason:text! | Why?",
    ],
    "emerg": ["slot:datetime!", "site:string!", "agreed_with:string! | Agreed with"],
    "book": [
        "slot:datetime! | Slot | At least 16 days before radiotherapy on the standard track",
        "combined_with_clinic:bool | On the day of a clinic visit",
    ],
    "gdp_hist": [
        "last_exam:date | Last examination",
        "active_treatment:text",
        "radiographs:file",
        "none_registered:bool | Patient has no dentist",
    ],
    "assess": [
        "caries_active:int{0..32}! | Teeth with active caries",
        "perio_bpe:string! | Periodontal screening (BPE)",
        "teeth_poor_prognosis:teeth!",
        "teeth_in_high_dose:teeth! | Teeth in the high-dose field",
        "periapical_disease:bool!",
        "mouth_opening:int[mm]{0..80}! | Mouth opening | Between the incisors",
        "resting_saliva:enum(normal|reduced|absent)",
        "oral_hygiene:enum(good|fair|poor)!",
        "smoker:enum(never|ex|current)!",
        "denture:bool!",
        "suspicious_lesion:bool! | New suspicious lesion?",
        "plan:enum(none|prevention_only|restorative|extractions|extractions_and_restorative)!",
        "visits_needed:int{0..10}!",
        "obturator_or_implant_plan:text",
        "patient_agrees:bool! | Does the patient agree to the plan?",
    ],
    "onc_ok": [
        "decision:enum(accept_short_healing|move_rt|omit_extractions)!",
        "new_rt_start:date | New start of radiotherapy",
        "rationale:text! | Why?",
    ],
    "restore": [
        "done:multi(restorations|endodontic|perio|sharp_edges|fluoride_trays)!",
        "outstanding:text",
    ],
    "extract": [
        "extraction_date:date!",
        "teeth_extracted:teeth!",
        "procedure_code:coded(CDT D7140, CDT D7210 or local)!",
        "primary_closure:bool!",
        "anaesthesia:enum(LA|sedation|GA)!",
        "haemostasis:text!",
        "complications:text",
    ],
    "review": [
        "mucosal_cover:enum(complete|partial|exposed_bone)!",
        "infection:bool!",
        "ready_for_rt:enum(yes|yes_with_condition|no)! | Ready for radiotherapy?",
        "photo:file",
    ],
    "not_healed": [
        "decision:enum(start_on_date|delay)!",
        "new_rt_start:date | New start of radiotherapy",
        "rationale:text! | Why?",
    ],
    "prevent": [
        "fluoride_5000ppm:bool! | Fluoride toothpaste 5000 ppm given?",
        "naf_rinse_0_05:bool! | Sodium fluoride rinse 0.05 % given?",
        "trays:bool | Fluoride trays",
        "jaw_exercises_taught:bool!",
        "baseline_mouth_opening:int[mm]{0..80}!",
        "written_info_language:string! | Language of the written information",
        "teach_back_ok:bool! | Could the patient explain it back?",
        "smoking_support:bool",
    ],
    "cert": [
        "clearance:enum(cleared|conditional|not_cleared)!",
        "conditions:text",
        "outstanding_risk:text!",
        "teeth_to_watch:teeth",
        "valid_until:date!",
        "post_rt_recall_months:int{1..6}! | Recall after radiotherapy (months)",
    ],
    "ack": ["accepted:bool!", "rt_go:enum(go|delay|replan)! | Radiotherapy", "comment:text"],
    "onc_ok_moved": [
        "decision:enum(accept_short_healing|move_rt)!",
        "new_rt_start:date | New start of radiotherapy",
        "rationale:text! | Why?",
    ],
    "rebook": ["slot:datetime! | New slot", "note:text"],
}
