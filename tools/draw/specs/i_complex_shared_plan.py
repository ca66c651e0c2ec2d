"""One plan of dentist, physician and patient for a procedure that a medical condition makes risky."""

from diagram import Diagram
from handlers import (
    KEY,
    OF_PATIENT,
    appointment_missed,
    consent_withdrawn,
    date_moved,
    patient_declined,
    patient_died,
    red_flag_raised,
)

diagram = d = Diagram(
    "complex_shared_plan",
    "Complex patient: shared dental-medical plan",
    version_tag="1.0.0",
    doc="A dental procedure for a patient who is anticoagulated, transplanted, diabetic, on antiresorptives or "
    "otherwise at risk: conflicts are looked for, the physician advises, dentist, physician and patient sign one plan, "
    "laboratory values are checked before the procedure, and the physician reads what came of it. No step tells "
    "anybody to stop a medicine: prescribers decide. Demo template: needs local clinical sign-off before use.",
)

d.lane("patient", "Patient")
d.lane("admin", "Coordination")
d.lane("medical", "Medical")
d.lane("dental", "Dental")
d.lane("engine", "Engine")

SYSTEM = {"escalation": "LAD-URGENT", "expectedDuration": "PT4H"}
PRIORITY = {"routine": 25, "urgent": 50, "stat": 100}
ANCHOR = {"dueAnchor": "planned_date"}
PROCEDURE = "date and time(string(date(planned_date)) + times.procedure_starts)"
UNKNOWN_YET = (
    "slot",
    "plan_status",
    "plan_text",
    "conflict_text",
    "procedure_status",
    "tier",
    "gate",
    "gate_reason",
    "planned_date",
    "urgency",
    "procedure",
    "extraction",
    "procedure_risk",
    "prescribing_planned",
    "question_to_physician",
    "may_proceed",
    "labs_needed",
    "lab_wait_from",
    "care_plan",
    "alerted_at",
    "red_flag_action",
    "days_request_to_advice",
    "complication",
    "post_op_bleed",
    "hba1c_change",
    "share_dental_with_medical",
)
TIERS = '["info", "ask", "conference", "hard_stop"]'
RISES = f"tier_before != null and index of({TIERS}, checked.tier)[1] > index of({TIERS}, tier_before)[1]"
PLAN_TEXT = '="Procedure: " + procedure + " on " + string(planned_date)' + "".join(
    f' + "\\n{label}: " + string({name})'
    for label, name in {
        "Steps": "steps",
        "Who does what": "owner_per_step",
        "Where": "setting",
        "Medicines": "medication_plan",
        "Bleeding": "bleeding_plan",
        "Infection": "infection_plan",
        "Whom you call": "who_to_call",
        "When to stop": "stop_rules",
    }.items()
)
CONFLICTS = {
    "conflicts_found": "=checked.found",
    "conflict_text": '=string join(for one in checked.found return string join(one.between, " + ") + ": "'
    ' + one.advice, " ")',
    "conflict_rule": "=if count(checked.found) = 0 then null else checked.found[1].rule",
}
WORDS = "lower case(string(concatenate(medications, conditions)))"
FLAGS = (
    "=distinct values(concatenate(flags,"
    f" (for row in words return if some word in row.words satisfies contains({WORDS}, word) then row.flag else null)"
    "[item != null]))"
)
NAMED = "(if medication != null then medication else drug_class)"
TAKEN = "(if taken_at = null then string(now()) else string(taken_at))"
LABS_MERGED = (
    "=context merge([labs,"
    f" if INR = null then {{}} else {{INR: INR, inr_at: {TAKEN}}},"
    " if platelets = null then {} else {platelets: platelets},"
    " if neutrophils = null then {} else {neutrophils: neutrophils},"
    " if glucose = null then {} else {glucose: glucose},"
    " if eGFR = null then {} else {eGFR: eGFR},"
    f" if HbA1c = null then {{}} else {{HbA1c: HbA1c, hba1c: HbA1c, hba1c_on: substring({TAKEN}, 1, 10)}}])"
)
LAB_CAME = {
    "labs": LABS_MERGED,
    "first_hba1c": "=if first_hba1c = null then HbA1c else first_hba1c",
    "hba1c_change": "=if HbA1c = null or first_hba1c = null then hba1c_change else HbA1c - first_hba1c",
    "inr_stable": "=if inr_stable = null then stable else inr_stable",
}
GATE_READS = {
    **{name: f'=get value(labs, "{name}")' for name in ("INR", "platelets", "neutrophils", "glucose")},
    "inr_age_hours": '=if get value(labs, "inr_at") = null then null else floor((max(now(),'
    f' if planned_date = null then now() else {PROCEDURE}) - date and time(get value(labs, "inr_at")))'
    ' / duration("PT1H"))',
}
ALL_THERE = 'every one in labs_needed satisfies one = "none" or get value(labs, one) != null'
LABS_ASKED = 'labs_needed != null and some one in labs_needed satisfies one != "none"'


def form(node: str) -> str:
    """The id of a task's form."""
    return f"complex_shared_plan.{node}"


def who(
    role: str, text: str, takes: str = "", ladder: str = "LAD-ROUTINE", priority: str = "routine", **more: object
) -> dict:
    """A task of a role; `takes` is a line of the times table."""
    due = {"expectedDuration": f"=times.{takes}"} if takes else {}
    properties = {"escalation": ladder, "calendar": more.pop("calendar", "working"), **due, "patientText": text}
    properties |= more.pop("properties", {})
    return {"groups": role, "priority": PRIORITY[priority], "properties": properties, **more}


def task(node: str, name: str, at: object, role: str, text: str, **more: object) -> None:
    """A user task with the form of its id; its time is the line of this name in the times table."""
    takes = {} if "due" in more or "expectedDuration" in more.get("properties", {}) else {"takes": node}
    d.user(node, name, at, form=form(node), **who(role, text, **{**takes, **more}))


def keep(*names: str) -> dict[str, str]:
    """Output mappings that keep form fields under their own names."""
    return {name: f"={name}" for name in names}


def tell(roles: str, level: str, text: str) -> dict[str, object]:
    """Tell roles something, without a task."""
    headers = {"tell": roles, "level": level, "text": text}
    return {"type": "notify", "headers": headers, "outputs": {"told_at": "=string(now())"}}


# The plan is asked for, once
d.start(
    "s0",
    "Procedure planned, medicine changed, or new condition",
    ("dental", 0),
    message="referral.requested",
    key=KEY,
    outputs={
        **dict.fromkeys(UNKNOWN_YET, "=null"),
        **{
            name: f"=if {name} = null then [] else {name}"
            for name in ("medications", "allergies", "conditions", "flags")
        },
        "labs": "=if labs = null then {} else labs",
        "first_hba1c": '=if labs = null then null else get value(labs, "hba1c")',
        "referral_received_at": "=if referral_received_at = null then string(now()) else referral_received_at",
        "priority": '=if priority = null then "routine" else priority',
        "inr_stable": "=if inr_stable = null then false else inr_stable",
        "override_count": "=0",
        "missed_count": "=0",
        "alerts_waiting": "=0",
        "disagreement": "=false",
        "conference_by_rule": "=false",
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
d.service(
    "dup",
    "Is a plan of this patient under way?",
    ("engine", 1),
    type="duplicate.check",
    inputs={"patient_id": OF_PATIENT, "referral_id": KEY, "service": '="complex_shared_plan"'},
    outputs={"duplicate_found": "=duplicate_found", "existing_case": "=existing_case"},
    properties=SYSTEM,
)
d.xor("dup_found", "Under way?", ("engine", 2))
task(
    "dup_review",
    "Decide on possible duplicate",
    ("admin", 2),
    "coordinator",
    "We check whether a plan is being made for you already.",
    inputs={"reason": "=null"},
    outputs={"duplicate_decision": "=decision", "duplicate_reason": "=reason"},
)
d.xor("go_on", "A plan of its own?", ("admin", 3))
d.service(
    "existing_used",
    "Take this one back: the existing plan is used",
    ("admin", 4),
    width=150,
    type="order.record",
    headers={"status": "cancelled"},
    outputs={"taken_back_at": "=string(now())"},
    properties=SYSTEM,
)
d.end("end_existing", "Existing plan used", ("admin", 5))

# Registry and consent
d.service(
    "enrol",
    "Find or create joint-registry entry (consent, opt-out)",
    ("engine", 4),
    width=180,
    type="record.update",
    headers={"record": "registry"},
    inputs={"outcome": '="A shared dental and medical plan is being made."'},
    outputs={"enrolled_at": "=string(now())"},
    properties=SYSTEM,
)
d.service(
    "consent_now",
    "How does consent stand?",
    ("engine", 5),
    type="consent.check",
    inputs={"patient_id": OF_PATIENT, "service": "=null"},
    outputs={
        "consent": "=consent",
        "consent_limits": "=consent_limits",
        "legal_basis_other": "=legal_basis_other",
    },
    properties=SYSTEM,
)
d.xor("consentq", "Sharing consent?", ("engine", 6))
task(
    "ask",
    "Give or refuse sharing consent (portal or in clinic)",
    ("patient", 6),
    "patient,carer",
    "Your dentist and your physician would like to plan together. Do you agree that they share what they know?",
    ladder="LAD-PATIENT",
    calendar="always",
    inputs={"expires": "=null", "named": "=null"},
    outputs={
        **keep("share_dental_with_medical", "share_medical_with_dental", "carer_may_see"),
        "consent_limits": "=limits",
        "consent_expires": "=expires",
        "consent_named": '=if named = null then [] else split(named, "\\s*,\\s*")',
    },
)
d.service(
    "ask_kept",
    "Keep what the patient said",
    ("patient", 7),
    type="consent.record",
    multi={
        "collection": '=[{scope: "sharing", given: share_dental_with_medical or share_medical_with_dental},'
        ' {scope: "role:gdp", given: share_medical_with_dental},'
        ' {scope: "role:medical_physician", given: share_dental_with_medical},'
        ' {scope: "role:carer", given: carer_may_see}]',
        "element": "said",
        "sequential": True,
    },
    inputs={
        "patient_id": OF_PATIENT,
        "scope": "=said.scope",
        "consent_given": '=if said.given then (if consent_limits = ["none"] then "yes" else "yes_limited") else "no"',
        "limits": "=consent_limits",
        "named": "=consent_named",
        "expires": "=consent_expires",
    },
    outputs={"consent_recorded_at": "=string(now())"},
    properties=SYSTEM,
)
d.xor("may_share", "Medical data for the dentist?", ("patient", 8))
task(
    "minimal",
    "Proceed with patient-held information only",
    ("dental", 8),
    "gdp",
    "Your dentist goes on with what you tell and bring yourself.",
    outputs={
        **keep("patient_reported_meds", "patient_letter_given"),
        "medications": "=[patient_reported_meds]",
    },
)
d.service(
    "pull",
    "Pull medications, allergies, labs, imaging, appointments (minimum)",
    ("engine", 8),
    width=220,
    type="record.update",
    headers={"record": "registry", "ask": "medications,allergies,labs,imaging,appointments"},
    outputs={"pulled_at": "=string(now())"},
    properties=SYSTEM,
)

# The planned procedure and its conflicts
task(
    "form",
    "Planned procedure",
    ("dental", 9),
    "gdp",
    "Your dentist writes down what is planned and what your physician should know.",
    inputs={
        "question_to_physician": "=if question_to_physician = null then clinical_question else question_to_physician"
    },
    outputs={
        **keep("procedure", "teeth", "planned_date", "urgency", "infection_now", "prescribing_planned"),
        **keep("adrenaline_local", "question_to_physician", "procedure_risk", "extraction"),
    },
)
d.rule(
    "known_risks",
    "Which risks are known?",
    ("engine", 9),
    decision="risk_words",
    result="words",
    outputs={"flags": FLAGS},
)
d.rule(
    "cds",
    "Conflict check (drug-drug, allergy, condition, lab, timing)",
    ("engine", 10),
    width=180,
    decision="conflicts",
    result="checked",
    outputs={
        "tier": "=checked.tier",
        "conference_by_rule": "=checked.conference_needed",
        **CONFLICTS,
    },
)
d.xor("graded", "How grave?", ("engine", 11))
task(
    "stop",
    "Hard stop: change the plan or override with reason and second signature",
    ("dental", 11),
    "gdp",
    "Something in the plan does not go together with your medicines; your dentist looks at it again.",
    width=240,
    ladder="LAD-RED",
    priority="urgent",
    inputs={"override_reason": "=null", "second_signer": "=null"},
    outputs={"stop_action": "=action", **keep("override_reason", "second_signer")},
)
d.xor("overridden", "Override?", ("dental", 12))
task(
    "countersign",
    "Second signature for the override",
    ("dental", 13),
    "oral_surgeon,restorative_dentist,medical_physician,pharmacist",
    "A second specialist looks at the plan.",
    ladder="LAD-RED",
    priority="urgent",
    properties={"secondSignerOf": "stop", "secondSignerReason": "countersign_reason"},
    outputs={
        "override_agreed": "=agree",
        "countersign_reason": "=countersign_reason",
        "override_count": "=if agree then override_count + 1 else override_count",
    },
)
d.service(
    "override_noted",
    "Audit the override",
    ("engine", 13),
    type="audit.write",
    headers={"event": "conflict.overridden", "detail": "tier,conflict_rule,override_agreed"},
    inputs=keep("tier", "conflict_rule", "override_agreed"),
    outputs={"override_audited_at": "=string(now())"},
    properties=SYSTEM,
)
d.xor("signed_twice", "Signed by both?", ("engine", 14))
task(
    "ask_med",
    "Medical advice",
    ("medical", 15),
    "medical_physician",
    "Your physician says how the procedure can be done safely for you.",
    ladder="LAD-URGENT",
    priority="urgent",
    inputs=dict.fromkeys(
        ("inr_required_by", "glucose_advice", "antibiotic_advice", "steroid_cover", "defer_until"), "=null"
    ),
    properties={
        "expectedDuration": '=if urgency = "emergency" then times.ask_med_emergency'
        ' else if urgency = "urgent" then times.ask_med_urgent else times.ask_med'
    },
    outputs={
        **keep("may_proceed", "anticoagulant_instruction", "inr_required_by", "glucose_advice", "antibiotic_advice"),
        **keep("steroid_cover", "labs_needed", "defer_until", "conference_needed"),
        "planned_date": '=if may_proceed = "defer" and defer_until != null then defer_until else planned_date',
        "procedure_status": '=if may_proceed = "defer" then "deferred" else null',
        "labs": '=if gate = "fail" then {hba1c: get value(labs, "hba1c"), hba1c_on: get value(labs, "hba1c_on")}'
        " else labs",
        "gate": "=null",
        "lab_wait_from": "=null",
        "days_request_to_advice": "=if days_request_to_advice = null"
        " then (date(now()) - date(date and time(referral_received_at))).days else days_request_to_advice",
    },
)
d.boundary(
    "no_advice",
    "No advice the day before",
    on="ask_med",
    timer=f"date: ={PROCEDURE} - duration(times.no_advice)",
    interrupting=False,
    properties=ANCHOR,
)
d.service(
    "not_safe",
    "Not safe to proceed: tell dentist and clinical lead",
    ("medical", 16, 1),
    width=180,
    type="notify",
    headers={
        "tell": "gdp,clinical_lead",
        "level": "escalation",
        "text": "No medical advice the day before a procedure: it is not safe to proceed.",
    },
    outputs={"procedure_status": '="not_safe_to_proceed"'},
)
d.end("not_safe_told", "Told", ("medical", 17, 1))
d.xor("confq", "Conference?", ("engine", 16))
d.call(
    "conf",
    "Case conference",
    ("engine", 17),
    process="case_conference",
    inputs={
        "referral_id": KEY,
        "patient_id": OF_PATIENT,
        "patient": "=patient",
        "priority": "=priority",
        "question": '="How is this procedure done safely? " + (if question_to_physician = null then ""'
        " else question_to_physician)",
        "required_roles": '=["medical_physician", "gdp", "pharmacist"]',
        "mode": '="async_24h"',
        "decide_by": "=string(now() + duration(times.decide_by))",
        "part_of_case": "=true",
    },
    outputs={"conference_decision": "=decision", "conference_plan": "=plan", "disagreement": "=false"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "=times.decide_by"},
)

# One plan, signed by three
task(
    "draft",
    "Shared care plan",
    ("dental", 18),
    "gdp",
    "Your dentist writes one plan: what is done, by whom, and whom you call.",
    inputs={"costs_or_barriers": "=null"},
    outputs={
        "care_plan": "={steps: steps, owner_per_step: owner_per_step, setting: setting,"
        " medication_plan: medication_plan, bleeding_plan: bleeding_plan, infection_plan: infection_plan,"
        " who_to_call: who_to_call,"
        " stop_rules: stop_rules, costs_or_barriers: costs_or_barriers}",
        "plan_text": PLAN_TEXT,
        "who_to_call": "=who_to_call",
        "plan_status": '="draft"',
        "medications_at_plan": "=medications",
        "allergies_at_plan": "=allergies",
    },
)
d.parallel("sign", "Both sides and patient agree", ("engine", 19))
task(
    "sign_d",
    "Dentist signs",
    ("dental", 20),
    "gdp",
    "Your dentist signs the plan.",
    outputs={"agreed_dentist": "=agree"},
)
task(
    "sign_m",
    "Physician signs",
    ("medical", 20),
    "medical_physician",
    "Your physician signs the plan.",
    ladder="LAD-URGENT",
    inputs={"comment": "=null"},
    outputs={"agreed_physician": "=agree", "physician_comment": "=comment"},
)
task(
    "sign_p",
    "Patient or carer agrees (teach-back)",
    ("patient", 20),
    "patient,carer",
    "Please read the plan, say it in your own words, and tell us whether you agree.",
    ladder="LAD-PATIENT",
    calendar="always",
    inputs={"question": "=null"},
    outputs={"understands": "=understands", "agreed_patient": "=agree", "patient_question": "=question"},
)
d.parallel("sj", "All answers", ("engine", 21))
d.script(
    "plan_signed",
    "Is the plan agreed?",
    ("engine", 22),
    '=if not(agreed_dentist and agreed_physician and agreed_patient and understands) then "draft"'
    ' else if plan_status = "expired" then "expired" else "agreed"',
    "plan_status",
    outputs={
        "plan_status": "=plan_status",
        "agree_all": "=agreed_dentist and agreed_physician and agreed_patient and understands",
        "disagreement": "=not(agreed_dentist and agreed_physician and agreed_patient and understands)",
    },
)
d.xor("agreed", "All agree?", ("engine", 23))

# Laboratory values before the procedure
d.xor("labs", "Lab gate?", ("engine", 24))
d.event_gateway("lab_wait", "Wait for labs", ("engine", 25))
d.catch("lab_in", "Lab result", ("engine", 26), message="lab.result", key=KEY, outputs=LAB_CAME)
d.xor("labs_there", "All there?", ("engine", 27))
d.catch(
    "lab_day_before",
    "The day before",
    ("engine", 25, 1),
    timer=f"date: =if lab_wait_from = null then {PROCEDURE} - duration(times.lab_before)"
    f" else max({PROCEDURE} - duration(times.lab_before), date and time(lab_wait_from) + duration(times.lab_again))",
    properties=ANCHOR,
)
task(
    "lab_late",
    "Lab missing the day before",
    ("admin", 26),
    "coordinator",
    "A laboratory value that is needed before your procedure is missing; we look after it.",
    ladder="LAD-RED",
    priority="stat",
    outputs={"lab_action": "=action", "lab_wait_from": "=string(now())"},
)
d.xor("lab_acted", "What is done?", ("admin", 27))
d.parallel("lab_again", "", ("admin", 27, 1))
d.call(
    "lab_trace",
    "Trace the missing result",
    ("admin", 28, 1),
    process="result_overdue",
    inputs={
        "order_id": '=referral_id + "-LAB"',
        "referral_id": KEY,
        "patient_id": OF_PATIENT,
        "priority": "=priority",
    },
    outputs={"lab_found": "=found"},
    properties={"escalation": "LAD-RED", "expectedDuration": "=times.lab_trace"},
)
d.end("lab_traced", "Traced", ("admin", 29, 1))
d.rule(
    "gate",
    "Lab gate",
    ("engine", 28),
    decision="lab_gate",
    result="gated_by",
    inputs=GATE_READS,
    outputs={"gate": "=gated_by.gate", "gate_reason": "=gated_by.gate_reason"},
)
d.xor("passed", "Passed?", ("engine", 29))

# The procedure
task(
    "pre",
    "Pre-visit check: changes since plan? (auto-filled diff)",
    ("dental", 30),
    "gdp",
    "Your dentist checks whether anything has changed since the plan was made.",
    ladder="LAD-URGENT",
    priority="urgent",
    due=f"={PROCEDURE} - duration(times.pre)",
    properties=ANCHOR,
    inputs={
        "new_med": "=medications != medications_at_plan",
        "new_allergy": "=allergies != allergies_at_plan",
        "changes_seen": "=medications != medications_at_plan or allergies != allergies_at_plan"
        ' or plan_status = "expired"',
    },
    outputs=keep("changes_seen", "new_med", "new_allergy", "ok_to_go"),
)
d.xor("ready", "Go?", ("engine", 31))
task(
    "proc",
    "Procedure done",
    ("dental", 32),
    "oral_surgeon",
    "The procedure is done as planned.",
    due=f"={PROCEDURE} + duration(times.proc)",
    properties=ANCHOR,
    outputs={
        "procedure_done": "=done",
        **keep("haemostasis", "medicines_given", "complication"),
        "procedure_status": '=if done then "done" else "not_done"',
    },
)
d.catch("call48", "Next-day check", ("engine", 33), timer="duration: =times.call48")
task(
    "fu",
    "Patient symptom check (portal/SMS/phone)",
    ("patient", 34),
    "patient,carer",
    "How are you after the procedure? Please tell us about bleeding, pain, fever and swelling.",
    ladder="LAD-PATIENT",
    calendar="always",
    priority="urgent",
    outputs={
        **keep("bleeding", "pain_nrs", "fever", "swelling"),
        "post_op_bleed": '=bleeding = "heavy"',
    },
)
d.xor("worse", "Heavy bleeding or fever?", ("engine", 35))
d.call(
    "rf",
    "Complication",
    ("engine", 36, 1),
    process="red_flag",
    inputs={
        "referral_id": KEY,
        "patient_id": OF_PATIENT,
        "patient": "=patient",
        "finding": '=if bleeding = "heavy" then "heavy bleeding after a procedure" else "fever after a procedure"',
        "raised_by": '="patient"',
        "priority": "=priority",
    },
    outputs={"red_flag_action": "=red_flag_action", "priority": "=priority"},
    properties={"escalation": "LAD-RED", "expectedDuration": "PT1H"},
)
SAID = (
    '"Procedure " + (if procedure_done then "done" else "not done") + "; complication: " + complication'
    ' + "; next day: bleeding " + bleeding + (if fever then ", fever" else "") + "."'
)
d.send(
    "out",
    "Outcome to physician, GDP, patient; registry",
    ("engine", 37),
    width=160,
    type="referral.send",
    message="referral.outcome",
    headers={"message": "referral.outcome", "to": "requester"},
    inputs={"outcome": "=" + SAID},
    outputs={"outcome_sent_at": "=string(now())"},
    properties=SYSTEM,
)
d.service(
    "told",
    "Hand the outcome to both sides and the patient",
    ("engine", 38),
    width=160,
    type="result.handoff",
    inputs={
        "recipients": '=if share_dental_with_medical = false then ["gdp", "patient"]'
        ' else ["medical_physician", "gdp", "patient"]',
        "result": "={text: " + SAID + ", complication: complication}",
    },
    outputs={"handed_at": "=string(now())"},
    properties=SYSTEM,
)
task(
    "ackm",
    "Physician acknowledges",
    ("medical", 39),
    "medical_physician",
    "Your physician reads how the procedure went.",
    ladder="LAD-RESULT",
    inputs={"medical_plan_change": "=null"},
    outputs={"physician_read": "=read", "medical_plan_change": "=medical_plan_change"},
)
d.rule(
    "look_for_gaps",
    "Gaps in care?",
    ("engine", 39),
    decision="care_gaps",
    result="care_gaps",
    inputs={
        "months_since_perio": "=if last_perio_exam = null then null"
        " else floor((date(now()) - date(last_perio_exam)).days / 30.4)"
    },
)
d.service(
    "gaps",
    "Gap-in-care rules and next recall into the registry",
    ("engine", 40),
    width=170,
    type="record.update",
    headers={"record": "registry"},
    inputs={"outcome": "=" + SAID, "report": "={care_gaps: care_gaps.gap, complication: complication}"},
    outputs={"registry_updated_at": "=string(now())"},
    properties=SYSTEM,
)
d.service(
    "recall",
    "Next recall",
    ("engine", 41),
    type="follow.up",
    inputs={
        "on": "=string(min(for one in care_gaps return date(now()) + duration(one.within)))",
        "what": '=string join(care_gaps.gap, ", ")',
        "role": '="gdp"',
    },
    outputs={"recall_on": "=on"},
    properties=SYSTEM,
)
d.end("end_ok", "Plan done and reviewed", ("engine", 42))

# Flows
d.path("s0", "site_times", "dup", "dup_found")
d.flow("dup_found", "dup_review", when="=duplicate_found = true", name="yes")
d.flow("dup_found", "enrol", default=True, name="no")
d.path("dup_review", "go_on")
d.flow("go_on", "existing_used", when='=duplicate_decision != "proceed_clinical_reason"', name="no")
d.flow("go_on", "enrol", default=True, name="yes", exit="bottom")
d.path("existing_used", "end_existing")
d.path("enrol", "consent_now", "consentq")
d.flow("consentq", "ask", when='=consent = "missing" and not(legal_basis_other = true)', name="missing", exit="top")
d.flow(
    "consentq",
    "minimal",
    when='=(consent = "opted_out" or consent = "withdrawn") and not(legal_basis_other = true)',
    name="opted out",
    exit="bottom",
)
d.flow("consentq", "pull", default=True, name="given", exit="right")
d.path("ask", "ask_kept", "may_share")
d.flow("may_share", "minimal", when="=share_medical_with_dental = false", name="no", exit="bottom")
d.flow("may_share", "pull", default=True, name="yes", exit="right")
d.path("minimal", "form")
d.path("pull", "form", "known_risks", "cds", "graded")
d.flow("graded", "stop", when='=tier = "hard_stop"', name="hard stop", exit="top")
d.flow(
    "graded",
    "ask_med",
    when='=tier != "hard_stop" and (tier = "ask" or tier = "conference" or gate = "fail")',
    name="ask",
    exit="right",
)
d.flow("graded", "draft", default=True, name="no conflict", exit="bottom")
d.path("stop", "overridden")
d.flow("overridden", "form", when='=stop_action = "change_plan"', name="no", exit="top")
d.flow("overridden", "countersign", default=True, name="yes", exit="right")
d.path("countersign", "override_noted", "signed_twice")
d.flow("signed_twice", "form", when="=override_agreed = false", name="no", exit="bottom")
d.flow("signed_twice", "ask_med", default=True, name="yes")
d.path("no_advice", "not_safe", "not_safe_told")
d.path("ask_med", "confq")
d.flow(
    "confq",
    "conf",
    when="=conference_needed = true or conference_by_rule = true or count(flags) >= 3 or disagreement = true",
    name="yes",
)
d.flow("confq", "draft", default=True, name="no", exit="top")
d.path("conf", "draft", "sign")
d.path("sign", "sign_d", "sj")
d.path("sign", "sign_m", "sj")
d.path("sign", "sign_p", "sj")
d.path("sj", "plan_signed", "agreed")
d.flow("agreed", "conf", when="=agree_all = false", name="no", exit="bottom")
d.flow("agreed", "labs", default=True, name="yes")
d.flow("labs", "lab_wait", when=f"={LABS_ASKED} and not({ALL_THERE})", name="to come")
d.flow("labs", "gate", when=f"={LABS_ASKED}", name="there", exit="bottom")
d.flow("labs", "pre", default=True, name="none", exit="top")
d.path("lab_wait", "lab_in", "labs_there")
d.path("lab_wait", "lab_day_before", "lab_late", "lab_acted")
d.flow("labs_there", "lab_wait", when=f"=not({ALL_THERE})", name="no")
d.flow("labs_there", "gate", default=True, name="yes")
d.flow("lab_acted", "pre", when='=lab_action = "clinician_accepts"', name="accepted", exit="right")
d.flow("lab_acted", "lab_again", when='=lab_action = "get_today"', name="today", exit="bottom")
d.flow("lab_acted", "lab_wait", default=True, name="moved", exit="top")
d.path("lab_again", "lab_wait")
d.path("lab_again", "lab_trace", "lab_traced")
d.path("gate", "passed")
d.flow("passed", "ask_med", when='=gate = "fail"', name="no", exit="bottom")
d.flow("passed", "pre", default=True, name="yes")
d.path("pre", "ready")
d.flow("ready", "cds", when='=ok_to_go = false or plan_status = "expired"', name="no", exit="bottom")
d.flow("ready", "proc", default=True, name="yes")
d.path("proc", "call48", "fu", "worse")
d.flow("worse", "rf", when='=bleeding = "heavy" or fever = true', name="yes")
d.flow("worse", "out", default=True, name="no")
d.path("rf", "out", "told", "ackm", "look_for_gaps", "gaps", "recall", "end_ok")

# A medicine changes
med = d.event_subprocess("med_changed", "Medication changed", band=0)
med.start(
    "medicine",
    "Changed",
    0,
    message="medication.changed",
    key=OF_PATIENT,
    interrupting=False,
    outputs={
        "medications": f"=if {NAMED} = null then (if medications = null then [] else medications)"
        f' else if change = "stopped" then medications[not(contains(lower case(string(item)), lower case({NAMED})))]'
        f" else append(medications, {NAMED})",
    },
)
med.rule(
    "check_again",
    "Conflict check again",
    1,
    decision="conflicts",
    result="checked",
    inputs={"tier_before": "=tier"},
    outputs={
        "tier_rises": f"={RISES}",
        "tier": "=if tier_before = null then null else checked.tier",
        **CONFLICTS,
        "plan_status": f'=if {RISES} then "expired" else plan_status',
        "alerts_waiting": f"=if {RISES} then alerts_waiting + 1 else alerts_waiting",
    },
)
med.xor("rises", "Graver than before?", 2)
med.end("not_graver", "Noted", (3, 1))
med.xor("on_its_way", "Alert on its way?", 3)
med.end("bundled", "In that alert", (4, 1))
med.catch(
    "gather",
    "Gather changes",
    4,
    timer="date: =if alerted_at = null then now() + duration(times.alert_wait)"
    " else max(now() + duration(times.alert_wait), date and time(alerted_at) + duration(times.alert_quiet))",
    outputs={"alerts_waiting": "=0", "alerted_at": "=string(now())"},
)
med.service(
    "alert",
    "One alert to both sides",
    5,
    **tell(
        "gdp,medical_physician",
        "escalation",
        "A change of medicines conflicts with a shared plan: the plan is no longer valid, look at it again.",
    ),
)
med.parallel("both_look", "", 6)
med.user(
    "look_d",
    "Dentist looks at the plan again",
    7,
    form=form("look_d"),
    **who(
        "gdp",
        "Your medicines have changed; your dentist looks at the plan again.",
        "look",
        "LAD-URGENT",
        "urgent",
        inputs={"note": "=null"},
        outputs={"dentist_saw_change": "=seen", "dentist_note": "=note"},
    ),
)
med.user(
    "look_m",
    "Physician looks at the plan again",
    (7, 1),
    form=form("look_m"),
    **who(
        "medical_physician",
        "Your medicines have changed; your physician looks at the plan again.",
        "look",
        "LAD-URGENT",
        "urgent",
        inputs={"note": "=null"},
        outputs={"physician_saw_change": "=seen", "physician_note": "=note"},
    ),
)
med.parallel("both_looked", "", 8)
med.end("looked", "Seen by both", 9)
med.path("medicine", "check_again", "rises")
med.flow("rises", "on_its_way", when="=tier_rises = true", name="yes")
med.flow("rises", "not_graver", default=True, name="no")
med.flow("on_its_way", "bundled", when="=alerts_waiting > 1", name="yes")
med.flow("on_its_way", "gather", default=True, name="no")
med.path("gather", "alert", "both_look", "look_d", "both_looked", "looked")
med.path("both_look", "look_m", "both_looked")

# A laboratory value comes while nobody waits for it
lab = d.event_subprocess("lab_came", "Lab result while the plan is open", band=0)
lab.start("lab_result", "Result", 0, message="lab.result", key=KEY, interrupting=False, outputs=LAB_CAME)
lab.rule(
    "gate_again",
    "Lab gate again",
    1,
    decision="lab_gate",
    result="gated_by",
    inputs=GATE_READS,
    outputs={
        "gate": "=if plan_status = null then gate else gated_by.gate",
        "gate_reason": "=gated_by.gate_reason",
        "plan_status": '=if plan_status != null and gated_by.gate = "fail" then "expired" else plan_status',
    },
)
lab.xor("fails", "Plan open and gate failed?", 2)
lab.service(
    "tell_fail",
    "Tell both sides",
    3,
    **tell(
        "gdp,medical_physician",
        "escalation",
        "A laboratory value does not allow the procedure of a shared plan: the plan is no longer valid.",
    ),
)
lab.end("fail_told", "Told", 4)
lab.end("lab_noted", "Noted", (3, 1))
lab.path("lab_result", "gate_again", "fails")
lab.flow("fails", "tell_fail", when='=gate = "fail" and plan_status = "expired"', name="yes")
lab.flow("fails", "lab_noted", default=True, name="no")
lab.path("tell_fail", "fail_told")

# The other side asks back, or declines to advise
back = d.event_subprocess("returned", "Physician asks for information", band=0)
back.start(
    "info_asked",
    "Information asked for",
    0,
    message="referral.info_requested",
    key=KEY,
    interrupting=False,
    outputs={"missing_items": "=missing_items"},
)
back.user(
    "supply",
    "Supply what the physician asks for",
    1,
    form=form("supply"),
    **who(
        "gdp",
        "Your dentist tells your physician what is still missing.",
        "supply",
        "LAD-URGENT",
        "urgent",
        outputs=keep("supplied"),
    ),
)
back.throw(
    "info_sent",
    "Information sent",
    2,
    message="referral.info_supplied",
    key=KEY,
    inputs={"supplied": "=supplied"},
)
back.end("info_done", "Supplied", 3)
back.path("info_asked", "supply", "info_sent", "info_done")

no = d.event_subprocess("rejected", "Advice declined", band=1)
no.start(
    "advice_declined",
    "Declined",
    0,
    message="referral.status.declined",
    key=KEY,
    interrupting=False,
    outputs={"reject_reason": "=reject_reason", "reject_advice": "=advice"},
)
no.user(
    "rej_ack",
    "Dentist acknowledges rejection and states next step",
    1,
    form=form("rej_ack"),
    width=190,
    **who(
        "gdp",
        "Your question was not taken; your dentist decides who is asked next.",
        "rej_ack",
        "LAD-URGENT",
        "urgent",
        outputs=keep("next_step", "patient_informed"),
    ),
)
no.boundary("rej_late", "Not acknowledged", on="rej_ack", timer="duration: =times.rej_chase", interrupting=False)
no.service(
    "tell_rej_late",
    "Tell coordinator: rejection not acknowledged",
    (2, 1),
    **tell("coordinator,clinical_lead", "escalation", "A declined request for advice is not acknowledged."),
)
no.end("told_rej_late", "Told", (3, 1))
no.end("rej_done", "Next step stated", 3)
no.path("advice_declined", "rej_ack", "rej_done")
no.path("rej_late", "tell_rej_late", "told_rej_late")

date_moved(d, 1, {"planned_date": "=substring(string(new_date), 1, 10)"})
appointment_missed(d, 1, tell="gdp,medical_physician,coordinator")
consent_withdrawn(d, 1)
local = d.nodes["unshared"].inner
local.flows.pop()
local.nodes["consent_done"].column = 3
local.service(
    "local_only",
    "Registry entry becomes local-only",
    2,
    type="record.update",
    headers={"record": "registry"},
    inputs={"outcome": '="Sharing ended: this entry is for local use only; authors keep reading their plan."'},
    outputs={"local_only_at": "=string(now())"},
    properties=SYSTEM,
)
local.path("consent", "local_only", "consent_done")
patient_declined(d, 1)
red_flag_raised(d, 0)
patient_died(d, 1)

CONFLICT, PLAN = "conflict_text:shown | What conflicts", "plan_text:shown | The plan"
QUESTION, REASON = "question_to_physician:shown | The dentist asks", "override_reason:shown | The first signer's reason"
forms = {
    "dup_review": ["decision:enum(use_existing|merge|proceed_clinical_reason)!", "reason:text | Why?"],
    "ask": [
        "share_dental_with_medical:bool! | May your physician know what your dentist knows?",
        "share_medical_with_dental:bool! | May your dentist know what your physician knows?",
        "limits:multi(none|no_hiv|no_mental_health|named_only)! | Is anything left out?",
        "named:string | Who may know? | Names, with commas between; only those, when you chose so",
        "carer_may_see:bool! | May your carer see it?",
        "expires:date | Until when? | Empty: until you say otherwise",
    ],
    "minimal": [
        "patient_reported_meds:text! | Medicines that the patient names",
        "patient_letter_given:bool! | Does the patient have a letter for the physician?",
    ],
    "form": [
        "procedure:coded(CDT|SNOMED)!",
        "extraction:bool! | Is a tooth taken out?",
        "procedure_risk:enum(unlikely|low|higher)! | Risk of bleeding",
        "teeth:teeth",
        "planned_date:date! | Planned for",
        "urgency:enum(elective|urgent|emergency)!",
        "infection_now:bool! | Infection now?",
        "prescribing_planned:multi(none|amoxicillin|metronidazole|clarithromycin|clindamycin|ibuprofen|paracetamol"
        "|miconazole|fluconazole|tranexamic_mouthwash)! | Medicines planned",
        "adrenaline_local:bool! | Local anaesthetic with adrenaline?",
        "question_to_physician:text!",
    ],
    "stop": [
        CONFLICT,
        "action:enum(change_plan|override)! | What is done?",
        "override_reason:text | Why is it overridden?",
        "second_signer:ref(PractitionerRole) | Who signs second?",
    ],
    "countersign": [CONFLICT, REASON, "agree:bool! | Do you agree?", "countersign_reason:text! | Why?"],
    "ask_med": [
        CONFLICT,
        QUESTION,
        "may_proceed:enum(yes|yes_with_conditions|defer|hospital_setting)! | May it be done?",
        "anticoagulant_instruction:enum(no_change|check_inr|doac_timing|bridge|n_a)!",
        "inr_required_by:date | INR needed by",
        "glucose_advice:text",
        "antibiotic_advice:text",
        "steroid_cover:bool",
        "labs_needed:multi(INR|HbA1c|platelets|neutrophils|eGFR|none)! | Laboratory values needed",
        "defer_until:date | Deferred until",
        "conference_needed:bool! | Is a case conference needed?",
    ],
    "draft": [
        "steps:multi! | Steps",
        "owner_per_step:multi! | Who does each step",
        "setting:enum(practice|community|hospital)!",
        "medication_plan:text!",
        "bleeding_plan:text!",
        "infection_plan:text!",
        "who_to_call:string! | Whom the patient calls",
        "stop_rules:text! | When it is stopped",
        "costs_or_barriers:text",
    ],
    "sign_d": [PLAN, "agree:bool! | Do you agree with the plan?"],
    "sign_m": [PLAN, "agree:bool! | Do you agree with the plan?", "comment:text"],
    "sign_p": [
        PLAN,
        "understands:bool! | Could you say the plan in your own words?",
        "agree:bool! | Do you agree with the plan?",
        "question:text | Your question",
    ],
    "lab_late": ["action:enum(get_today|move_procedure|clinician_accepts)! | What is done?"],
    "pre": [
        PLAN,
        "changes_seen:bool! | Has anything changed since the plan?",
        "new_med:bool! | A new medicine?",
        "new_allergy:bool! | A new allergy?",
        "ok_to_go:bool! | May the procedure be done?",
    ],
    "proc": [
        PLAN,
        "done:bool! | Was it done?",
        "haemostasis:text!",
        "medicines_given:multi! | Medicines given",
        "complication:enum(none|bleeding|infection|hypoglycaemia|cardiac|other)!",
    ],
    "fu": [
        "bleeding:enum(none|ooze|heavy)! | Is it bleeding?",
        "pain_nrs:int{0..10}! | How strong is the pain? | 0 none, 10 the worst",
        "fever:bool! | Do you have a fever?",
        "swelling:bool! | Is it swollen?",
    ],
    "ackm": ["read:bool! | Have you read the outcome?", "medical_plan_change:text | What changes in the medical plan?"],
    "look_d": [CONFLICT, PLAN, "seen:tick! | I have looked at the conflict", "note:text"],
    "look_m": [CONFLICT, PLAN, "seen:tick! | I have looked at the conflict", "note:text"],
    "supply": ["supplied:text! | What the physician asked for"],
    "rej_ack": [
        "next_step:enum(refer_elsewhere|manage_locally|dispute|patient_informed_no_further_action)!",
        "patient_informed:bool! | Does the patient know?",
    ],
}

for drawn in (d, med):
    for node, fields in forms.items():
        shown = [line.partition(":")[0] for line in fields if ":shown" in line]
        if node in drawn.nodes and shown:
            drawn.nodes[node].semantics["inputs"] = {**drawn.nodes[node].semantics.get("inputs", {}), **keep(*shown)}


def classed(node: str, data_class: str) -> dict[str, str]:
    """One class of data for every field of a form."""
    return {f"{node}.{line.partition(':')[0]}": data_class for line in forms[node]}


data_classes = {
    **classed("dup_review", "own_referral"),
    **classed("ask", "consent"),
    **classed("form", "dental_plan"),
    **classed("draft", "dental_plan"),
    **classed("stop", "dental_plan"),
    **classed("countersign", "dental_plan"),
    **classed("sign_d", "dental_plan"),
    **classed("sign_m", "dental_plan"),
    "sign_p.agree": "dental_plan",
    "sign_p.understands": "plan",
    "sign_p.question": "plan",
    **classed("ask_med", "meds"),
    **classed("pre", "dental_plan"),
    **classed("proc", "dental"),
    **classed("fu", "messages"),
    **classed("ackm", "outcome_letter"),
    **classed("look_d", "dental_plan"),
    **classed("look_m", "dental_plan"),
    **classed("supply", "own_referral"),
    **classed("rej_ack", "own_referral"),
    "lab_late.action": "dental_plan",
    "ask_med.question_to_physician": "dental_plan",
    **{f"{node}.conflict_text": "risk_flags" for node in ("stop", "countersign", "ask_med", "look_d", "look_m")},
    **{
        f"{node}.plan_text": "dental_plan" for node in ("sign_d", "sign_m", "sign_p", "pre", "proc", "look_d", "look_m")
    },
    "form.procedure": "planned_procedure",
    "form.extraction": "planned_procedure",
    "form.planned_date": "dates",
    "form.infection_now": "risk_flags",
    "form.procedure_risk": "risk_flags",
    "form.prescribing_planned": "meds",
    "minimal.patient_reported_meds": "meds",
    "minimal.patient_letter_given": "messages",
    "ask_med.may_proceed": "risk_flags",
    "ask_med.labs_needed": "labs",
    "ask_med.inr_required_by": "labs",
    "ask_med.conference_needed": "status",
    "ask_med.defer_until": "dates",
    "draft.medication_plan": "meds",
    "pre.new_med": "meds",
    "pre.new_allergy": "allergies",
    "proc.medicines_given": "meds",
}

INR, D = "[R] SRC-INR", "[D] a default of this template"
M = "[M] MEM-SDCEP"
ANY = "-"


def words(flag: str, *found: str) -> list[str]:
    """One risk and the words that name it."""
    return [f'"{flag}"', "[" + ", ".join(f'"{word}"' for word in found) + "]", D]


decisions = {
    "lab_gate": {
        "name": "Do the laboratory values allow it?",
        "hit": "FIRST",
        "inputs": {
            "INR asked for": 'anticoagulant_instruction = "check_inr" or list contains(labs_needed, "INR")',
            "INR": "INR",
            "Age of the INR at the procedure, hours": "inr_age_hours",
            "Flagged stable": "inr_stable",
            "Platelets, 10⁹/l": "platelets",
            "Neutrophils, 10⁹/l": "neutrophils",
            "Glucose": "glucose",
        },
        "outputs": {"gate": "string", "gate_reason": "string"},
        "annotations": ["Rule", "Source"],
        "rules": [
            [ANY, "> 4", ANY, ANY, ANY, ANY, ANY, '"fail"', '"INR above the limit"', "INR > 4", INR],
            ["true", "? = null", ANY, ANY, ANY, ANY, ANY, '"fail"', '"INR missing"', "INR missing", M],
            ["true", ANY, "> 72", ANY, ANY, ANY, ANY, '"fail"', '"INR too old"', "older than 72 h", M],
            ["true", ANY, "> 24", "not(true)", ANY, ANY, ANY, '"fail"', '"INR too old"', "older than 24 h", INR],
            [ANY, ANY, ANY, ANY, "< 50", ANY, ANY, '"fail"', '"platelets too low"', "platelets < 50", "[M]"],
            [ANY, ANY, ANY, ANY, ANY, "< 1.0", ANY, '"fail"', '"neutrophils too low"', "neutrophils < 1.0", "[M]"],
            [ANY, ANY, ANY, ANY, ANY, ANY, ANY, '"pass"', '"none"', "else", D],
        ],
    },
    "risk_words": {
        "name": "Which words name which risk?",
        "hit": "COLLECT",
        "inputs": {},
        "outputs": {"flag": "string", "words": "Any"},
        "annotations": ["Source"],
        "rules": [
            words(
                "anticoagulant",
                "anticoagul",
                "warfarin",
                "apixaban",
                "rivaroxaban",
                "edoxaban",
                "dabigatran",
                "heparin",
            ),
            words("antiplatelet", "antiplatelet", "aspirin", "clopidogrel", "prasugrel", "ticagrelor"),
            words("transplant", "transplant"),
            words("diabetes", "diabet", "insulin", "metformin"),
            words("antiresorptive", "antiresorptive", "alendron", "zoledron", "denosumab", "risedron", "ibandron"),
            words("immunosuppressed", "immunosuppress", "tacrolimus", "ciclosporin", "mycophenolate", "azathioprine"),
            words("cardiac", "heart", "cardiac", "endocarditis"),
            words("cancer_therapy", "chemotherapy", "radiotherapy", "cancer treatment"),
        ],
    },
    "care_gaps": {
        "name": "Which gaps in care are there, and when is the next recall?",
        "hit": "COLLECT",
        "inputs": {
            "Risks": "flags",
            "Months since the last periodontal examination": "months_since_perio",
        },
        "outputs": {"gap": "string", "within": "string"},
        "annotations": ["Rule", "Source"],
        "rules": [
            [
                'list contains(?, "diabetes")',
                "? = null",
                '"Periodontal examination"',
                '"P28D"',
                "diabetes, none known",
                D,
            ],
            ['list contains(?, "diabetes")', ">= 12", '"Periodontal examination"', '"P28D"', "diabetes, 12 months", D],
            [
                'list contains(?, "antiresorptive") or list contains(?, "transplant")',
                *(ANY, '"Dental review"', '"P6M"', "antiresorptive or transplant", D),
            ],
            [ANY, ANY, '"Dental recall"', '"P12M"', "everybody", D],
        ],
    },
    "times": {
        "name": "Times of this site",
        "hit": "COLLECT",
        "inputs": {},
        "outputs": {"step": "string", "time": "string"},
        "annotations": ["What", "Source"],
        "rules": [
            ['"procedure_starts"', '"T09:00:00@Europe/London"', "when procedures of a day begin", D],
            ['"dup_review"', '"PT4H"', "possible duplicate decided, working time", D],
            ['"ask"', '"P3D"', "consent asked for", D],
            ['"minimal"', '"P2D"', "patient-held information taken, working time", D],
            ['"form"', '"P1D"', "planned procedure written, working time", D],
            ['"stop"', '"PT8H"', "hard stop answered, working time", D],
            ['"countersign"', '"PT8H"', "second signature, working time", D],
            ['"ask_med_emergency"', '"PT4H"', "medical advice in an emergency, working time", D],
            ['"ask_med_urgent"', '"P2D"', "medical advice, urgent, working time", D],
            ['"ask_med"', '"P5D"', "medical advice, elective, working time", D],
            ['"no_advice"', '"P1D"', "no advice so long before the procedure: not safe", D],
            ['"decide_by"', '"P5D"', "case conference decides", D],
            ['"draft"', '"P2D"', "plan written, working time", D],
            ['"sign_d"', '"P2D"', "dentist signs, working time", D],
            ['"sign_m"', '"P2D"', "physician signs, working time", D],
            ['"sign_p"', '"P5D"', "patient or carer agrees", D],
            ['"lab_before"', '"PT20H"', "lab missing so long before the procedure", D],
            ['"lab_late"', '"PT4H"', "missing lab acted on, working time", D],
            ['"lab_again"', '"PT4H"', "waited for again so long", D],
            ['"lab_trace"', '"PT8H"', "missing result traced", D],
            ['"pre"', '"PT1H"', "pre-visit check so long before the procedure", D],
            ['"proc"', '"PT8H"', "procedure written so long after its beginning", D],
            ['"call48"', '"PT24H"', "patient asked after the procedure", D],
            ['"fu"', '"P1D"', "patient answers", D],
            ['"ackm"', '"P5D"', "physician acknowledges, working time", D],
            ['"alert_wait"', '"PT15M"', "changes of medicines gathered into one alert", D],
            ['"alert_quiet"', '"PT1H"', "no second alert so soon", D],
            ['"look"', '"P1D"', "both sides look at an expired plan, working time", D],
            ['"supply"', '"P1D"', "information supplied, working time", D],
            ['"rej_ack"', '"P2D"', "rejection acknowledged, working time", "[R] SRC-IHI (pattern)"],
            ['"rej_chase"', '"P5D"', "rejection not acknowledged: coordinator told", "[R] SRC-IHI (pattern)"],
        ],
    },
}
