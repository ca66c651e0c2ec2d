"""Suspected head and neck cancer: from the referral through clinic, tests, tumour board to the first treatment."""

import handlers
from diagram import Diagram

diagram = d = Diagram(
    "ent_imaging_oncology",
    "ENT, imaging and oncology",
    version_tag="1.0.0",
    doc="Suspected head and neck cancer: referral, one-stop clinic, imaging and biopsy, telling the patient, staging, "
    "tumour board, treatment plan, first treatment, on the 28-, 31- and 62-day clocks that start when the referral is "
    "received and never restart. Demo template: needs local clinical sign-off before use.",
)

d.lane("primary", "Referrer")
d.lane("dentistry", "Dental")
d.lane("oncology", "Oncology")
d.lane("admin", "Coordination")
d.lane("pathology", "Pathology")
d.lane("imaging", "Imaging")
d.lane("ent", "ENT")
d.lane("engine", "Engine")

KEY = "=referral_id"
SYSTEM = {"escalation": "LAD-URGENT", "expectedDuration": "PT4H"}
DETACHED = {"detached": "true"}
DAY_0 = "date and time(referral_received_at)"
DAYS_TO_TOLD = f"=(date(substring(told_at, 1, 10)) - date({DAY_0})).days"
PERSON = {name: f"={name}" for name in ("patient_id", "patient", "requester", "conditions", "medications", "allergies")}
UNKNOWN_YET = (
    "triage_at",
    "seen_at",
    "first_test_at",
    "report_at",
    "diagnosis_at",
    "told_at",
    "mdt_decision",
    "planned_start",
    "started_at",
    "ruled_out_at",
    "patient_choice",
    "clearance",
    "days_to_told",
    "fds_met",
    "d31_met",
    "d62_met",
)
SYMPTOMS = 'replace(string join(symptom, ", "), "_", " ")'
FIRST_REPORT = "=if report_at != null or report = null then report_at else string(now())"


TIMES: dict[str, tuple[str, str, str]] = {}
"""The times of the site's table: value, what it is, source."""


def site(key: str, value: str, what: str, source: str = "[D]") -> str:
    """A time that the site's table sets; FEEL without the sign."""
    TIMES[key] = (value, what, source)
    return f"times.{key}"


def keep(*names: str) -> dict[str, str]:
    """Output mappings that keep form fields under their own names."""
    return {name: f"={name}" for name in names}


def task(node: str, role: str, takes: str | None, text: str, **more: object) -> dict[str, object]:
    """Who does a user task, by when, with which form, and what the patient reads meanwhile."""
    ladder, calendar = more.pop("ladder", "LAD-RED"), more.pop("calendar", "always")
    times = {"expectedDuration": "=" + site(node, takes, node.replace("_", " "))} if takes else {}
    given = {"escalation": ladder, "calendar": calendar, **times, "patientText": text}
    return {
        "groups": role,
        "priority": 50,
        "form": f"ent_imaging_oncology.{node}",
        "properties": given,
        **more,
    }


def imaging(kind: str, modality: str, question: str) -> dict[str, object]:
    """One imaging order of this case; its report and category come back under the order's name."""
    return {
        "process": "imaging_order",
        "inputs": {
            "order_id": f'=referral_id + "-{kind.upper()}-" + string(test_round)',
            "referral_id": KEY,
            "modality": modality,
            "reason": f'="Suspected head and neck cancer: " + {SYMPTOMS}',
            "clinical_question": question,
            "priority": '="urgent_suspected_cancer"',
            "requester_role": '="ent_surgeon"',
            "patient_id": "=patient_id",
            "patient": "=patient",
            "allergies": "=allergies",
        },
        "outputs": {
            f"{kind}_report": "=report",
            f"{kind}_category": "=category",
            "report_at": FIRST_REPORT,
        },
    }


def referral(node: str, service: str, reason: str, question: str, **more: str) -> dict[str, str]:
    """What a closed-loop referral to another service is given."""
    times = {
        "sla_triage": "=" + site("support_triage", "P2D", "further referrals: triage"),
        "sla_first_contact": "=" + site("support_contact", "P10D", "further referrals: first contact"),
        "sla_report": "=" + site("support_report", "P5D", "further referrals: report"),
    }
    return {
        "referral_id": f'=referral_id + "-{node}"',
        "service": service,
        "reason": reason,
        "clinical_question": question,
        "priority": '="urgent"',
        **times,
        "return_at": '="closed"',
        **PERSON,
        **more,
    }


def begin(node: str, name: str, at: object, pathway: str, suffix: str, carry: str = "", **inputs: str) -> None:
    """Begin another pathway as a case of its own."""
    d.service(
        node,
        name,
        at,
        type="pathway.start",
        headers={"pathway": pathway, **({"carry": carry} if carry else {})},
        inputs={
            "referral_id": f'=referral_id + "-{suffix}"',
            **{who: PERSON[who] for who in ("patient_id", "patient", "requester")},
            "priority": '="urgent"',
            **inputs,
        },
        outputs={f"{node}_case": "=started_case"},
        properties=SYSTEM,
    )


# Referrer
d.start(
    "s0",
    "Suspected head and neck cancer referral",
    ("primary", 0),
    message="referral.requested",
    key=KEY,
    outputs={
        "referral_received_at": "=if referral_received_at = null then string(now()) else referral_received_at",
        **dict.fromkeys(UNKNOWN_YET, "=null"),
        "biopsies": "=0",
        "repeat_biopsy": "=0",
        "test_round": "=1",
    },
)
d.rule(
    "site_times",
    "Times of this site",
    ("primary", 1),
    decision="times",
    result="found",
    outputs={"times": "=context(for row in found return {key: row.step, value: row.time})"},
)
d.user(
    "form",
    "Referral form",
    ("primary", 2),
    **task("form", "referrer", "PT24H", "Your referral to the specialists is being written.", calendar="working"),
)

# Engine: emergency, criteria, closed loop
d.xor("emerg", "Airway emergency?", ("engine", 2))
d.service(
    "emergency",
    "Same-day emergency transfer instruction + on-call ENT pager",
    ("engine", 2, 1),
    type="notify",
    headers={
        "tell": "referrer,ent_triage,ent_surgeon,clinical_lead",
        "level": "critical",
        "text": "Stridor: the airway may be at risk. Transfer the patient to the emergency department today and page "
        "the on-call ENT surgeon now.",
    },
    properties={"escalation": "LAD-RED", "expectedDuration": "PT1H"},
)
d.end("end_emerg", "Emergency transfer", ("engine", 3, 1), terminate=True)
d.rule(
    "criteria",
    "Urgent suspected cancer criteria",
    ("engine", 3),
    decision="usc",
    result="priority",
)
d.call(
    "clr",
    "Closed-loop referral (triage, booking, attendance)",
    ("engine", 4),
    process="closed_loop_referral",
    inputs={
        "referral_id": KEY,
        "service": '="head_and_neck_clinic"',
        "reason": f'="Suspected head and neck cancer: " + {SYMPTOMS}',
        "clinical_question": '=if clinical_question = null or clinical_question = "" '
        'then "Is this a head and neck cancer?" else clinical_question',
        "priority": "=priority",
        "referral_received_at": "=referral_received_at",
        "sla_triage": "=" + site("triage", "P3D", "suspected cancer: triage"),
        "sla_first_contact": "=" + site("first_contact", "P10D", "suspected cancer: first contact", "[R] SRC-SCOT-DX"),
        "sla_report": "=" + site("clinic_report", "P1D", "suspected cancer: report of the clinic"),
        "return_at": '="seen"',
        "named_contact": "=named_contact",
        **PERSON,
    },
    outputs={
        "loop_outcome": "=loop_outcome",
        "priority": "=priority",
        "first_contact_at": "=first_contact_at",
        "seen_at": "=seen_at",
        "noshow_count": "=noshow_count",
        "triage_at": "=if triage_at = null then string(now()) else triage_at",
    },
)
d.boundary(
    "triaged",
    "Triaged",
    on="clr",
    escalation="referral.triaged",
    interrupting=False,
    outputs={"triage_at": "=string(now())"},
)
d.end("triage_noted", "Triage noted", ("engine", 4, 1))
d.xor("accepted", "Accepted and seen?", ("engine", 5))
d.end("end_declined", "Declined / not accepted", ("engine", 5, 1))

# ENT clinic and the tests that apply
d.user(
    "clinic",
    "One-stop clinic: examination, endoscopy, ultrasound +/- FNA",
    ("ent", 5),
    **task("clinic", "ent_surgeon", "P1D", "You are examined in the one-stop clinic.", calendar="working"),
    outputs={
        **keep("nasendoscopy", "neck_exam", "oral_exam", "us_fna_done", "suspicion", "needs", "differential"),
        **keep("overlap_dental", "told_patient", "key_worker"),
        "first_test_at": "=string(now())",
        "diagnosis_at": '=if suspicion = "none" then string(now()) else null',
    },
)
d.xor("route", "Next step", ("engine", 6))
d.xor("jaw_joint", "Jaw joint?", ("engine", 6, 1))
OVERLAP = {
    "reason": '="Dental overlap without suspicion of cancer: " + differential',
    "clinical_question": '="Is there a dental cause?"',
    "priority": '="routine"',
}
begin(
    "dental_overlap",
    "Odontogenic sinusitis pathway (detached)",
    ("engine", 7, 1),
    "odontogenic_sinusitis",
    "SINUSITIS",
    **OVERLAP,
)
begin(
    "dental_overlap_tmj",
    "TMJ pathway (detached)",
    ("engine", 7, 2),
    "tmj_assessment",
    "TMJ",
    **OVERLAP,
)
d.inclusive("tests", "Tests that apply", ("engine", 7))
d.call(
    "mri",
    "MRI (same or next day if high suspicion; before biopsy)",
    ("imaging", 8),
    **imaging("mri", '="MRI_neck"', '="Is there a tumour, and how far does it reach? " + differential'),
)
d.call(
    "ct",
    "CT",
    ("imaging", 8, 1),
    **imaging(
        "ct",
        '=if list contains(needs, "CT_neck_chest") then "CT_neck_chest" else "CT_sinus"',
        '="Asked for: " + replace(string join(needs, ", "), "_", " ") + ". " + differential',
    ),
)
d.user(
    "biopsy",
    "Biopsy / FNA / panendoscopy",
    ("ent", 8),
    **task("biopsy", "ent_surgeon", "P7D", "A small sample is taken to find out what it is."),
    inputs={"order_id": '=referral_id + "-PATH-" + string(biopsies + 1)'},
    outputs={
        "biopsies": "=biopsies + 1",
        "pathology_order_id": "=order_id",
        "biopsy_date": "=date",
        "biopsy_site": "=site",
        "specimen_ids": "=specimen_ids",
        "pathology_due": "=string(date(date) + duration("
        + site("pathology", "P10D", "pathology report after the biopsy", "[M] RCPath KPI")
        + "))",
    },
)
d.event_gateway("path_wait", "Pathology report", ("pathology", 9))
d.catch(
    "path_reported",
    "Report",
    ("pathology", 10),
    message="pathology.report",
    key="=pathology_order_id",
    outputs={"pathology_report": "=report", "report_at": FIRST_REPORT},
)
d.catch("path_late", "10 days after biopsy", ("pathology", 9, 1), timer="date: =pathology_due")
d.call(
    "path_trace",
    "Pathology overdue",
    ("engine", 9),
    process="result_overdue",
    inputs={"order_id": "=pathology_order_id", "priority": "=priority"},
    outputs={
        "found": "=found",
        "pathology_due": f"=string(now() + duration({site('pathology_again', 'P1D', 'pathology asked for again')}))",
        "repeat_biopsy": '=if found = "specimen_lost" or found = "repeat_needed" '
        "then repeat_biopsy + 1 else repeat_biopsy",
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "PT8H"},
)
d.xor("path_found", "Repeat biopsy?", ("engine", 8))
d.user(
    "path_ack",
    "Acknowledge pathology",
    ("ent", 10),
    **task(
        "path_ack",
        "ent_surgeon",
        "P1D",
        "The result of your sample is here; your surgeon reads it.",
        ladder="LAD-RESULT",
        outputs={
            **keep("histology", "p16_hpv", "margins_depth"),
            "histology_type": "=type",
            "repeat_biopsy": '=if histology = "inadequate" then repeat_biopsy + 1 else repeat_biopsy',
        },
    ),
)
d.xor("path_read", "Histology?", ("ent", 11))
d.inclusive("tests_join", "All started tests back", ("engine", 12))
d.user(
    "review",
    "Review results in context",
    ("ent", 13),
    **task("review", "ent_surgeon", "P1D", "Your surgeon looks at all results together."),
    inputs={"needs": "=[]", "us_fna_done": "=false"},
    outputs={
        **keep("conclusion", "needs", "interval_months", "us_fna_done"),
        "review_reason": "=reason",
        "review_next": "=next",
        "test_round": "=test_round + 1",
        "diagnosis_at": '=if conclusion = "indeterminate" then null else string(now())',
    },
)
d.xor("reviewed", "Conclusion?", ("ent", 14))

# Ruled out
begin(
    "interval",
    "Interval imaging reminder series (detached)",
    ("engine", 14),
    "surveillance_imaging",
    "INTERVAL",
    carry="interval_months",
    reason='="Interval imaging: " + review_reason',
    clinical_question='="Please image again after " + (if interval_months = null then "the usual interval" '
    'else string(interval_months) + " months") + "."',
    interval_months="=interval_months",
)
d.user(
    "benign",
    "All-clear (or interval-scan) letter with safety net",
    ("ent", 15, 1),
    width=150,
    **task(
        "benign",
        "ent_surgeon",
        "P2D",
        "Your surgeon writes to you that no cancer was found, and what to watch for.",
        ladder="LAD-URGENT",
        calendar="working",
    ),
)
d.send(
    "clear",
    "Stop 28-day clock (ruled out); letter to GP, GDP, patient",
    ("engine", 15, 1),
    type="referral.send",
    message="referral.outcome",
    headers={"message": "referral.outcome", "to": "requester"},
    inputs={
        "outcome": '="No cancer found."',
        "report": "={diagnosis: diagnosis, safety_net: safety_net, return_if: return_if, follow_up: follow_up}",
    },
    outputs={
        "ruled_out_at": "=string(now())",
        "told_at": "=string(now())",
        "days_to_told": DAYS_TO_TOLD,
        "fds_met": "=days_to_told <= 28",
    },
    properties=SYSTEM,
)
d.call(
    "clear_ack",
    "Referrer acknowledges the all-clear",
    ("engine", 16, 1),
    process="acknowledge_result",
    inputs={
        "referral_id": KEY,
        "patient_id": "=patient_id",
        "role": '="referrer"',
        "what": '="Outcome of the referral: no cancer found."',
        "due": "=" + site("clear_ack", "P5D", "all-clear acknowledged by name"),
    },
    outputs={"acknowledged_by": "=acknowledged_by", "acknowledged_at": "=read_at"},
)
d.end("end_clear", "Cancer ruled out", ("engine", 17, 1))

# Diagnosis told, staging
d.user(
    "tell",
    "Tell the diagnosis face to face, key worker present",
    ("ent", 15),
    due=f"=min(created + duration({site('tell', 'P3D', 'patient told after the review')}),"
    f" {DAY_0} + duration({site('tell_by', 'P28D', 'patient told at the latest, from day 0', '[R] SRC-FDS')}))",
    **task("tell", "ent_surgeon", None, "Your surgeon tells you what was found; your key worker is with you."),
)
d.send(
    "fds",
    "Stop 28-day clock; diagnosis letter to GP/GDP within 24 h",
    ("engine", 16),
    type="referral.send",
    message="referral.interim_note",
    headers={"message": "referral.interim_note", "to": "requester"},
    inputs={"outcome": '="The patient has been told the diagnosis."', "report": "={conclusion: conclusion}"},
    outputs={"days_to_told": DAYS_TO_TOLD, "fds_met": "=days_to_told <= 28"},
    properties=SYSTEM,
)
d.call(
    "fds_ack",
    "Referrer acknowledges the diagnosis letter (detached)",
    ("engine", 17),
    process="acknowledge_result",
    inputs={
        "referral_id": KEY,
        "patient_id": "=patient_id",
        "role": '="referrer"',
        "what": '="Diagnosis letter of the patient you referred."',
        "due": "=" + site("fds_ack", "P5D", "diagnosis letter acknowledged by name"),
    },
    properties=DETACHED,
)
d.parallel("stage", "Staging and fitness in parallel", ("engine", 18))
d.call(
    "petct",
    "Staging imaging (CT chest / PET-CT)",
    ("imaging", 19),
    **imaging("petct", '="PET_CT"', '="Staging: are there nodes, metastases or a second primary?"'),
)
d.user(
    "fitness",
    "Fitness, nutrition, swallow baseline",
    ("ent", 19),
    **task("fitness", "key_worker", "P5D", "Your key worker asks how you are: strength, eating, swallowing."),
)
d.parallel("stage_join", "Pack ready", ("engine", 20))
d.user(
    "tnm",
    "Record stage (TNM8)",
    ("ent", 21),
    **task("tnm", "ent_surgeon", "P1D", "Your surgeon puts the results together for the meeting of specialists."),
    outputs={"stage": '=t + " " + n + " " + m', "tumour_site": "=site", "stage_basis": "=basis"},
)
d.call(
    "mdt",
    "Tumour board",
    ("admin", 22),
    process="case_conference",
    inputs={
        "referral_id": KEY,
        "patient_id": "=patient_id",
        "patient": "=patient",
        "part_of_case": "=true",
        "question": '="Treatment for " + tumour_site + ", " + stage + "?"',
        "required_roles": '=["ent_surgeon", "clinical_oncologist", "radiologist", "pathologist", '
        '"restorative_dentist", "key_worker"]',
        "mode": '="meeting"',
        "decide_by": "=string(date and time(if diagnosis_at = null then told_at else diagnosis_at)"
        f" + duration({site('mdt', 'P14D', 'tumour board after the diagnosis', '[R] SRC-OCP (pattern)')}))",
    },
    outputs={
        "mdt_decision": "=decision",
        "mdt_intent": "=intent",
        "mdt_plan": "=plan",
        "mdt_quorum": "=quorum",
    },
)

# Plan, parallel referrals, first treatment
DTT = site("dtt_to_treat", "P31D", "first treatment after the decision to treat", "[R] SRC-FDS")
TREAT = site("treat", "P62D", "first treatment after day 0", "[R] SRC-FDS")
d.user(
    "plan",
    "Treatment plan and shared decision",
    ("oncology", 23),
    **task("plan", "clinical_oncologist", "P5D", "You and your oncologist decide on the treatment together."),
    outputs={
        **keep("modality", "intent", "options_discussed", "patient_choice", "patient_words", "decision_aid_used"),
        **keep("dtt_date", "planned_start", "trial_offered", "fertility_dental_nutrition_needs"),
        "treat_by": f"=string(min(date(dtt_date) + duration({DTT}), date({DAY_0}) + duration({TREAT})))",
    },
)
d.xor("agreed", "Patient agrees?", ("engine", 24))
d.call(
    "declined",
    "Informed refusal / second opinion",
    ("engine", 24, 1),
    process="informed_refusal",
    inputs={"referral_id": KEY, "what": '="The treatment plan: " + string join(modality, ", ")', **PERSON},
    outputs=keep("alternative_accepted", "review_on"),
)
d.xor("alternative", "Another plan?", ("engine", 23, 1))
d.end("end_refused", "Declined", ("engine", 22, 1))
d.inclusive("fork", "Start parallel referrals", ("engine", 25))
d.call(
    "dental",
    "Pre-RT dental clearance",
    ("dentistry", 26),
    process="pre_rt_dental_clearance",
    inputs={
        "referral_id": '=referral_id + "-DENTAL"',
        "dental_service": '="restorative_dentistry"',
        "reason": '="Radiotherapy planned: " + stage',
        "clinical_question": '="Dental clearance before radiotherapy"',
        "priority": '="urgent"',
        "rt_start_date": "=planned_start",
        "rt_intent": "=intent",
        "tumour_site": "=tumour_site",
        "tnm": "=stage",
        **PERSON,
    },
    outputs={"clearance": "=clearance"},
)
d.call(
    "support",
    "Dietetics and SLT referrals",
    ("engine", 26),
    process="closed_loop_referral",
    multi={"collection": '=["dietetics", "speech_and_language_therapy"]', "element": "service"},
    inputs={
        **referral(
            "SUPPORT",
            "=service",
            '="Treatment planned: " + string join(modality, ", ")',
            '="Nutrition and swallowing before and during treatment"',
        ),
        "referral_id": '=referral_id + "-SUPPORT-" + string(loopCounter)',
        "return_at": '="seen"',
    },
)
d.inclusive("treat_join", "Ready to treat", ("engine", 27))
d.event_gateway("treat", "First treatment", ("oncology", 28))
d.catch(
    "treated",
    "Treatment started",
    ("oncology", 29),
    message="treatment.started",
    key=KEY,
    outputs={
        "started_at": "=if start_date = null then string(date(now())) else substring(start_date, 1, 10)",
        "d31_met": f"=date(started_at) <= date(dtt_date) + duration({DTT})",
        "d62_met": f"=date(started_at) <= date({DAY_0}) + duration({TREAT})",
    },
)
d.catch("treat_late", "31 or 62 days", ("oncology", 28, 1), timer="date: =treat_by")
d.user(
    "breach",
    "Breach reason and new date",
    ("admin", 29),
    **{
        **task("breach", "coordinator", "P1D", "Your treatment is late. We find a new date.", calendar="working"),
        "priority": 100,
    },
    outputs={**keep("breach_reason", "harm_review"), "treat_by": "=new_date", "planned_start": "=new_date"},
)
d.service(
    "started",
    "Stop 31/62-day clocks; notify GP, GDP, patient",
    ("engine", 30),
    type="record.update",
    headers={"record": "registry"},
    inputs={"outcome": '="First treatment started."'},
    properties=SYSTEM,
)
d.service(
    "tell_started",
    "Tell GP, GDP and patient",
    ("engine", 31),
    type="notify",
    headers={"tell": "referrer,gdp,patient", "level": "information", "text": "The first treatment has started."},
    properties=SYSTEM,
)
FOLLOW = {
    "reason": '="First treatment started: " + string join(modality, ", ")',
    "modality": '=if list contains(modality, "chemoradiotherapy") then "crt"'
    ' else if list contains(modality, "radiotherapy") then "rt"'
    ' else if list contains(modality, "surgery") then "surgery" else "chemo_only"',
}
begin(
    "follow",
    "Start surveillance pathway (detached)",
    ("engine", 32),
    "surveillance_imaging",
    "SURVEILLANCE",
    carry="modality",
    **FOLLOW,
    clinical_question='="Please plan clinics and imaging after the treatment"',
)
d.xor("oral_care", "Oral care begun already?", ("engine", 33))
begin(
    "follow_oral",
    "Start oral-care pathway (detached)",
    ("engine", 33, 1),
    "oral_care_during_after",
    "ORALCARE",
    carry="modality,start_date",
    **FOLLOW,
    start_date="=started_at",
    clinical_question='="Please take over oral care during and after the treatment"',
)
d.end("end_ok", "Treatment started", ("engine", 34))

# Flows
d.path("s0", "site_times", "form", "emerg")
d.flow("emerg", "emergency", when='=list contains(symptom, "stridor")', name="yes")
d.flow("emerg", "criteria", default=True, name="no")
d.path("emergency", "end_emerg")
d.path("criteria", "clr", "accepted")
d.path("triaged", "triage_noted")
d.flow("accepted", "end_declined", when='=loop_outcome != "seen"', name="no")
d.flow("accepted", "clinic", default=True, name="yes")
d.flow("clinic", "route", enter="left")
d.flow("route", "benign", when='=suspicion = "none" and overlap_dental = false', name="no suspicion", exit="top")
d.flow("route", "jaw_joint", when='=suspicion = "none" and overlap_dental = true', name="dental cause")
d.flow("route", "tests", default=True, name="suspicion")
d.flow("jaw_joint", "dental_overlap", default=True, name="no")
d.flow("jaw_joint", "dental_overlap_tmj", when='=list contains(needs, "MRI_TMJ")', name="yes")
d.flow("dental_overlap", "benign")
d.flow("dental_overlap_tmj", "benign")
d.flow("tests", "mri", when='=list contains(needs, "MRI_neck")', name="MRI")
d.flow("tests", "ct", when='=list contains(needs, "CT_neck_chest") or list contains(needs, "CT_sinus")', name="CT")
d.flow("tests", "biopsy", when='=list contains(needs, "biopsy") or us_fna_done = true', name="biopsy")
d.flow("tests", "review", default=True, name="none")
d.flow("mri", "tests_join")
d.flow("ct", "tests_join")
d.path("biopsy", "path_wait", "path_reported", "path_ack", "path_read")
d.path("path_wait", "path_late", "path_trace", "path_found")
d.flow("path_found", "biopsy", when='=found = "specimen_lost" or found = "repeat_needed"', name="yes")
d.flow("path_found", "path_wait", default=True, name="no", exit="left")
d.flow("path_read", "biopsy", when='=histology = "inadequate"', name="inadequate")
d.flow("path_read", "path_wait", when='=histology = "pending"', name="pending")
d.flow("path_read", "tests_join", default=True, name="final")
d.path("tests_join", "review", "reviewed")
d.flow("reviewed", "tests", when='=review_next = "more_tests"', name="more tests", exit="top")
d.flow(
    "reviewed",
    "benign",
    when='=(review_next = "discharge" and conclusion != "cancer") or '
    '(review_next = "mdt" and conclusion = "no_cancer")',
    name="no cancer",
    exit="bottom",
)
d.flow("reviewed", "interval", when='=review_next = "interval_scan" and conclusion != "cancer"', name="interval scan")
d.flow("reviewed", "tell", default=True, name="cancer")
d.flow("interval", "benign")
d.path("benign", "clear", "clear_ack", "end_clear")
d.path("tell", "fds", "fds_ack", "stage")
d.flow("stage", "petct")
d.flow("stage", "fitness")
d.flow("petct", "stage_join")
d.flow("fitness", "stage_join")
d.path("stage_join", "tnm", "mdt", "plan", "agreed")
d.flow("agreed", "declined", when='=patient_choice = "declined"', name="no")
d.flow("agreed", "fork", default=True, name="yes")
d.path("declined", "alternative")
d.flow(
    "alternative",
    "plan",
    when='=alternative_accepted = "other_treatment" or alternative_accepted = "second_opinion"',
    name="yes",
)
d.flow("alternative", "end_refused", default=True, name="no")
d.flow(
    "fork",
    "dental",
    when='=list contains(modality, "radiotherapy") or list contains(modality, "chemoradiotherapy")',
    name="radiotherapy",
)
d.flow("fork", "support", when="=true", name="always")
d.flow("dental", "treat_join")
d.flow("support", "treat_join")
d.path("treat_join", "treat", "treated", "started", "tell_started", "follow", "oral_care")
d.flow("oral_care", "end_ok", when="=clearance != null", name="yes")
d.flow("oral_care", "follow_oral", default=True, name="no")
d.flow("follow_oral", "end_ok")
d.path("treat", "treat_late")
d.flow("treat_late", "breach", exit="right")
d.flow("breach", "treat")


# The clock: what is not recorded by then is told (day 0 = referral received)
def on_day(day: int, missing: str, unless: str, tell: str, text: str) -> tuple[Diagram, str]:
    """A non-interrupting event sub-process on a day of the clock: notify unless it was recorded."""
    k = f"k{day}"
    inner = d.event_subprocess(f"{k}_clock", f"Day {day}: {missing}?")
    source = {10: "[R] SRC-SCOT-DX", 28: "[R] SRC-FDS", 62: "[R] SRC-FDS"}.get(day, "[D]")
    site(k, f"P{day}D", f"clock: {missing[:1].lower()}{missing[1:]}", source)
    later = f'duration(if times = null then "P{day}D" else times.{k})'
    inner.start(
        f"{k}_due",
        f"Day {day}",
        0,
        timer=f"date: =if referral_received_at = null then now() + {later} else {DAY_0} + {later}",
        interrupting=False,
        properties={"dueAnchor": "times"},
    )
    inner.xor(f"{k}_open", f"{missing}?", 1)
    inner.service(
        f"{k}_tell",
        "Tell " + tell.replace("ent_", "ENT ").replace("mdt_", "MDT ").replace("_", " ").replace(",", ", "),
        (2, 0),
        type="notify",
        headers={"tell": tell, "level": "breach" if day in (28, 62) else "escalation", "text": text},
        properties=SYSTEM,
    )
    inner.end(f"{k}_fine", "Recorded", (1, 1))
    inner.flow(f"{k}_due", f"{k}_open")
    inner.flow(f"{k}_open", f"{k}_fine", default=True, name="no")
    inner.flow(f"{k}_open", f"{k}_tell", when=f"={unless}", name="yes")
    return inner, k


def then_end(inner: Diagram, k: str, column: int = 3) -> None:
    """End the telling."""
    inner.end(f"{k}_told", "Told", (column, 0))


TREATED_OR_OVER = 'ruled_out_at = null and not(patient_choice != null and patient_choice = "declined")'
for day, missing, unless, tell, text in (
    (3, "No triage", "triage_at = null", "ent_triage,coordinator", "Day 3: the referral is not triaged."),
    (10, "No first test", "first_test_at = null", "coordinator,service_manager", "Day 10: no first test yet."),
    (
        14,
        "No report",
        "report_at = null and ruled_out_at = null",
        "coordinator,clinical_lead",
        "Day 14: no imaging or biopsy report yet.",
    ),
    (
        21,
        "No diagnosis",
        "diagnosis_at = null and ruled_out_at = null",
        "clinical_lead,service_manager",
        "Day 21: neither a diagnosis nor cancer ruled out.",
    ),
    (
        24,
        "Patient not told",
        "told_at = null",
        "ent_surgeon,key_worker,clinical_lead",
        "Day 24: the patient has not been told.",
    ),
):
    inner, k = on_day(day, missing, unless, tell, text)
    then_end(inner, k)
    inner.path(f"{k}_tell", f"{k}_told")

inner, k = on_day(28, "Patient not told", "told_at = null", "service_manager", "Day 28: the patient has not been told.")
inner.service(
    "k28_record",
    "28-day breach record",
    (3, 0),
    type="record.update",
    headers={"record": "registry"},
    inputs={"outcome": '="28-day standard breached: the patient has not been told."'},
    properties=SYSTEM,
)
then_end(inner, k, 4)
inner.path("k28_tell", "k28_record", "k28_told")

for day, missing, unless, tell, text in (
    (38, "No MDT decision", "mdt_decision = null", "clinical_lead,mdt_coordinator", "Day 38: no MDT decision."),
    (50, "No date", "planned_start = null", "clinical_lead,service_manager", "Day 50: no treatment date."),
):
    inner, k = on_day(day, missing, f"{unless} and {TREATED_OR_OVER}", tell, text)
    then_end(inner, k)
    inner.path(f"{k}_tell", f"{k}_told")

inner, k = on_day(
    62,
    "Not treated",
    f"started_at = null and {TREATED_OR_OVER}",
    "clinical_lead,service_manager",
    "Day 62: the first treatment has not started.",
)
inner.service(
    "k62_record",
    "62-day breach record",
    (3, 0),
    type="record.update",
    headers={"record": "registry"},
    inputs={"outcome": '="62-day standard breached: the first treatment has not started."'},
    properties=SYSTEM,
)
inner.user(
    "k62_harm",
    "Harm review",
    (4, 0),
    **task(
        "k62_harm",
        "clinical_lead",
        "P1D",
        "Your treatment is late. We look at what that means for you.",
        ladder="LAD-URGENT",
        calendar="working",
    ),
)
then_end(inner, k, 5)
inner.path("k62_tell", "k62_record", "k62_harm", "k62_told")

moved = d.event_subprocess("date_moved", "Treatment date changed")
moved.start(
    "date_changed",
    "Date changed",
    0,
    message="treatment.date_changed",
    key=KEY,
    interrupting=False,
    outputs={"planned_start": "=if new_date = null then planned_start else new_date"},
)
moved.xor("dental_open", "Dental clearance running?", 1)
moved.throw(
    "date_passed_on",
    "Tell dental clearance",
    2,
    message="treatment.date_changed",
    key='=referral_id + "-DENTAL"',
    inputs={"treatment": '="radiotherapy"', "new_date": "=planned_start"},
)
moved.call(
    "date_check",
    "Coordinator confirms the new plan is still achievable",
    3,
    process="treatment_date_moved",
    inputs={"referral_id": KEY, "patient_id": "=patient_id", "new_date": "=planned_start"},
    outputs={"date_achievable": "=achievable"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "PT8H"},
)
moved.end("date_checked", "Checked", 4)
moved.flow("date_changed", "dental_open")
moved.flow(
    "dental_open",
    "date_passed_on",
    when='=modality != null and clearance = null and (list contains(modality, "radiotherapy")'
    ' or list contains(modality, "chemoradiotherapy"))',
    name="yes",
)
moved.flow("dental_open", "date_check", default=True, name="no")
moved.path("date_passed_on", "date_check", "date_checked")

missed = d.event_subprocess("appointment_missed", "Appointment missed", band=1)
missed.start("noshow", "Did not come", 0, message="appointment.noshow", key=KEY, interrupting=False)
missed.xor("in_loop", "Inside the referral loop?", 1)
missed.end("left_to_loop", "Left to the loop", (2, 1))
missed.call(
    "dna",
    "No-show handling",
    2,
    process="no_show",
    inputs={
        "referral_id": KEY,
        "patient_id": "=patient_id",
        "noshow_count": "=if noshow_count = null then 0 else noshow_count",
        "priority": "=priority",
    },
    outputs={
        "noshow_count": "=noshow_count",
        "noshow_decision": "=noshow_decision",
        "new_slot": "=new_slot",
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "=" + site("noshow", "P2D", "missed appointment")},
)
missed.service(
    "tell_missed",
    "Tell ENT and coordinator",
    3,
    type="notify",
    headers={
        "tell": "ent_surgeon,coordinator",
        "level": "breach",
        "text": "An appointment for a suspected cancer was missed: the answer is in the case; book again.",
    },
)
missed.end("missed_told", "Told", 4)
missed.path("noshow", "in_loop")
missed.flow("in_loop", "left_to_loop", when="=loop_outcome = null", name="yes")
missed.flow("in_loop", "dna", default=True, name="no")
missed.path("dna", "tell_missed", "missed_told")

felt = d.event_subprocess("symptom_reported", "Patient reports a symptom", band=1)
felt.start(
    "symptom_told",
    "Symptom",
    0,
    message="patient.reported_symptom",
    key="=patient_id",
    interrupting=False,
    outputs={"reported_symptom": "=symptom", "symptom_severity": "=severity"},
)
felt.user(
    "symptom_triage",
    "Key worker triages the symptom",
    1,
    **task(
        "symptom_triage",
        "key_worker",
        "PT24H",
        "Your key worker looks at what you told us, within a day.",
    ),
    inputs={"suspicion": "=suspicion"},
    outputs={"suspicion": "=suspicion_now", "symptom_action": "=action"},
)
felt.xor("graver", "High suspicion now?", 2)
felt.service(
    "tell_graver",
    "Tell ENT and coordinator to bring it forward",
    3,
    type="notify",
    headers={
        "tell": "ent_surgeon,coordinator",
        "level": "escalation",
        "text": "A symptom that the patient reported raises the suspicion of cancer: bring the next step forward.",
    },
    outputs={"priority": '="urgent_suspected_cancer"'},
)
felt.end("symptom_answered", "Answered", 4)
felt.end("symptom_noted", "Noted", (3, 1))
felt.path("symptom_told", "symptom_triage", "graver")
felt.flow("graver", "tell_graver", when='=suspicion = "high"', name="yes")
felt.flow("graver", "symptom_noted", default=True, name="no")
felt.path("tell_graver", "symptom_answered")

handlers.red_flag_raised(d, band=2)
handlers.consent_withdrawn(d, band=2)
handlers.patient_died(d, band=2)
d.nodes["flagged"].inner.nodes["flag_check"].semantics["inputs"]["cancer_pathway_open"] = "=true"

USC = '"urgent_suspected_cancer"'
NG12 = "[R] SRC-NG12, second hand"


def has(symptom: str) -> str:
    """Whether the form names this symptom."""
    return f'list contains(?, "{symptom}")'


decisions = {
    "usc": {
        "name": "Is it an urgent suspected cancer?",
        "hit": "FIRST",
        "inputs": {"Priority asked for": "priority", "Age": "age", "Symptoms": "symptom", "Since": "onset"},
        "outputs": {"priority": "string"},
        "annotations": ["Source"],
        "rules": [
            ['"stat"', "-", "-", "-", '"stat"', "[D] never lowered here"],
            [USC, "-", "-", "-", USC, "[D] never lowered here"],
            ["-", ">= 45", has("persistent_unexplained_hoarseness"), "-", USC, NG12],
            ["-", ">= 45", has("unexplained_neck_lump"), "-", USC, NG12],
            ["-", "-", has("oral_ulcer_over_3_weeks"), "-", USC, NG12],
            ["-", "-", f"{has('lip_or_oral_lump')} or {has('red_or_red_white_patch')}", "-", USC, NG12],
            ["-", "-", "-", "-", '"urgent"', "[D] the vetting clinician decides"],
        ],
    },
    "times": {
        "name": "Times of this site",
        "hit": "COLLECT",
        "inputs": {},
        "outputs": {"step": "string", "time": "string"},
        "annotations": ["What", "Source"],
        "rules": [[f'"{key}"', f'"{value}"', what, source] for key, (value, what, source) in TIMES.items()],
    },
}

forms = {
    "form": [
        "age:int{0..120}! | Age",
        "symptom:multi(persistent_unexplained_hoarseness|unexplained_neck_lump|oral_ulcer_over_3_weeks"
        "|lip_or_oral_lump|red_or_red_white_patch|dysphagia|odynophagia|unilateral_otalgia_normal_otoscopy"
        "|unexplained_tooth_mobility|unilateral_nasal_bleeding|parotid_swelling|stridor)! | Symptoms and findings",
        "onset:date! | Since when",
        "side:enum(left|right|midline|bilateral)!",
        "smoking_pack_years:int{0..200}",
        "alcohol_units_week:int{0..300} | Alcohol, units per week",
        "previous_cancer:text",
        "anticoagulant:bool! | Takes an anticoagulant?",
        "photos:file",
        "patient_told_cancer_possible:bool! | Does the patient know that cancer is possible?",
        "available_next_14_days:bool! | Can the patient come within 14 days?",
    ],
    "clinic": [
        "nasendoscopy:text!",
        "neck_exam:text! | Neck examination",
        "oral_exam:text! | Oral examination",
        "us_fna_done:bool! | Was an ultrasound-guided FNA done?",
        "suspicion:enum(none|low|high)! | Suspicion of cancer",
        "needs:multi(none|MRI_neck|CT_neck_chest|CT_sinus|MRI_TMJ|biopsy|audiology)! | Tests needed",
        "differential:text! | Differential diagnosis",
        "overlap_dental:bool! | Could teeth or jaw joint be the cause?",
        "told_patient:text! | What the patient was told",
        "key_worker:ref(PractitionerRole) | Key worker",
    ],
    "biopsy": [
        "order_id:string! | Order number | Write it on the request to the laboratory.",
        "procedure:coded(SNOMED)!",
        "date:date! | Date of the biopsy",
        "specimen_ids:string! | Specimen numbers",
        "site:string!",
        "anticoagulation_plan:text",
        "complication:text",
    ],
    "path_ack": [
        "histology:enum(malignant|benign|inadequate|pending)!",
        "type:coded(ICD-O) | Type",
        "p16_hpv:enum(positive|negative|not_done) | p16 / HPV",
        "margins_depth:string | Margins and depth",
    ],
    "review": [
        "conclusion:enum(cancer|no_cancer|indeterminate)!",
        "reason:text! | Why",
        "next:enum(mdt|discharge|more_tests|interval_scan)! | Next step",
        "needs:multi(none|MRI_neck|CT_neck_chest|CT_sinus|biopsy) | Further tests",
        "interval_months:int{1..12} | Months until the interval scan",
    ],
    "tell": [
        "told_at:datetime! | When the patient was told",
        "who_present:string! | Who was there",
        "written_info:bool! | Written information given?",
        "carer_informed:bool | Carer informed",
        "questions:text | Questions of the patient",
    ],
    "fitness": [
        "ecog:enum(0|1|2|3|4)! | ECOG performance status",
        "weight:decimal[kg]{20..250}!",
        "weight_loss_pct:decimal[%]{0..60} | Weight loss",
        "comorbidity:text!",
        "social:text! | Social situation",
        "patient_goals:text! | What matters to the patient",
    ],
    "tnm": [
        "t:enum(Tis|T1|T2|T3|T4a|T4b|TX)! | T",
        "n:enum(N0|N1|N2a|N2b|N2c|N3a|N3b|NX)! | N",
        "m:enum(M0|M1)! | M",
        "site:coded(ICD-10)! | Tumour site",
        "basis:enum(clinical|pathological)!",
    ],
    "plan": [
        "modality:multi(surgery|radiotherapy|chemoradiotherapy|systemic|palliative|active_surveillance)! | Treatment",
        "intent:enum(curative|palliative)!",
        "options_discussed:text!",
        "patient_choice:enum(accepted|declined)! | What did the patient choose?",
        "patient_words:text | In the patient's own words",
        "decision_aid_used:bool | A decision aid was used",
        "dtt_date:date! | Decision to treat",
        "planned_start:date! | Planned start",
        "trial_offered:bool | A trial was offered",
        "fertility_dental_nutrition_needs:multi! | Fertility, dental and nutrition needs",
    ],
    "breach": [
        "breach_reason:enum(patient_choice|capacity|medical|diagnostic_delay|dental_delay|transfer_late|other)!"
        " | Reason",
        "new_date:date! | New date",
        "harm_review:bool! | Is a harm review needed?",
    ],
    "benign": [
        "diagnosis:coded(SNOMED)!",
        "safety_net:text! | Safety net: what to watch for",
        "return_if:text! | Come back if",
        "follow_up:enum(discharge|ent_review|dental|other)!",
    ],
    "k62_harm": [
        "harm:enum(none|low|moderate|severe)! | Harm from the delay",
        "rationale:text! | Why?",
    ],
    "symptom_triage": [
        "action:enum(reassure|bring_forward|same_day)! | What is done?",
        "suspicion_now:enum(none|low|high)! | Suspicion of cancer now",
        "note:text",
    ],
}
