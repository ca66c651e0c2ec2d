"""Disease of one sinus that may come from a tooth: ENT and dental work-up side by side, one decision, one outcome."""

from diagram import Diagram
from handlers import KEY, OF_PATIENT, appointment_missed, consent_withdrawn, patient_declined, red_flag_raised

diagram = d = Diagram(
    "odontogenic_sinusitis",
    "Odontogenic sinusitis",
    version_tag="1.0.0",
    doc="Disease of one maxillary sinus: danger signs first, then endoscopy, dental examination and CT side by side, a "
    "joint decision on the order of treatment, and checks until both clinicians and the patient know that it has "
    "healed. Demo template: needs local clinical sign-off before use.",
)

d.lane("imaging", "Imaging")
d.lane("dental", "Dental")
d.lane("ent", "ENT")
d.lane("engine", "Engine")

SYSTEM = {"escalation": "LAD-URGENT", "expectedDuration": "PT4H"}
PERSON = {name: f"={name}" for name in ("patient_id", "patient", "requester", "conditions", "medications", "allergies")}
PRIORITY = {"routine": 25, "urgent": 50}
UNKNOWN_YET = (
    "slot",
    "loop_outcome",
    "dental_decision",
    "dental_pathology",
    "order",
    "red_flag_action",
    "dent_tx_date",
    "ess_date",
    "decision",
    "diagnosis",
    "resolved_at_8_weeks",
    "ct_scans_per_case",
    "days_referral_to_joint_decision",
)
SIDE = 'replace(side, "_", " ")'
CT_FINDING = (
    "=if ct_report instance of context<finding: string> then ct_report.finding"
    ' else if oroantral_communication = true then "oroantral_fistula" else "none"'
)
SERIOUS = 'matches(lower case(string(told_symptom)), "orbit|eye|vision|double|stiff|confus|drows|numb|bleed")'
ANSWER = '"Odontogenic sinusitis, " + ' + SIDE + ' + " side: resolved after " + string(procedures) + " procedure(s)."'


def form(node: str) -> str:
    """The id of a task's form."""
    return f"odontogenic_sinusitis.{node}"


def task(node: str, name: str, at: object, role: str, text: str, calendar: str = "working", **more: object) -> None:
    """A user task with the form of its id; its time is the line of this name in the times table."""
    ladder, priority = more.pop("ladder", "LAD-ROUTINE"), more.pop("priority", "routine")
    times = {"calendar": calendar, "expectedDuration": f"=times.{node}"}
    properties = {"escalation": ladder, **times, "patientText": text}
    d.user(node, name, at, form=form(node), groups=role, priority=PRIORITY[priority], properties=properties, **more)


def keep(*names: str) -> dict[str, str]:
    """Output mappings that keep form fields under their own names."""
    return {name: f"={name}" for name in names}


def tell(roles: str, level: str, text: str) -> dict[str, object]:
    """Tell roles something, without a task."""
    headers = {"tell": roles, "level": level, "text": text}
    return {"type": "notify", "headers": headers, "outputs": {"told_at": "=string(now())"}}


def letter(node: str, name: str, at: object, text: str) -> None:
    """The letter to whoever asked."""
    d.send(
        node,
        name,
        at,
        type="referral.send",
        message="referral.outcome",
        headers={"message": "referral.outcome", "to": "requester"},
        inputs={"outcome": text},
        outputs={"letter_sent_at": "=string(now())"},
        properties=SYSTEM,
    )


def acknowledged(node: str, name: str, at: object, what: str) -> None:
    """The loop is open until the referrer has read the letter."""
    d.call(
        node,
        name,
        at,
        width=150,
        process="acknowledge_result",
        inputs={
            "referral_id": KEY,
            "patient_id": OF_PATIENT,
            "role": '="referrer"',
            "what": f'="{what}"',
            "due": "=times.acknowledge",
        },
        outputs={"acknowledged_by": "=acknowledged_by", "acknowledged_at": "=read_at"},
        properties={"escalation": "LAD-ROUTINE", "expectedDuration": "=times.acknowledge"},
    )


# Intake and danger signs
d.start(
    "s0",
    "Unilateral sinus disease (from ENT or dentist)",
    ("ent", 0),
    message="referral.requested",
    key=KEY,
    outputs={
        **dict.fromkeys(UNKNOWN_YET, "=null"),
        "referral_received_at": "=if referral_received_at = null then string(now()) else referral_received_at",
        "priority": '=if priority = null then "routine" else priority',
        "complicated": "=if complicated = null then false else complicated",
        "prior_dental_failed": "=if prior_dental_failed = null then false else prior_dental_failed",
        "dental_done": "=false",
        "dental_round": "=1",
        "procedures": "=0",
        "missed_count": "=0",
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
    "intake",
    "Intake",
    ("ent", 1),
    "referrer",
    "Your clinician writes down what troubles you.",
)
d.xor("danger", "Danger sign?", ("engine", 2))
d.service(
    "emergency",
    "Same-day admission; urgent CT; ESS opens all diseased sinuses",
    ("engine", 3, 1),
    width=190,
    **tell(
        "ent_surgeon,ent_triage,referrer,coordinator",
        "critical",
        "Orbital or neurological sign of sinusitis: admit today, urgent CT, surgery opens all sinuses involved.",
    ),
    properties={"escalation": "LAD-RED", "expectedDuration": "PT1H"},
)
d.end("end_emerg", "Emergency", ("engine", 4, 1), terminate=True)
d.call(
    "cancer",
    "Suspected cancer pathway",
    ("engine", 3, 2),
    process="ent_imaging_oncology",
    inputs={
        "referral_id": '=referral_id + "-CANCER"',
        **PERSON,
        "reason": '="Bleeding or a mass in the nose or sinus"',
        "clinical_question": '="Is this a cancer?"',
        "priority": '="urgent_suspected_cancer"',
        "referral_received_at": "=referral_received_at",
        "side": "=side",
        "symptom": '=["unilateral_nasal_bleeding"]',
    },
    outputs={"cancer_stage": "=stage", "mdt_decision": "=mdt_decision"},
    properties={"escalation": "LAD-RED", "expectedDuration": "=times.cancer"},
)
d.end("end_redirect", "Moved to cancer pathway", ("engine", 4, 2))

# ENT, dental and CT side by side
d.parallel("both", "ENT and dental work-up in parallel", ("engine", 4))
task(
    "endo",
    "Nasal endoscopy: confirm infectious sinusitis",
    ("ent", 5),
    "ent_surgeon",
    "A thin camera shows whether the sinus is infected.",
)
d.call(
    "dentref",
    "Closed-loop referral for dental examination (pulp tests, probing)",
    ("dental", 5),
    width=200,
    process="closed_loop_referral",
    inputs={
        "referral_id": '=referral_id + "-DENTAL-" + string(dental_round)',
        **PERSON,
        "service": '="restorative_dentistry"',
        "reason": f'="Disease of the sinus, side: " + {SIDE}',
        "clinical_question": '="Is there a dental cause? Please test the pulps and probe the teeth of this side."',
        "priority": '="routine"',
        "sla_triage": "=times.sla_triage",
        "sla_first_contact": "=times.sla_first_contact",
        "sla_report": "=times.sla_report",
        "return_at": '="seen"',
    },
    outputs={"loop_outcome": "=loop_outcome", "dental_seen_at": "=seen_at", "dental_round": "=dental_round + 1"},
)
d.boundary("late", "Work-up is late", on="dentref", timer="duration: =times.work_up_late", interrupting=False)
d.service(
    "tell_late",
    "Joint work-up late: tell coordinator and both clinicians",
    ("dental", 6, 1),
    width=190,
    **tell(
        "coordinator,ent_surgeon,restorative_dentist",
        "breach",
        "The dental examination for a sinus disease is late: the joint decision waits for it.",
    ),
)
d.end("told_late", "Told", ("dental", 7, 1))
d.xor("examined", "Examined?", ("dental", 6))
task(
    "dentex",
    "Dental pathology result",
    ("dental", 7),
    "restorative_dentist",
    "The dentist writes down what was found in your teeth.",
)
task(
    "no_exam",
    "No dental examination: refer again, or judge from the CT",
    ("ent", 6),
    "ent_surgeon",
    "The dentist could not see you; your surgeon decides how it goes on.",
    ladder="LAD-URGENT",
    priority="urgent",
    outputs={
        "dental_decision": "=dental_decision",
        "no_exam_reason": "=reason",
        "dental_pathology": "=dental_pathology",
    },
    inputs={"reason": "=null"},
)
d.xor("again", "Refer again?", ("ent", 7))
d.xor("dental_back", "", ("dental", 8))
d.call(
    "ct",
    "CT sinus incl. maxillary teeth, or CBCT (reuse if < 90 days)",
    ("imaging", 5),
    process="imaging_order",
    inputs={
        "order_id": '=referral_id + "-CT"',
        "referral_id": KEY,
        "patient_id": OF_PATIENT,
        "patient": "=patient",
        "modality": '="CT_sinus"',
        "body_site": '="sinus"',
        "laterality": "=side",
        "priority": '="routine"',
        "reason": f'="Disease of the sinus, side: " + {SIDE}',
        "clinical_question": '="Name the tooth; report periapical lucency and floor defect."',
        "requester_role": '="ent_surgeon"',
        "allergies": "=allergies",
        "duplicate_found": "=existing_ct != null",
        "prior_study": "=if existing_ct = null then null else {order_id: existing_ct}",
    },
    outputs={
        "ct_report": "=report",
        "ct_category": "=category",
        "ct_scans_per_case": "=(if existing_ct != null or (report != null and performed_at = null) then 1 else 0)"
        " + (if performed_at = null then 0 else 1)",
    },
    properties={"escalation": "LAD-ROUTINE", "expectedDuration": "=times.ct"},
)
d.parallel("join", "All three back", ("engine", 8))
d.rule(
    "confirm",
    "Odontogenic sinusitis confirmed?",
    ("engine", 9),
    decision="ods_confirm",
    result="ods",
    inputs={"ct_finding": CT_FINDING},
    outputs={"ods": "=ods", "ct_finding": "=ct_finding"},
)
d.xor("confirmed", "Confirmed?", ("engine", 10))
task(
    "not_ods",
    "Other diagnosis and plan",
    ("ent", 10),
    "ent_surgeon",
    "Your teeth are not the cause; your surgeon tells you what is planned.",
)
letter(
    "tell_other",
    "Letter: not from a tooth",
    ("ent", 11),
    '="No dental cause. Diagnosis: " + diagnosis + ". Plan: " + plan',
)
acknowledged(
    "other_ack",
    "Referrer acknowledges the diagnosis",
    ("ent", 12),
    "Sinus disease that does not come from a tooth: diagnosis and plan.",
)
d.end("end_other", "Not odontogenic", ("engine", 13, 1))

# Joint decision and order of treatment
d.call(
    "joint",
    "Joint decision ENT + dental + patient (async 24 h)",
    ("engine", 11),
    process="case_conference",
    inputs={
        "referral_id": KEY,
        "patient_id": OF_PATIENT,
        "question": '="Sinusitis from a tooth: which treatment first, dental or surgery of the sinus? Dental finding: "'
        " + dental_pathology",
        "required_roles": '=["ent_surgeon", "restorative_dentist"]',
        "mode": '="async_24h"',
        "decide_by": "=string(now() + duration(times.decide_by))",
    },
    outputs={
        "joint_decision": "=decision",
        "joint_plan": "=plan",
        "days_referral_to_joint_decision": "=if days_referral_to_joint_decision != null"
        " then days_referral_to_joint_decision"
        " else (date(now()) - date(date and time(referral_received_at))).days",
    },
)
d.rule(
    "choose",
    "Order of treatment",
    ("engine", 12),
    decision="ods_order",
    result="order",
    inputs={
        "complicated": '=complicated = true or immunosuppressed = true or red_flag_action = "emergency_transfer"',
        "prior_dental_failed": "=prior_dental_failed = true",
    },
)
d.xor("first", "Surgery first?", ("engine", 13))
task(
    "dent_tx",
    "Dental treatment",
    ("dental", 14),
    "restorative_dentist",
    "Your dentist treats the tooth that keeps the sinus ill.",
    outputs={
        "dental_treatments": "=done",
        "dent_tx_date": "=date",
        "antibiotic": "=antibiotic",
        "dental_complication": "=complication",
        "dental_done": "=true",
        "procedures": "=procedures + 1",
    },
    inputs={"complication": "=null"},
)
d.catch(
    "wait1",
    "Wait 4 weeks",
    ("engine", 15),
    timer='date: =date and time(string(date(dent_tx_date)) + "T00:00:00Z") + duration(times.check_1)',
)
task(
    "check1",
    "Resolution check (repeat at 8 weeks)",
    ("ent", 16),
    "ent_surgeon",
    "Your surgeon checks whether the sinus has healed.",
    inputs={"weeks_since_treatment": "=floor((date(now()) - date(dent_tx_date)).days / 7)"},
    outputs={
        **keep("symptoms_resolved", "endoscopy_clear", "snot22", "weeks_since_treatment", "imaging_needed"),
        "resolved_at_8_weeks": "=symptoms_resolved and endoscopy_clear"
        " and weeks_since_treatment <= times.weeks_to_resolve",
        "prior_dental_failed": "=not(symptoms_resolved and endoscopy_clear)"
        " and weeks_since_treatment >= times.weeks_to_resolve",
    },
)
d.xor("healed", "Resolved?", ("engine", 17))
d.catch(
    "wait2",
    "Wait to week 8",
    ("engine", 16, 1),
    timer='date: =date and time(string(date(dent_tx_date)) + "T00:00:00Z") + duration(times.check_2)',
)
task(
    "ess",
    "Endoscopic sinus surgery",
    ("ent", 18),
    "ent_surgeon",
    "The sinus is opened in an operation through the nose.",
    calendar="always",
    outputs={
        "ess_date": "=date",
        **keep("sinuses_opened", "pus", "culture", "fistula_closed"),
        "procedures": "=procedures + 1",
    },
)
d.xor("after_ess", "Dental treatment still to do?", ("engine", 19))
task(
    "post",
    "Post-operative review",
    ("ent", 20),
    "ent_surgeon",
    "Your surgeon looks at the result of the operation.",
    calendar="always",
    outputs={
        "ess_resolved": "=resolved",
        "snot22": "=snot22",
        "dentist_informed": "=dentist_informed",
        "prior_dental_failed": "=prior_dental_failed = true or (dental_done = true and resolved = false)",
    },
)
d.xor("cured", "Resolved?", ("engine", 21))
letter("outcome", "Letter: resolved", ("engine", 22), "=" + ANSWER)
d.service(
    "told",
    "Tell both clinicians and the patient",
    ("engine", 23),
    type="result.handoff",
    inputs={"recipients": '=["ent_surgeon", "restorative_dentist", "patient"]', "result": "={text: " + ANSWER + "}"},
    outputs={"handed_at": "=string(now())"},
    properties=SYSTEM,
)
acknowledged("letter_ack", "Referrer acknowledges the outcome", ("engine", 24), "Odontogenic sinusitis: resolved.")
d.end("end_ok", "Resolved; both clinicians and patient told", ("engine", 25))

# Flows
d.path("s0", "site_times", "intake", "danger")
d.flow("danger", "emergency", when="=orbital_or_neuro_sign = true", name="orbit, nerves")
d.flow(
    "danger",
    "cancer",
    when="=orbital_or_neuro_sign = false and bleeding_or_mass = true",
    name="bleeding, mass",
    exit="left",
)
d.flow("danger", "both", default=True, name="no")
d.path("emergency", "end_emerg")
d.path("cancer", "end_redirect")
d.flow("both", "endo")
d.flow("both", "dentref")
d.flow("both", "ct")
d.path("endo", "join")
d.path("dentref", "examined")
d.path("late", "tell_late", "told_late")
d.flow("examined", "no_exam", when='=loop_outcome != "seen"', name="no")
d.flow("examined", "dentex", default=True, name="yes")
d.path("dentex", "dental_back", "join")
d.path("no_exam", "again")
d.flow("again", "dentref", when='=dental_decision = "refer_again"', name="yes")
d.flow("again", "dental_back", default=True, name="no")
d.path("ct", "join", "confirm", "confirmed")
d.flow("confirmed", "not_ods", when="=ods = false", name="no")
d.flow("confirmed", "joint", default=True, name="yes")
d.path("not_ods", "tell_other", "other_ack", "end_other")
d.path("joint", "choose", "first")
d.flow("first", "ess", when='=order = "ess_first" or order = "ess_then_dental"', name="yes", exit="bottom")
d.flow("first", "dent_tx", default=True, name="no")
d.path("dent_tx", "wait1", "check1", "healed")
d.flow("healed", "outcome", when="=symptoms_resolved = true and endoscopy_clear = true", name="yes", exit="top")
d.flow(
    "healed",
    "wait2",
    when="=not(symptoms_resolved = true and endoscopy_clear = true) and weeks_since_treatment < times.weeks_to_resolve",
    name="not yet",
)
d.flow("healed", "ess", default=True, name="no", exit="right")
d.path("wait2", "check1")
d.path("ess", "after_ess")
d.flow("after_ess", "dent_tx", when='=order = "ess_then_dental" and dental_done = false', name="yes", exit="top")
d.flow("after_ess", "post", default=True, name="no")
d.path("post", "cured")
d.flow("cured", "joint", when="=ess_resolved = false", name="no", exit="bottom")
d.flow("cured", "outcome", default=True, name="yes")
d.path("outcome", "told", "letter_ack", "end_ok")

# The patient reports a symptom
heard = d.event_subprocess("symptom_told", "Patient reports a symptom")
heard.start(
    "symptom",
    "Symptom",
    0,
    message="patient.reported_symptom",
    key=OF_PATIENT,
    interrupting=False,
    outputs={"told_symptom": "=symptom", "told_severity": "=severity"},
)
heard.xor("serious", "Could it be a red flag?", 1)
heard.call(
    "symptom_flag",
    "Clinician confirms what the patient reports",
    2,
    process="red_flag",
    inputs={
        "referral_id": KEY,
        "patient_id": OF_PATIENT,
        "patient": "=patient",
        "finding": "=string(told_symptom)",
        "raised_by": '="patient"',
        "priority": "=priority",
    },
    outputs={"red_flag_action": "=red_flag_action", "priority": "=priority"},
    properties={"escalation": "LAD-RED", "expectedDuration": "PT1H"},
)
heard.service(
    "tell_symptom",
    "Tell the ENT surgeon",
    (2, 1),
    **tell("ent_surgeon", "information", "A patient with sinus disease has reported a symptom; it is in the case."),
)
heard.end("symptom_done", "Acted on", 3)
heard.path("symptom", "serious")
heard.flow("serious", "symptom_flag", when=f'={SERIOUS} or told_severity = "severe"', name="yes")
heard.flow("serious", "tell_symptom", default=True, name="no")
heard.path("symptom_flag", "symptom_done")
heard.path("tell_symptom", "symptom_done")

red_flag_raised(d, 0)
patient_declined(d, 0)
consent_withdrawn(d, 0)
appointment_missed(d, 0, tell="ent_surgeon,restorative_dentist,coordinator")

PATHOLOGY = "dental_pathology:enum(none|treatable|untreatable|implant|oroantral_fistula)!"
forms = {
    "intake": [
        "side:enum(left|right|bilateral)!",
        "symptoms:multi(foul_smell|purulent_discharge|facial_pain|obstruction|toothache|none)!",
        "duration_weeks:int{0..520}! | For how many weeks?",
        "recent_dental_procedure:multi(none|extraction|root_canal|implant|sinus_lift)!",
        "procedure_date:date | Date of the dental procedure",
        "snot22:int{0..110} | SNOT-22 score",
        "orbital_or_neuro_sign:bool! | Sign of the eye or the nervous system?",
        "bleeding_or_mass:bool! | Bleeding or a mass?",
        "immunosuppressed:bool! | Immunosuppressed?",
        "existing_ct:ref(ImagingStudy) | CT that exists already",
    ],
    "endo": [
        "pus_middle_meatus:bool! | Pus in the middle meatus?",
        "oedema:bool!",
        "polyps:bool!",
        "culture_sent:bool | Culture sent",
        "infectious_sinusitis:bool! | Infectious sinusitis?",
    ],
    "dentex": [
        "teeth_tested:teeth! | Teeth tested",
        "pulp_vitality:text!",
        "periapical_lesion:bool! | Periapical lesion?",
        "oroantral_communication:bool! | Communication between mouth and sinus?",
        "implant_problem:bool! | Problem of an implant?",
        PATHOLOGY,
        "proposed_treatment:multi(root_canal|retreatment|extraction|implant_removal|fistula_closure|none)!",
        "mronj_risk:bool! | Risk of jaw necrosis from medication?",
    ],
    "no_exam": [
        "dental_decision:enum(refer_again|judge_from_ct)! | How does it go on?",
        f"{PATHOLOGY} | Dental pathology | As far as you can judge",
        "reason:text! | Why?",
    ],
    "dent_tx": [
        "done:multi(root_canal|retreatment|extraction|implant_removal|fistula_closure)!",
        "date:date! | Date of the treatment",
        "antibiotic:text | Antibiotic | Antibiotics alone are not treatment",
        "complication:text",
    ],
    "check1": [
        "symptoms_resolved:bool! | Are the symptoms gone?",
        "endoscopy_clear:bool! | Is the endoscopy clear?",
        "snot22:int{0..110}! | SNOT-22 score",
        "weeks_since_treatment:int! | Weeks since the dental treatment",
        "imaging_needed:bool! | Is imaging needed?",
    ],
    "ess": [
        "date:date! | Date of the operation",
        "sinuses_opened:multi!",
        "pus:bool! | Pus found?",
        "culture:text",
        "fistula_closed:bool",
    ],
    "post": [
        "resolved:bool! | Resolved?",
        "snot22:int{0..110}! | SNOT-22 score",
        "dentist_informed:bool! | Has the dentist been told?",
    ],
    "not_ods": [
        "diagnosis:coded(SNOMED)!",
        "plan:text!",
        "dentist_informed:bool! | Has the dentist been told?",
    ],
}


def classed(node: str, data_class: str) -> dict[str, str]:
    """One class of data for every field of a form."""
    return {f"{node}.{line.partition(':')[0]}": data_class for line in forms[node]}


data_classes = {
    **classed("intake", "own_referral"),
    **classed("dentex", "dental"),
    **classed("dent_tx", "dental"),
    **classed("not_ods", "outcome_letter"),
    "intake.existing_ct": "imaging_head_neck",
    "intake.immunosuppressed": "risk_flags",
    "no_exam.dental_pathology": "dental",
    "dentex.mronj_risk": "risk_flags",
    "dent_tx.antibiotic": "meds",
}

ODS, D = "[R] SRC-ODS", "[D] a default of this template"
ESS, THEN, DENTAL = '"ess_first"', '"ess_then_dental"', '"dental_first"'
decisions = {
    "ods_confirm": {
        "name": "Odontogenic sinusitis confirmed?",
        "hit": "FIRST",
        "inputs": {
            "Infectious sinusitis": "infectious_sinusitis",
            "Dental pathology": "dental_pathology",
            "Finding on CT": "ct_finding",
        },
        "outputs": {"ods": "boolean"},
        "annotations": ["Rule", "Source"],
        "rules": [
            ["not(true)", "-", "-", "false", "no infectious sinusitis", ODS],
            ["true", 'not("none")', "-", "true", "infected, and a dental cause", ODS],
            ["true", "-", '"oroantral_fistula"', "true", "infected, and a fistula on CT", ODS],
            ["-", "-", "-", "false", "no dental cause", ODS],
        ],
    },
    "ods_order": {
        "name": "Order of treatment",
        "hit": "FIRST",
        "inputs": {
            "Decided together": "joint_decision",
            "Complicated": "complicated",
            "Dental pathology": "dental_pathology",
            "SNOT-22": "snot22",
            "Dental treatment has failed": "prior_dental_failed",
        },
        "outputs": {"order": "string"},
        "annotations": ["Rule", "Source"],
        "rules": [
            [ESS, "-", "-", "-", "-", ESS, "decided together", D],
            [THEN, "-", "-", "-", "-", THEN, "decided together", D],
            [DENTAL, "-", "-", "-", "-", DENTAL, "decided together", D],
            ["-", "true", "-", "-", "-", ESS, "complicated", ODS],
            ["-", "-", '"implant"', "-", "-", ESS, "implant: try to keep it", ODS],
            ["-", "-", "-", "-", "true", ESS, "dental treatment has failed", ODS],
            [
                "-",
                "-",
                '"treatable"',
                ">= 30",
                "-",
                THEN,
                "treatable, significant symptoms",
                "[R] SRC-ODS; 30 is local",
            ],
            ["-", "-", '"treatable"', "-", "-", DENTAL, "treatable, minimal or tolerable symptoms", ODS],
            ["-", "-", "-", ">= 30", "-", THEN, "other dental cause, significant symptoms", D],
            ["-", "-", "-", "-", "-", DENTAL, "other dental cause", D],
        ],
    },
    "times": {
        "name": "Times of this site",
        "hit": "COLLECT",
        "inputs": {},
        "outputs": {"step": "string", "time": "Any"},
        "annotations": ["What", "Source"],
        "rules": [
            ['"intake"', '"P2D"', "intake, working time", D],
            ['"endo"', '"P14D"', "endoscopy, working time", D],
            ['"sla_triage"', '"P3D"', "dental referral: triage", D],
            ['"sla_first_contact"', '"P14D"', "dental referral: first contact", D],
            ['"sla_report"', '"P3D"', "dental referral: report", D],
            ['"work_up_late"', '"P21D"', "no dental examination: coordinator and clinicians told", D],
            ['"no_exam"', '"P2D"', "decision without a dental examination, working time", D],
            ['"dentex"', '"P3D"', "dental result written, working time", D],
            ['"ct"', '"P28D"', "CT read", "[R] SRC-TAT"],
            ['"decide_by"', '"P3D"', "joint decision", D],
            ['"dent_tx"', '"P28D"', "dental treatment, working time", D],
            ['"check_1"', '"P28D"', "first check after dental treatment", ODS],
            ['"check_2"', '"P56D"', "second check after dental treatment", ODS],
            ['"weeks_to_resolve"', "8", "weeks after which surgery follows", ODS],
            ['"check1"', '"P14D"', "check written, working time", D],
            ['"ess"', '"P126D"', "operation", D],
            ['"post"', '"P42D"', "review after the operation", D],
            ['"not_ods"', '"P5D"', "other diagnosis and plan, working time", D],
            ['"acknowledge"', '"P5D"', "referrer acknowledges the outcome", D],
            ['"cancer"', '"P62D"', "suspected cancer: first treatment or all-clear", "[R] SRC-FDS"],
        ],
    },
}
