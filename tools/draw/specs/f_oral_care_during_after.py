"""Oral care from the first day of chemo- or radiotherapy: weekly reviews, then years of recalls with the dentist."""

import handlers
from diagram import Diagram

diagram = d = Diagram(
    "oral_care_during_after",
    "Oral care during and after treatment",
    version_tag="1.0.0",
    doc="Mucositis, dry mouth, caries, trismus and osteoradionecrosis: reviews during chemo- or radiotherapy, recalls "
    "with the patient's own dentist for at least five years after it. Demo template: needs local clinical sign-off "
    "before use.",
)

d.lane("oncology", "Oncology")
d.lane("allied", "Allied health")
d.lane("dental", "Hospital dentistry")
d.lane("primary", "Primary care")
d.lane("patient", "Patient")
d.lane("engine", "Engine")

KEY, OF_PATIENT = "=referral_id", "=patient_id"
SYSTEM = {"escalation": "LAD-URGENT", "expectedDuration": "PT4H"}
END = 'date and time(treatment_end + "T00:00:00Z")'
OVER = f"treatment_end != null and now() >= {END}"
NEXT_REVIEW = (
    f"=if treatment_end = null then next_during_visit else string(min(date and time(next_during_visit), {END}))"
)
MONTHS = (
    "=if treatment_end = null then 0 else"
    " {d: years and months duration(date(treatment_end), today()), m: d.years * 12 + d.months}.m"
)
LOST = (
    "=if baseline_weight = null or weight = null then null"
    " else decimal((baseline_weight - weight) / baseline_weight * 100, 1)"
)
FEVER = '(contains(lower case(if symptom = null then "" else symptom), "fever"))'
GRAVE = (
    f"=(severity != null and severity >= {{severity}}) or (pain_nrs != null and pain_nrs >= {{pain}})"
    f" or no_intake_24h = true or {FEVER}"
)
REPORTED = {
    "symptom": "=symptom",
    "severity": "=severity",
    "pain_nrs": "=pain_nrs",
    "no_intake_24h": "=no_intake_24h",
    "fever": FEVER.join(("=", "")),
}
PERSON = {name: f"={name}" for name in ("patient_id", "patient", "requester", "conditions", "medications", "allergies")}


def set_by(key: str, default: str | int) -> str:
    """A time or threshold of the table `oral_care_times`; `default` where the table has no such row."""
    text = default if isinstance(default, int) else f'"{default}"'
    return f"(if times.{key} = null then {text} else times.{key})"


def keep(*names: str) -> dict[str, str]:
    """Output mappings that keep form fields under their own names."""
    return {name: f"={name}" for name in names}


def who(role: str, due: str, text: str, ladder: str, calendar: str = "working", key: str = "") -> dict[str, object]:
    """Who does a task, by when, and what the patient reads meanwhile."""
    takes = {"expectedDuration": "=" + set_by(key, due)} if key else {}
    properties = {"escalation": ladder, "calendar": calendar, **takes, "patientText": text}
    return {"groups": role, "properties": properties}


def task(
    node: str, name: str, at: object, *given: str, of: str = "", calendar: str = "working", **more: object
) -> None:
    """A user task with the form of its id, or of the step that it repeats."""
    like = of or node
    d.user(
        node,
        name,
        at,
        form=f"oral_care_during_after.{like}",
        **{"priority": 50, **who(*given, calendar=calendar, key="" if "due" in more else like), **more},
    )


def tell(node: str, name: str, at: object, roles: str, level: str, text: str, **more: object) -> None:
    """Tell roles something, without a task."""
    headers = {"tell": roles, "level": level, "text": text}
    given = {"outputs": {"told_at": "=string(now())"}, **more}
    d.service(node, name, at, type="notify", headers=headers, properties=SYSTEM, **given)


def conference(node: str, name: str, at: object, question: str, roles: str, by: str, mode: str, **more: object) -> None:
    """A case conference of this case."""
    listed = ", ".join(f'"{role}"' for role in roles.split())
    d.call(
        node,
        name,
        at,
        process="case_conference",
        inputs={
            "referral_id": KEY,
            **PERSON,
            "question": f'="{question}"',
            "required_roles": f"=[{listed}]",
            "mode": f'="{mode}"',
            "decide_by": f"=string(now() + duration({set_by(node, by)}))",
            **more.pop("inputs", {}),
        },
        properties={"escalation": "LAD-URGENT", "expectedDuration": "=" + set_by(node, by)},
        **more,
    )


# During treatment
d.start(
    "s0",
    "Treatment started",
    ("oncology", 0),
    message="treatment.started",
    key=KEY,
    outputs={
        "treatment_start": "=if start_date = null then string(today()) else substring(string(start_date), 1, 10)",
        "treatment_end": "=if treatment_end = null then null else substring(string(treatment_end), 1, 10)",
        "modality": '=if modality != null then modality else if treatment = "chemoradiotherapy" then "crt"'
        ' else if treatment = "systemic" or treatment = "chemotherapy" then "chemo_only" else "rt"',
        "orn_stage": '=if orn_stage = null then "none" else orn_stage',
        "noshow_count": "=0",
        "visit_no": "=0",
        "caries_total": "=0",
        "fever": "=false",
        **dict.fromkeys(
            ("gdp_takes_lifelong", "accepts", "missed_slot", "baseline_weight", "max_who_mucositis"), "=null"
        ),
    },
)
d.rule(
    "times_read",
    "Times and thresholds of this site",
    ("engine", 1),
    decision="oral_care_times",
    result="times",
    outputs={"times": "=context(times)"},
)
d.rule("schedule", "How often during treatment?", ("engine", 2), decision="on_treatment_review", result="review_every")
tell(
    "base",
    "Create schedule from modality (table), invite patient to weekly symptom diary",
    ("engine", 3),
    "patient,key_worker",
    "information",
    "Oral care during treatment begins: reviews as planned, and a symptom diary every week.",
    outputs={"next_during_visit": '=string(date and time(treatment_start + "T00:00:00Z") + duration(review_every))'},
)
d.catch(
    "during",
    "Next on-treatment visit (weekly for RT/CRT; before each chemo cycle)",
    ("engine", 4),
    timer=f"date: {NEXT_REVIEW}",
    properties={"dueAnchor": "treatment_end"},
)
d.xor("still", "Treatment over?", ("engine", 5))
task(
    "weekly",
    "On-treatment oral review",
    ("dental", 6),
    "dental_hygienist",
    "P2D",
    "A dental hygienist looks at your mouth while you are treated.",
    "LAD-URGENT",
    outputs={
        **keep("who_mucositis", "pain_nrs", "candida", "hsv", "xerostomia", "mouth_opening", "weight", "intake"),
        **keep("oral_hygiene", "neutrophils", "platelets", "advice"),
        "baseline_weight": "=if baseline_weight = null then weight else baseline_weight",
        "weight_loss_pct": LOST,
        "max_who_mucositis": "=if max_who_mucositis = null then who_mucositis"
        " else max(max_who_mucositis, who_mucositis)",
        "next_during_visit": "=string(max(date and time(next_during_visit) + duration(review_every), now()))",
    },
)
d.boundary(
    "felt",
    "Symptom reported",
    on="weekly",
    message="patient.reported_symptom",
    key=OF_PATIENT,
    interrupting=False,
    outputs=REPORTED,
)
SAME_DAY = (
    "clinical_oncologist",
    "PT8H",
    "A doctor of your cancer team looks at your symptoms today.",
    "LAD-RED",
)
BAD = GRAVE.format(severity=set_by("symptom_severity", 3), pain=set_by("symptom_pain", 7))
d.xor("felt_bad", "Same day?", ("dental", 7, 1))
task(
    "tier1_felt",
    "Same-day oncology review of a symptom",
    ("oncology", 7, 1),
    *SAME_DAY,
    of="tier1",
    calendar="always",
    priority=100,
)
d.end("felt_seen", "Reviewed", ("oncology", 8, 1))
d.end("felt_noted", "Noted for the review", ("dental", 8, 1))
d.rule(
    "tox",
    "Toxicity alert tier",
    ("engine", 7),
    decision="tox_tier",
    result="tier",
    outputs={"tier": "=tier", "fever": "=false"},
)
d.xor("tiered", "Tier?", ("engine", 8))
task("tier1", "Same-day oncology review", ("oncology", 9), *SAME_DAY, calendar="always", priority=100)
task(
    "tier2",
    "Dietitian / SLT / dental action",
    ("allied", 9),
    "allied_health",
    "P2D",
    "A dietitian or speech and language therapist helps you with eating and swallowing.",
    "LAD-URGENT",
)
d.xor("ended", "Treatment ended?", ("engine", 10))

# The plan after treatment, shared with the patient's own dentist
task(
    "post_plan",
    "Post-treatment plan: recall, prevention, who does what (hospital vs own dentist)",
    ("dental", 11),
    "restorative_dentist",
    "P14D",
    "Your hospital dentist plans how your mouth is looked after from now on.",
    "LAD-URGENT",
    width=150,
    due=f"=string((if accepts = false then created else {END}) + duration({set_by('post_plan', 'P14D')}))",
    inputs={
        "no_extraction_without_mdt": f"=jaw_dose_gy != null and jaw_dose_gy >= {set_by('high_dose_gy', 50)}",
    },
    outputs={
        **keep("recall_months", "fluoride_5000ppm", "tray", "ccp_acp", "saliva_substitute", "jaw_exercise_plan"),
        **keep("no_extraction_without_mdt", "gdp_named", "warning_card_given"),
        "recall_interval": '="P" + recall_months + "M"',
        "last_visit": "=string(now())",
    },
    priority=25,
)
d.nodes["post_plan"].semantics["properties"]["dueAnchor"] = "treatment_end"
PLAN = (
    "={recall_months: recall_months, fluoride_5000ppm: fluoride_5000ppm, tray: tray, "
    "jaw_exercise_plan: jaw_exercise_plan, no_extraction_without_mdt: no_extraction_without_mdt, gdp: gdp_named}"
)
d.send(
    "share",
    "Shared plan to GDP, GP, oncology, patient",
    ("engine", 12),
    type="referral.send",
    message="referral.outcome",
    headers={"message": "referral.outcome", "to": "requester"},
    inputs={"outcome": '="Oral care plan after treatment."', "report": PLAN},
    outputs={"shared_at": "=string(now())"},
    properties=SYSTEM,
)
d.service(
    "copies",
    "Plan to GP, oncology and patient",
    ("patient", 12),
    type="result.handoff",
    inputs={"recipients": '=["medical_physician", "clinical_oncologist", "patient"]', "result": PLAN},
    outputs={"copied_at": "=string(now())"},
    properties=SYSTEM,
)
task(
    "gdp_ack",
    "GDP accepts shared care",
    ("primary", 13),
    "gdp",
    "P10D",
    "Your own dentist is asked to look after your mouth together with the hospital.",
    "LAD-URGENT",
    priority=25,
)
d.xor("accepted", "Accepted?", ("primary", 14))

# Recalls
d.catch(
    "recall",
    "Next recall (table recall_interval)",
    ("engine", 14),
    timer="date: =if missed_slot != null then missed_slot"
    " else string(date and time(last_visit) + duration(recall_interval))",
)
tell(
    "invite",
    "Invite patient; reminders T-14d, T-2d",
    ("engine", 16),
    "patient,gdp",
    "information",
    "It is time for a check of your mouth: please make an appointment with your dentist within four weeks.",
    outputs={"missed_slot": "=null"},
)
task(
    "visit",
    "Recall visit",
    ("primary", 17),
    "gdp",
    "P28D",
    "Your dentist checks your mouth, teeth and jaw.",
    "LAD-ROUTINE",
    outputs={
        **keep("attended", "new_caries", "perio_change", "xerostomia", "mouth_opening", "exposed_bone"),
        **keep("pain_or_fistula", "mucosal_lesion", "extraction_needed", "teeth", "diet_ons", "photo"),
        "last_visit": "=if attended = true then string(now()) else last_visit",
        "visit_no": "=if attended = true then visit_no + 1 else visit_no",
        "noshow_count": "=if attended = true then 0 else noshow_count",
        "caries_total": "=if new_caries = null or attended = false then caries_total else caries_total + new_caries",
        "gdp_takes_lifelong": "=null",
    },
    priority=25,
)
for days, after in ((14, "P14D"), (2, "P26D")):
    d.boundary(
        f"t_{days}",
        f"T-{days}d",
        on="visit",
        timer=f"duration: ={set_by(f'remind_{days}', after)}",
        interrupting=False,
    )
tell(
    "remind_14",
    "Remind patient: 14 days left",
    ("patient", 18),
    "patient",
    "reminder",
    "Your mouth check is due within 14 days.",
)
d.end("reminded_14", "Told", ("patient", 19))
tell(
    "remind_2",
    "Remind patient: 2 days left",
    ("patient", 18, 1),
    "patient",
    "reminder",
    "Your mouth check is due within 2 days.",
)
d.end("reminded_2", "Told", ("patient", 19, 1))
d.xor("vroute", "Finding", ("engine", 18))
d.call(
    "dna",
    "Missed recall: contact, hygienist phone review; 2 missed -> key worker (never silently dropped)",
    ("engine", 18, 2),
    width=260,
    process="no_show",
    inputs={"referral_id": KEY, **PERSON, "noshow_count": "=noshow_count", "priority": '="routine"'},
    outputs={
        "noshow_count": "=noshow_count",
        "noshow_decision": "=noshow_decision",
        "missed_slot": f"=if new_slot != null then new_slot else string(now() + duration({set_by('rebook', 'P14D')}))",
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P2D"},
)
task(
    "phone",
    "Hygienist phone review",
    ("dental", 15),
    "dental_hygienist",
    "P5D",
    "A dental hygienist calls you, because you could not come.",
    "LAD-URGENT",
    priority=25,
)
d.xor("twice", "2 missed?", ("engine", 15, 2))
tell(
    "tell_key_worker",
    "Tell key worker",
    ("engine", 15, 1),
    "key_worker",
    "breach",
    "Two recalls in a row were missed: please reach out. The recalls go on.",
)
d.service(
    "lesion",
    "Possible recurrence",
    ("engine", 19, 1),
    type="pathway.start",
    headers={"pathway": "dental_red_flag_lesion"},
    inputs={
        "referral_id": '=referral_id + "-LESION-" + string(visit_no)',
        **PERSON,
        "reason": '="Mucosal lesion at a recall after head and neck cancer treatment"',
        "clinical_question": '="Recurrence or second primary?"',
        "priority": '="urgent_suspected_cancer"',
    },
    outputs={"started_case": "=started_case"},
    properties=SYSTEM,
)
d.xor("also", "Bone or tooth too?", ("engine", 20, 1))
d.xor("exo", "Tooth in a field of >= 50 Gy?", ("engine", 21))
conference(
    "exoconf",
    "MDT advice before extraction (alternatives: endodontics, coronectomy, monitor)",
    ("engine", 22),
    "A tooth in the irradiated jaw: extract, root canal, crown amputation or monitor?",
    "restorative_dentist oral_surgeon clinical_oncologist",
    "P10D",
    "async_24h",
    width=220,
    inputs={"options": '=["extraction", "root_canal", "crown_amputation", "monitor"]'},
    outputs={
        "extraction_decision": "=decision",
        "extraction_plan": "=plan",
        "extraction_quorum": "=quorum",
        "extraction_override_reason": "=chair_decision_reason",
    },
)
d.boundary(
    "cannot_wait",
    "Cannot wait",
    on="exoconf",
    message="extraction.override",
    key=KEY,
    side="left",
    outputs={"override_asked_by": "=asked_by"},
)
task(
    "exo_override",
    "Why without MDT advice?",
    ("dental", 21, 1),
    "restorative_dentist,oral_surgeon",
    "PT8H",
    "Your dentists decide today about your tooth.",
    "LAD-RED",
    calendar="always",
    priority=100,
    outputs={
        "extraction_decision": '="override"',
        "extraction_override_reason": "=reason",
        "override_agreed_with": "=agreed_with",
    },
)
task(
    "exodone",
    "Extraction or alternative done + healing checks",
    ("dental", 22),
    "oral_surgeon",
    "P42D",
    "What was decided about your tooth is done, and the healing is checked.",
    "LAD-URGENT",
    outputs={
        **keep("what", "healed_at_8_weeks", "exposed_bone"),
        "extraction_date": "=date",
    },
)
d.xor("bare", "Bone exposed?", ("dental", 23))
task(
    "orn",
    "ORN assessment (ClinRad stage)",
    ("dental", 24),
    "oral_surgeon",
    "P14D",
    "A surgeon checks your jaw bone.",
    "LAD-URGENT",
    outputs={
        **keep("exposed_bone_mm", "fracture_or_fistula", "imaging", "recurrence_excluded"),
        "orn_stage": "=stage",
        "orn_plan": "=plan",
    },
)
d.boundary("orn_late", "No report", on="orn", timer=f"duration: ={set_by('orn_report', 'P10D')}", interrupting=False)
d.call(
    "orn_trace",
    "Trace imaging report",
    ("dental", 25, 1),
    process="result_overdue",
    inputs={"order_id": '=referral_id + "-ORN-" + string(visit_no)', "priority": '="urgent"'},
    outputs={"found": "=found"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "PT8H"},
)
d.end("orn_traced", "Traced", ("dental", 26, 1))
conference(
    "ornmdt",
    "ORN MDT",
    ("engine", 24),
    "Osteoradionecrosis: how is it treated?",
    "oral_surgeon clinical_oncologist restorative_dentist",
    "P28D",
    "meeting",
    outputs={"orn_decision": "=decision", "orn_mdt_plan": "=plan"},
)
d.rule(
    "risk",
    "Update risk and interval",
    ("engine", 25),
    decision="recall_interval",
    result="recall_interval",
    inputs={"months_since_rt": MONTHS},
)
d.service(
    "rec",
    "Registry update; gap-in-care flags; feedback to oncology",
    ("engine", 26),
    type="record.update",
    headers={"record": "registry"},
    inputs={
        "outcome": '="Recall visit"',
        "report": "={orn_stage: orn_stage, xerostomia: xerostomia, mouth_opening: mouth_opening,"
        " caries_total: caries_total, jaw_dose_gy: jaw_dose_gy, recall_interval: recall_interval}",
    },
    outputs={
        "years_since_rt": f"={{months: {MONTHS[1:]}, y: months / 12}}.y",
        "orn": '=orn_stage != "none"',
        "trismus_lt_35mm": f"=mouth_opening != null and mouth_opening < {set_by('trismus_mm', 35)}",
        "mouth_opening_at_12m": "=if mouth_opening_at_12m = null and years_since_rt >= 1 then mouth_opening"
        " else mouth_opening_at_12m",
        "caries_increment_per_year": "=if years_since_rt < 1 then caries_total"
        " else decimal(caries_total / years_since_rt, 2)",
    },
    properties=SYSTEM,
)
d.xor("more", "Continue?", ("engine", 27))
task(
    "lifelong",
    "GDP takes over lifelong care?",
    ("primary", 27),
    "gdp",
    "P28D",
    "The hospital asks your own dentist to look after your mouth for good.",
    "LAD-ROUTINE",
    outputs=keep("gdp_takes_lifelong"),
    priority=25,
)
d.end(
    "end_life",
    "Hospital part ends; lifelong risk flag stays on the registry and GDP record",
    ("engine", 28),
    outputs={"outcome": '="handed_over"'},
)

d.path("s0", "times_read", "schedule", "base", "during", "still")
d.flow("still", "post_plan", when=f"={OVER}", name="yes", exit="bottom", enter="bottom")
d.flow("still", "weekly", default=True, name="no")
d.path("weekly", "tox", "tiered")
d.path("felt", "felt_bad")
d.flow("felt_bad", "tier1_felt", when=BAD, name="yes")
d.flow("felt_bad", "felt_noted", default=True, name="no")
d.path("tier1_felt", "felt_seen")
d.flow("tiered", "tier1", when="=tier = 1", name="1")
d.flow("tiered", "tier2", when="=tier = 2", name="2")
d.flow("tiered", "ended", default=True, name="3")
d.path("tier1", "ended")
d.path("tier2", "ended")
d.flow("ended", "post_plan", when=f"={OVER}", name="yes")
d.flow("ended", "during", default=True, name="no")
d.path("post_plan", "share", "copies", "gdp_ack", "accepted")
d.flow("accepted", "post_plan", when="=accepts = false", name="no")
d.flow("accepted", "recall", default=True, name="yes")
d.path("recall", "invite", "visit", "vroute")
d.path("t_14", "remind_14", "reminded_14")
d.path("t_2", "remind_2", "reminded_2")
BONE = "(exposed_bone = true or pain_or_fistula = true)"
CAME = "attended = true and mucosal_lesion = false"
d.flow("vroute", "dna", when="=attended = false", name="missed", exit="bottom")
d.flow("vroute", "lesion", when="=attended = true and mucosal_lesion = true", name="lesion", exit="bottom")
d.flow("vroute", "orn", when=f"={CAME} and {BONE}", name="bone", exit="top")
d.flow("vroute", "exo", when=f"={CAME} and not{BONE} and extraction_needed = true", name="tooth", exit="right")
d.flow("vroute", "risk", default=True, name="nothing new", exit="top")
d.path("dna", "phone", "twice")
d.flow("twice", "tell_key_worker", when=f"=noshow_count >= {set_by('missed_recalls', 2)}", name="yes")
d.flow("twice", "recall", default=True, name="no")
d.path("tell_key_worker", "recall")
d.path("lesion", "also")
d.flow("also", "orn", when=f"={BONE}", name="bone")
d.flow("also", "exo", when=f"=not{BONE} and extraction_needed = true", name="tooth")
d.flow("also", "risk", default=True, name="no")
IN_FIELD = (
    f"=(if jaw_dose_gy != null then jaw_dose_gy >= {set_by('high_dose_gy', 50)}"
    ' else modality = "rt" or modality = "crt") or no_extraction_without_mdt = true'
)
d.flow("exo", "exoconf", when=IN_FIELD, name="yes")
d.flow("exo", "risk", default=True, name="no")
d.path("exoconf", "exodone", "bare")
d.path("cannot_wait", "exo_override")
d.flow("exo_override", "exodone")
d.flow("bare", "orn", when="=exposed_bone = true", name="yes")
d.flow("bare", "risk", default=True, name="no")
d.path("orn_late", "orn_trace", "orn_traced")
d.path("orn", "ornmdt", "risk", "rec", "more")
YEARS = f'years_since_rt >= {set_by("hospital_years", 5)} and orn_stage = "none"'
d.flow("more", "end_life", when=f"={YEARS} and gdp_takes_lifelong = true", name="handed over")
d.flow("more", "lifelong", when=f"={YEARS} and gdp_takes_lifelong = null", name="5 years")
d.flow("lifelong", "more", exit="right", enter="top")
d.flow("more", "recall", default=True, name="yes")

# What may happen at any time
MOVED = "=if treatment_completed = true or new_date = null then treatment_end else substring(string(new_date), 1, 10)"
handlers.date_moved(d, 0, {"treatment_end": MOVED})
over = d.event_subprocess("completed", "Treatment completed", band=0)
over.start(
    "treated",
    "Completed",
    0,
    message="treatment.completed",
    key=KEY,
    interrupting=False,
    outputs={
        "treatment_completed": "=true",
        "jaw_dose_gy": "=if dose_to_jaw_gy = null then jaw_dose_gy else dose_to_jaw_gy",
        "treatment_end": "=if end_date = null then string(today()) else substring(string(end_date), 1, 10)",
    },
)
over.end("switched", "Schedule switched", 1)
over.path("treated", "switched")
drugs = d.event_subprocess("drugs", "Medication changed", band=0)
drugs.start(
    "drug_changed",
    "Changed",
    0,
    message="medication.changed",
    key=OF_PATIENT,
    interrupting=False,
    outputs={
        "drug_class": "=drug_class",
        "drug_change": "=change",
        "plans_asked": "=(if plans_asked = null then 0 else plans_asked) + 1",
    },
)
drugs.xor("drug_risk", "Risk for bone or bleeding?", 1)
drugs.service(
    "drug_plan",
    "Start shared dental-medical plan",
    2,
    type="pathway.start",
    headers={"pathway": "complex_shared_plan"},
    inputs={
        "referral_id": '=referral_id + "-PLAN-" + string(plans_asked)',
        **PERSON,
        "reason": '="Started after head and neck cancer treatment: " + drug_class',
        "clinical_question": '="Which precautions before dental treatment, and who gives them?"',
        "priority": '="urgent"',
    },
    outputs={"started_case": "=started_case"},
    properties=SYSTEM,
)
drugs.end("drug_planned", "Plan asked for", 3)
drugs.end("drug_noted", "Noted", (2, 1))
drugs.flow("drug_changed", "drug_risk")
drugs.flow(
    "drug_risk",
    "drug_plan",
    when='=drug_change != "stopped" and (drug_class = "antiresorptive" or drug_class = "anticoagulant")',
    name="yes",
)
drugs.flow("drug_risk", "drug_noted", default=True, name="no")
drugs.path("drug_plan", "drug_planned")
handlers.red_flag_raised(d, 1)
handlers.consent_withdrawn(d, 1)
handlers.patient_declined(d, 1)
handlers.patient_died(d, 1)
felt = d.event_subprocess("symptoms", "Symptom reported between reviews", band=0)
felt.start(
    "between",
    "Symptom",
    0,
    message="patient.reported_symptom",
    key=OF_PATIENT,
    interrupting=False,
    outputs=REPORTED,
)
felt.xor("between_bad", "Same day?", 1)
felt.user(
    "tier1_between",
    "Same-day oncology review between visits",
    2,
    form="oral_care_during_after.tier1",
    priority=100,
    **who(*SAME_DAY, calendar="always", key="tier1"),
)
felt.service(
    "between_note",
    "Tell key worker of the symptom",
    (2, 1),
    type="notify",
    headers={"tell": "key_worker", "level": "information", "text": "A patient reported a symptom in the diary."},
    outputs={"told_at": "=string(now())"},
    properties=SYSTEM,
)
felt.end("between_seen", "Reviewed", 3)
felt.end("between_noted", "Noted", (3, 1))
felt.flow("between", "between_bad")
felt.flow("between_bad", "tier1_between", when=BAD, name="yes")
felt.flow("between_bad", "between_note", default=True, name="no")
felt.path("tier1_between", "between_seen")
felt.path("between_note", "between_noted")

decisions = {
    "oral_care_times": {
        "name": "Times and thresholds of oral care",
        "hit": "RULE ORDER",
        "inputs": {"Any site": "site"},
        "outputs": {"key": "string", "value": "Any"},
        "annotations": ["What it is"],
        "rules": [
            ["-", f'"{key}"', value if value.isdigit() else f'"{value}"', what]
            for key, value, what in (
                ("weekly", "P2D", "Review during treatment, working time [D]"),
                ("tier1", "PT8H", "Same-day oncology review, around the clock [D]"),
                ("tier2", "P2D", "Dietitian, SLT or dental action, working time [D]"),
                ("post_plan", "P14D", "Plan after treatment, from the end of treatment [D]"),
                ("gdp_ack", "P10D", "The patient's own dentist answers, working time [D]"),
                ("visit", "P28D", "Recall visit after the invitation, working time [D]"),
                ("remind_14", "P14D", "First reminder, after the invitation [D]"),
                ("remind_2", "P26D", "Second reminder, after the invitation [D]"),
                ("rebook", "P14D", "Next invitation after a missed recall without a new slot [D]"),
                ("phone", "P5D", "Phone review after a missed recall, working time [D]"),
                ("missed_recalls", "2", "Missed recalls after which the key worker is told [D]"),
                ("exoconf", "P10D", "Advice before an extraction [D]"),
                ("exo_override", "PT8H", "Reason for going on without advice, around the clock [D]"),
                ("exodone", "P42D", "Extraction or alternative with healing checks, working time [D]"),
                ("orn", "P14D", "Assessment of osteoradionecrosis, working time [D]"),
                ("orn_report", "P10D", "Imaging report of that assessment, then it is traced [D]"),
                ("ornmdt", "P28D", "Tumour board for osteoradionecrosis [D]"),
                ("lifelong", "P28D", "Answer about lifelong care, working time [D]"),
                ("high_dose_gy", "50", "Jaw dose from which extractions need advice [R] SRC-ORN-G"),
                ("trismus_mm", "35", "Mouth opening below which it is trismus [R] SRC-TRISMUS"),
                ("hospital_years", "5", "Years of hospital follow-up [D]"),
                ("symptom_severity", "3", "Severity of a symptom for a same-day review [D]"),
                ("symptom_pain", "7", "Pain for a same-day review [D]"),
            )
        ],
    },
    "on_treatment_review": {
        "name": "How often during treatment?",
        "hit": "FIRST",
        "inputs": {"Treatment": "modality"},
        "outputs": {"review_every": "string"},
        "annotations": ["Source"],
        "rules": [
            ['"rt", "crt"', '"P7D"', "weekly [D]"],
            ['"chemo_only"', '"P21D"', "before each cycle of three weeks [D]"],
            ['"hsct"', '"P7D"', "weekly [D]"],
            ["-", '"P7D"', "[D]"],
        ],
    },
    "tox_tier": {
        "name": "Toxicity alert tier",
        "hit": "FIRST",
        "inputs": {
            "WHO mucositis": "who_mucositis",
            "Intake": "intake",
            "Weight loss %": "weight_loss_pct",
            "Pain": "pain_nrs",
            "Neutrophils": "neutrophils",
            "Fever": "fever",
        },
        "outputs": {"tier": "number"},
        "annotations": ["Source"],
        "rules": [
            ["-", "-", "-", "-", "< 0.5", "true", "1", "neutropenic sepsis [M]"],
            [">= 4", "-", "-", "-", "-", "-", "1", "[M] WHO scale"],
            ["-", '"nil"', "-", "-", "-", "-", "1", "[M]"],
            ["3", "-", "-", "-", "-", "-", "2", "[M] WHO scale"],
            ["-", "-", ">= 5", "-", "-", "-", "2", "[M]"],
            ["-", "-", "-", ">= 7", "-", "-", "2", "[M]"],
            ["-", "-", "-", "-", "-", "-", "3", "log only"],
        ],
    },
    "recall_interval": {
        "name": "Update risk and interval",
        "hit": "FIRST",
        "inputs": {
            "Months since RT": "months_since_rt",
            "New caries": "new_caries",
            "Dry mouth": "xerostomia",
            "ORN stage": "orn_stage",
        },
        "outputs": {"recall_interval": "string"},
        "annotations": ["Source"],
        "rules": [
            ["-", "-", "-", 'not("none")', '"P1M"', "[M] set locally"],
            ["<= 12", "-", "-", "-", '"P3M"', "[M] NICE CG19 style, set locally"],
            ["-", ">= 1", "-", "-", '"P3M"', "[M]"],
            ["-", "-", ">= 2", "-", '"P3M"', "[M]"],
            ["<= 24", "-", "-", "-", '"P4M"', "[M]"],
            ["-", "-", "-", "-", '"P6M"', "[M]"],
        ],
    },
}

forms = {
    "weekly": [
        "who_mucositis:int{0..4}! | Mucositis (WHO grade)",
        "pain_nrs:int{0..10}! | Pain (0 to 10)",
        "candida:bool! | Candida?",
        "hsv:bool | Herpes simplex",
        "xerostomia:int{0..3}! | Dry mouth (grade)",
        "mouth_opening:int[mm]{0..80}! | Mouth opening",
        "weight:decimal[kg]{20..250}!",
        "intake:enum(normal|soft|liquid|tube|nil)! | Food intake",
        "oral_hygiene:enum(good|fair|poor)!",
        "neutrophils:decimal[10^9/L]{0..50}",
        "platelets:int[10^9/L]{0..1000}",
        "advice:text!",
    ],
    "tier1": [
        "action:multi(admit|antibiotics|analgesia_change|tube_feed|rt_break|continue)! | What is done",
        "note:text!",
    ],
    "tier2": ["action:text! | What is done", "weight_plan:text"],
    "post_plan": [
        "recall_months:enum(1|3|4|6)! | Recall after (months)",
        "fluoride_5000ppm:bool! | Fluoride toothpaste 5000 ppm?",
        "tray:bool! | Fluoride tray?",
        "ccp_acp:bool | CPP-ACP",
        "saliva_substitute:text",
        "jaw_exercise_plan:text! | Jaw exercises",
        "no_extraction_without_mdt:bool! | No extraction without MDT advice? | Yes when the jaw dose is 50 Gy or more",
        "gdp_named:ref(PractitionerRole)! | The patient's own dentist",
        "warning_card_given:bool! | Warning card given?",
    ],
    "gdp_ack": ["accepts:bool! | Do you accept shared care?", "concern:text"],
    "visit": [
        "attended:bool! | Did the patient come?",
        "new_caries:int{0..32}! | Teeth with new caries",
        "perio_change:bool! | Change of the gums?",
        "xerostomia:int{0..3}! | Dry mouth (grade)",
        "mouth_opening:int[mm]{0..80}! | Mouth opening",
        "exposed_bone:bool! | Exposed bone?",
        "pain_or_fistula:bool! | Jaw pain or fistula?",
        "mucosal_lesion:bool! | Mucosal lesion?",
        "extraction_needed:bool! | Does a tooth have to come out?",
        "teeth:teeth",
        "diet_ons:bool | Takes nutritional supplements",
        "photo:file",
    ],
    "phone": [
        "reached:bool! | Did you reach the patient or carer?",
        "concern:text | What is wrong in the mouth?",
        "barriers:text | What makes it hard to come?",
    ],
    "exodone": [
        "what:enum(extraction|root_canal|crown_amputation|monitor)! | What was done",
        "date:date | Date",
        "healed_at_8_weeks:bool | Healed at 8 weeks",
        "exposed_bone:bool! | Exposed bone?",
    ],
    "exo_override": [
        "reason:text! | Why can the tooth not wait for advice?",
        "agreed_with:string! | Second clinician who agrees",
    ],
    "orn": [
        "stage:enum(ClinRad_0|ClinRad_1|ClinRad_2|ClinRad_3)! | ClinRad stage",
        "exposed_bone_mm:int{0..100} | Exposed bone (mm)",
        "fracture_or_fistula:bool! | Fracture or fistula?",
        "imaging:ref(DiagnosticReport)! | Imaging report",
        "recurrence_excluded:bool! | Recurrence excluded?",
        "plan:multi(monitor|medical|debridement|resection|hbo_trial|refer_tertiary)!",
    ],
    "lifelong": ["gdp_takes_lifelong:bool! | Do you look after this mouth for good?", "note:text"],
}

data_classes = {
    "*": "dental",
    **dict.fromkeys(("weight", "intake", "weight_plan", "diet_ons"), "nutrition"),
    **dict.fromkeys(("neutrophils", "platelets"), "labs"),
    **dict.fromkeys(("exposed_bone", "pain_or_fistula", "mucosal_lesion", "stage", "warning_card_given"), "risk_flags"),
    **dict.fromkeys(("attended", "reached", "barriers"), "appointment"),
    **dict.fromkeys(("accepts", "gdp_takes_lifelong"), "status"),
    **{f"tier1.{name}": "treatment_plan" for name in ("action", "note")},
    **{f"exo_override.{name}": "dental_plan" for name in ("reason", "agreed_with")},
    **{
        f"post_plan.{name}": "dental_plan"
        for name in ("recall_months", "fluoride_5000ppm", "tray", "ccp_acp", "saliva_substitute", "jaw_exercise_plan")
    },
    "no_extraction_without_mdt": "risk_flags",
    "gdp_named": "contact",
    "tier2.action": "swallow",
    "imaging": "imaging_head_neck",
}
