"""Surveillance after treatment: clinics by a table for five years, PET-CT at twelve weeks, nobody lost."""

import handlers
from diagram import Diagram

diagram = d = Diagram(
    "surveillance_imaging",
    "Surveillance after treatment",
    version_tag="1.0.0",
    doc="Clinic visits by a guideline's table and PET-CT at twelve weeks after treatment of head and neck cancer, for "
    "at least five years; a suspicion re-enters the diagnostic pathway. Demo template: needs local clinical sign-off "
    "before use.",
)

d.lane("oncology", "Oncology")
d.lane("ent", "ENT")
d.lane("imaging", "Imaging")
d.lane("dental", "Hospital dentistry")
d.lane("patient", "Patient")
d.lane("admin", "Coordination")
d.lane("engine", "Engine")

KEY, OF_PATIENT = "=referral_id", "=patient_id"
SYSTEM = {"escalation": "LAD-URGENT", "expectedDuration": "PT4H"}
CLINIC = 'date and time(next_clinic_date + "T00:00:00Z")'
PET = 'date and time(pet_due + "T00:00:00Z")'
DATES = (
    "=sort(flatten(for p in phases return for n in 0..(p.times - 1) return"
    ' string(date(treatment_end) + duration(p.first) + duration("P" + string(n * p.every) + "M"))),'
    " function(a, b) a < b)"
)
FIRST_DATE = (
    "={passed: clinic_dates[date(item) <= today()], at: if count(passed) > 0 then passed[-1] else clinic_dates[1]}.at"
)
NEXT_DATE = (
    '={asked: string(today() + duration("P" + string(next_interval_weeks * 7) + "D")),'
    ' planned: clinic_dates[date(item) > today() + duration("P21D")],'
    " at: if count(planned) > 0 then min(asked, planned[1]) else asked}.at"
)
YEARS = "={d: years and months duration(date(treatment_end), today()), y: d.years + d.months / 12}.y"
PERSON = {name: f"={name}" for name in ("patient_id", "patient", "requester", "conditions", "medications", "allergies")}


def set_by(key: str, default: str | int) -> str:
    """A time or threshold of the table `surveillance_times`; `default` where the table has no such row."""
    text = default if isinstance(default, int) else f'"{default}"'
    return f"(if times.{key} = null then {text} else times.{key})"


def pet_at(key: str, default: str) -> str:
    """A date so long after the end of treatment."""
    return f"string(date(treatment_end) + duration({set_by(key, default)}))"


def keep(*names: str) -> dict[str, str]:
    """Output mappings that keep form fields under their own names."""
    return {name: f"={name}" for name in names}


def task(node: str, name: str, at: object, role: str, due: str, text: str, ladder: str, **more: object) -> None:
    """A user task with the form of its id: who, by when, what the patient reads meanwhile."""
    properties = {
        "escalation": ladder,
        "calendar": "working",
        "expectedDuration": "=" + set_by(node, due),
        "patientText": text,
    }
    given = {"groups": role, "priority": 50, "form": f"surveillance_imaging.{node}", "properties": properties}
    d.user(node, name, at, **{**given, **more})


def tell(node: str, name: str, at: object, roles: str, level: str, text: str, **more: object) -> None:
    """Tell roles something, without a task."""
    headers = {"tell": roles, "level": level, "text": text}
    given = {"outputs": {"told_at": "=string(now())"}, **more}
    d.service(node, name, at, type="notify", headers=headers, properties=SYSTEM, **given)


# The plan
d.start(
    "s0",
    "Treatment completed",
    ("oncology", 0),
    message="treatment.completed",
    key=KEY,
    outputs={
        "treatment_end": "=if end_date = null then string(today()) else substring(string(end_date), 1, 10)",
        "modality": '=if modality != null then modality else if treatment = "chemoradiotherapy" then "crt"'
        ' else if treatment = "surgery" then "surgery" else if treatment = "radiotherapy" then "rt" else "mixed"',
        "visit_no": "=0",
        "visits_missed": "=0",
        "noshow_count": "=0",
        "pets": "=0",
        "suspicions": "=0",
        "years_since_end": "=0",
        "recurrence": "=false",
        "lost_to_follow_up": "=false",
        **dict.fromkeys(("pet_due", "recurrence_date", "recurrence_detected_by"), "=null"),
    },
)
d.rule(
    "times_read",
    "Times and thresholds of this site",
    ("engine", 1),
    decision="surveillance_times",
    result="times",
    outputs={"times": "=context(times)"},
)
task(
    "plan",
    "Choose schedule and risk",
    ("ent", 2),
    "ent_surgeon",
    "P14D",
    "Your surgeon plans your check-ups.",
    "LAD-URGENT",
    priority=25,
)
d.rule("phases", "Phases of the schedule", ("engine", 3), decision="clinic_phases", result="phases")
d.service(
    "series",
    "Expand the series; publish all future dates to patient and clinics; rotate clinics",
    ("engine", 4),
    type="notify",
    headers={"tell": "patient,ent_surgeon,clinical_oncologist,key_worker", "level": "information"},
    inputs={
        "dates": DATES,
        "text": '="Check-ups after treatment are planned for: " + string join(dates, ", ") + "."',
    },
    outputs={
        "clinic_dates": DATES,
        "next_clinic_date": FIRST_DATE,
        "pet_due": f'=if list contains(imaging_plan, "PET_12w") then {pet_at("pet", "P84D")} else null',
        "pet_from": f"={pet_at('pet_from', 'P77D')}",
        "pet_until": f"={pet_at('pet_until', 'P91D')}",
        "imaging_dates": '=concatenate(if list contains(imaging_plan, "baseline_3m")'
        ' then [string(date(treatment_end) + duration("P3M"))] else [],'
        ' if list contains(imaging_plan, "annual_ct_chest")'
        ' then for n in 1..5 return string(date(treatment_end) + duration("P" + string(n) + "Y")) else [])',
    },
    properties=SYSTEM,
)
d.service(
    "teams",
    "Plan to dental team, GP and GDP",
    ("dental", 4),
    type="notify",
    headers={"tell": "restorative_dentist,gdp,medical_physician,coordinator", "level": "information"},
    inputs={
        "text": '="Check-ups after treatment are planned for: " + string join(clinic_dates, ", ")'
        ' + (if count(imaging_dates) = 0 then "." else "; imaging: " + string join(imaging_dates, ", ") + ".")'
    },
    outputs={"told_at": "=string(now())"},
    properties=SYSTEM,
)

# What comes next
d.xor("back", "", ("engine", 5))
d.event_gateway("pick", "Next thing", ("engine", 6))
d.catch(
    "pet_time",
    "PET-CT due, if planned",
    ("imaging", 6),
    timer=f'date: =if pet_due = null then string({CLINIC} + duration("P1D")) else string({PET})',
    properties={"dueAnchor": "pet_due"},
)
d.catch(
    "clinic_time",
    "Clinic date",
    ("engine", 7),
    timer=f"date: =string({CLINIC})",
    properties={"dueAnchor": "next_clinic_date"},
)
d.catch(
    "felt",
    "Symptom reported",
    ("engine", 6, 1),
    message="patient.reported_symptom",
    key=OF_PATIENT,
    outputs={"reported_symptom": "=symptom", "reported_severity": "=severity"},
)

# PET-CT at twelve weeks
d.xor("pet_real", "PET-CT planned?", ("imaging", 7))
task(
    "duplicate",
    "Decide on possible duplicate",
    ("admin", 8),
    "coordinator,clinical_oncologist",
    "PT4H",
    "You had such a scan not long ago. We check whether you need another one.",
    "LAD-URGENT",
    outputs={"duplicate_decision": "=decision", "duplicate_reason": "=reason"},
)
d.xor("dup_answer", "Another PET-CT?", ("admin", 9))
d.call(
    "pet",
    "PET-CT at 12 weeks",
    ("imaging", 10),
    process="imaging_order",
    inputs={
        "order_id": '=referral_id + "-PET-" + string(pets + 1)',
        "referral_id": KEY,
        **PERSON,
        "modality": '="PET_CT"',
        "reason": '="Response to treatment of head and neck cancer"',
        "clinical_question": '="Complete response? Residual or new disease?"',
        "priority": '="urgent"',
        "requester_role": '="clinical_oncologist"',
        "needed_by": f"={pet_at('pet_until', 'P91D')}",
    },
    outputs={
        "pet_report": "=report",
        "pet_category": "=category",
        "pet_lost": "=lost",
        "pets": "=pets + 1",
        "last_pet_at": "=string(now())",
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P14D"},
)
task(
    "petrep",
    "PET response",
    ("oncology", 10),
    "clinical_oncologist",
    "P2D",
    "Your cancer doctor looks at your scan.",
    "LAD-RESULT",
    outputs={
        "response": "=response",
        "pet_plan": "=plan",
        "pet_due": f'=if plan = "repeat_pet_12w" then string(today() + duration({set_by("pet_again", "P84D")}))'
        " else null",
    },
)
d.xor("complete", "Complete response?", ("oncology", 11))
d.call(
    "mdt",
    "MDT for incomplete or equivocal response",
    ("engine", 12),
    width=170,
    process="case_conference",
    inputs={
        "referral_id": KEY,
        **PERSON,
        "question": '="PET-CT after treatment: " + response + " response. What next?"',
        "required_roles": '=["ent_surgeon", "clinical_oncologist", "radiologist"]',
        "mode": '="meeting"',
        "decide_by": f"=string(now() + duration({set_by('mdt', 'P14D')}))",
    },
    outputs={"mdt_decision": "=decision", "mdt_plan": "=plan"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "=" + set_by("mdt", "P14D")},
)

# Clinics
tell(
    "clinic_inv",
    "Invite and book (reminders T-14d, T-2d)",
    ("engine", 8),
    "patient,booking_office",
    "information",
    "Your next check-up is due: we book it within 14 days.",
    outputs={"planned_date": "=next_clinic_date"},
)
task(
    "clinic",
    "Surveillance visit",
    ("ent", 13),
    '=if alternating_clinics = true then ["ent_surgeon", "clinical_oncologist", "restorative_dentist"]'
    '[modulo(visit_no, 3) + 1] else "ent_surgeon"',
    "P14D",
    "You are seen in the clinic to make sure that all is well.",
    "LAD-URGENT",
    outputs={
        **keep("attended", "endoscopy", "neck", "symptoms", "weight", "swallow", "smoking", "suspicion", "tsh"),
        **keep("next_interval_weeks"),
        "visit_no": "=if attended = true then visit_no + 1 else visit_no",
        "visits_missed": "=if attended = true then visits_missed else visits_missed + 1",
        "noshow_count": "=if attended = true then 0 else noshow_count",
        "lost_to_follow_up": "=if attended = true then false else lost_to_follow_up",
        "detected_by": '="routine_visit"',
    },
    priority=25,
)
d.boundary("t_2", "T-2d", on="clinic", timer=f"duration: ={set_by('remind_2', 'P12D')}", interrupting=False)
tell(
    "remind_2",
    "Remind patient: 2 days left",
    ("patient", 14),
    "patient",
    "reminder",
    "Your check-up is within 2 days.",
)
d.end("reminded_2", "Told", ("patient", 15))
d.boundary(
    "overdue",
    "28 days",
    on="clinic",
    timer=f'date: =string(date and time(planned_date + "T00:00:00Z") + duration({set_by("overdue", "P28D")}))',
    interrupting=False,
    outputs={"lost_to_follow_up": "=true"},
)
tell(
    "tell_overdue",
    "Overdue follow-up: coordinator + clinical_lead (lost-to-follow-up guard)",
    ("admin", 14),
    "coordinator,clinical_lead",
    "breach",
    "A check-up after treatment is 28 days overdue: find the patient.",
)
d.end("overdue_told", "Told", ("admin", 15))
d.xor("seen", "Seen?", ("engine", 14))
d.call(
    "dna",
    "No-show: rebook <= 14 days; 2 in a row -> key worker outreach; never discharge in years 1-2",
    ("engine", 14, 2),
    width=260,
    process="no_show",
    inputs={"referral_id": KEY, **PERSON, "noshow_count": "=noshow_count", "priority": '="urgent"'},
    outputs={
        "noshow_count": "=noshow_count",
        "noshow_decision": "=noshow_decision",
        "next_clinic_date": f"={{latest: string(today() + duration({set_by('rebook', 'P14D')})),"
        " at: if new_slot = null then latest else min(latest, substring(string(new_slot), 1, 10))}.at",
    },
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P2D"},
)
d.xor("twice", "2 in a row?", ("engine", 13, 2))
tell(
    "tell_key_worker",
    "Tell key worker: reach out",
    ("engine", 12, 2),
    "key_worker",
    "breach",
    "Two check-ups in a row were missed: please reach out. The check-ups go on.",
)
d.service(
    "next",
    "Compute next date; continue-as-new; update survivorship plan",
    ("engine", 16),
    type="record.update",
    headers={"record": "careplan"},
    inputs={
        "outcome": '="Surveillance visit"',
        "report": "={visit: visit_no, suspicion: suspicion, swallow: swallow, tsh: tsh, smoking: smoking}",
    },
    outputs={
        "next_clinic_date": NEXT_DATE,
        "clinic_dates": "=concatenate([next_clinic_date], clinic_dates[item > next_clinic_date])",
        "years_since_end": YEARS,
    },
    properties=SYSTEM,
)
d.xor("done", "Year 5 reached?", ("engine", 17))
task(
    "discharge",
    "Discharge with open-access letter",
    ("ent", 17),
    "ent_surgeon",
    "P14D",
    "Your check-ups end. You learn how to come back at once when something is wrong.",
    "LAD-ROUTINE",
    priority=25,
)
d.end("end_ok", "Discharged at 5 years", ("engine", 18), outputs={"outcome": '="discharged"'})

# Symptoms and suspicion
task(
    "early",
    "Key worker triages patient-reported symptom",
    ("ent", 8),
    "key_worker",
    "PT24H",
    "Your key worker answers you about your symptom.",
    "LAD-RED",
    outputs={
        **keep("symptom", "action", "appointment"),
        "detected_by": '="patient_symptom"',
        "next_clinic_date": '=if action = "bring_forward" then (if appointment = null then string(today())'
        " else min(substring(string(appointment), 1, 10), next_clinic_date)) else next_clinic_date",
    },
)
d.xor("triaged", "Same day?", ("ent", 9))
d.call(
    "suspect",
    "Re-enter diagnostic pathway (priority urgent_suspected_cancer, keep history)",
    ("engine", 15, 1),
    width=220,
    process="ent_imaging_oncology",
    inputs={
        "referral_id": '=referral_id + "-REC-" + string(suspicions + 1)',
        **PERSON,
        "service": '="head_and_neck_clinic"',
        "reason": '="Suspected recurrence after treatment of head and neck cancer"',
        "clinical_question": '="Recurrence or second primary?"',
        "priority": '="urgent_suspected_cancer"',
        "kind": '="recurrence"',
    },
    outputs={
        "suspicions": "=suspicions + 1",
        "outcome": '=if started_at != null then "treated" else if ruled_out_at != null then "ruled_out" else "open"',
        "recurrence": "=started_at != null",
        "recurrence_date": "=if started_at = null then recurrence_date else diagnosis_at",
        "recurrence_detected_by": "=if started_at = null then recurrence_detected_by else detected_by",
    },
    properties={"escalation": "LAD-RED", "expectedDuration": "P62D"},
)
d.xor("recq", "Recurrence?", ("engine", 16, 1))
d.end(
    "end_rec",
    "Recurrence treated; new series starts",
    ("engine", 17, 1),
    outputs={"outcome": '="recurrence"'},
)

d.path("s0", "times_read", "plan", "phases", "series", "teams", "back", "pick")
d.path("pick", "pet_time", "pet_real")
d.path("pick", "clinic_time", "clinic_inv", "clinic", "seen")
d.path("pick", "felt", "early", "triaged")
RECENT = (
    f"pet_due != null and last_pet_at != null and today() < date(substring(string(last_pet_at), 1, 10))"
    f" + duration({set_by('pet_window', 'P42D')})"
)
d.flow("pet_real", "clinic_inv", when="=pet_due = null", name="no")
d.flow("pet_real", "duplicate", when=f"={RECENT}", name="recent")
d.flow("pet_real", "pet", default=True, name="yes")
d.path("duplicate", "dup_answer")
d.flow("dup_answer", "pet", when='=duplicate_decision = "proceed_clinical_reason"', name="yes")
d.flow("dup_answer", "petrep", default=True, name="no")
d.path("pet", "petrep", "complete")
d.flow(
    "complete",
    "mdt",
    when='=response = "incomplete" or response = "progression" or response = "equivocal"',
    name="no",
)
d.flow("complete", "back", default=True, name="yes")
d.path("mdt", "back")
d.path("t_2", "remind_2", "reminded_2")
d.path("overdue", "tell_overdue", "overdue_told")
d.flow("seen", "dna", when="=attended = false", name="not seen")
d.flow("seen", "suspect", when='=attended = true and suspicion != "none"', name="suspicion", exit="bottom")
d.flow("seen", "next", default=True, name="well")
d.path("dna", "twice")
d.flow("twice", "tell_key_worker", when=f"=noshow_count >= {set_by('missed_visits', 2)}", name="yes")
d.flow("twice", "back", default=True, name="no")
d.path("tell_key_worker", "back")
d.flow("triaged", "suspect", when='=action = "same_day"', name="yes")
d.flow("triaged", "back", default=True, name="no")
d.path("suspect", "recq")
d.flow("recq", "end_rec", when='=outcome = "treated"', name="treated")
d.flow("recq", "back", default=True, name="no")
d.path("next", "done")
d.flow(
    "done",
    "discharge",
    when=f'=years_since_end >= {set_by("years", 5)} and risk != "high"',
    name="yes",
)
d.flow("done", "back", default=True, name="no")
d.path("discharge", "end_ok")

# What may happen at any time
handlers.date_moved(
    d,
    0,
    {
        "treatment_end": "=if new_date = null then treatment_end else substring(string(new_date), 1, 10)",
        "clinic_dates": f"=if phases = null then clinic_dates else {DATES[1:]}",
        "pet_due": f"=if pet_due = null then null else {pet_at('pet', 'P84D')}",
        "pet_from": f"={pet_at('pet_from', 'P77D')}",
        "pet_until": f"={pet_at('pet_until', 'P91D')}",
        "next_clinic_date": "=if clinic_dates = null or visit_no > 0 then next_clinic_date else clinic_dates[1]",
    },
)
handlers.red_flag_raised(d, 0)
handlers.consent_withdrawn(d, 0)
handlers.patient_declined(d, 0)
handlers.patient_died(d, 0)

decisions = {
    "surveillance_times": {
        "name": "Times and thresholds of surveillance",
        "hit": "RULE ORDER",
        "inputs": {"Any site": "site"},
        "outputs": {"key": "string", "value": "Any"},
        "annotations": ["What it is"],
        "rules": [
            ["-", f'"{key}"', value if value.isdigit() else f'"{value}"', what]
            for key, value, what in (
                ("plan", "P14D", "Schedule and risk chosen, working time [D]"),
                ("pet", "P84D", "PET-CT after the end of treatment [R] SRC-PETNECK"),
                ("pet_from", "P77D", "Its window begins: 12 weeks - 7 days [D]"),
                ("pet_until", "P91D", "Its window ends: 12 weeks + 7 days [D]"),
                ("pet_again", "P84D", "A repeated PET-CT, after the response was read [D]"),
                ("pet_window", "P42D", "A PET-CT younger than this may be a duplicate [D]"),
                ("duplicate", "PT4H", "Decision on a possible duplicate, working time [D]"),
                ("petrep", "P2D", "PET response read, working time [D]"),
                ("mdt", "P14D", "Tumour board for an incomplete response [D]"),
                ("clinic", "P14D", "Visit after the invitation, working time [D]"),
                ("remind_2", "P12D", "Reminder, after the invitation [D]"),
                ("overdue", "P28D", "Overdue after the planned date [D]"),
                ("rebook", "P14D", "Latest date after a no-show [D]"),
                ("missed_visits", "2", "Missed in a row after which the key worker is told [D]"),
                ("early", "PT24H", "Reported symptom triaged, working time [D]"),
                ("discharge", "P14D", "Open-access letter, working time [D]"),
                ("years", "5", "Years of surveillance at least [R] SRC-UKMDG-FU, SRC-SCOT-FU"),
            )
        ],
    },
    "clinic_phases": {
        "name": "Phases of the schedule",
        "hit": "RULE ORDER",
        "inputs": {"Schedule": "schedule", "Risk": "risk"},
        "outputs": {"first": "string", "every": "number", "times": "number"},
        "annotations": ["Source; `every` in months"],
        "rules": [
            ['"uk_mdg_2016"', "-", '"P2M"', "2", "12", "years 1-2: every 2 months [R] SRC-UKMDG-FU"],
            ['"scotland_cmp"', "-", '"P42D"', "1", "1", "first review by week 6 [R] SRC-SCOT-FU"],
            ['"scotland_cmp"', '"high"', '"P4M"', "2", "11", "years 1-2: 2 monthly [R] SRC-SCOT-FU; choice [D]"],
            ['"scotland_cmp"', 'not("high")', '"P3M"', "3", "8", "years 1-2: 3 monthly [R] SRC-SCOT-FU; choice [D]"],
            ['not("custom")', '"high"', '"P27M"', "3", "12", "years 3-5: 3 to 6 months [R]; choice [D]"],
            ['not("custom")', '"standard"', '"P28M"', "4", "9", "years 3-5: 3 to 6 months [R]; choice [D]"],
            ['not("custom")', '"low"', '"P30M"', "6", "6", "years 3-5: 3 to 6 months [R]; choice [D]"],
            ['"custom"', "-", '"P42D"', "1", "1", "first review; then the interval of each visit [D]"],
        ],
    },
}

forms = {
    "plan": [
        "schedule:enum(uk_mdg_2016|scotland_cmp|custom)!",
        "risk:enum(low|standard|high)! | Risk of recurrence",
        "imaging_plan:multi(PET_12w|baseline_3m|annual_ct_chest|none)! | Imaging",
        "patient_led:bool | Patient-led between visits",
        "alternating_clinics:bool | Alternating clinics | Visits rotate between ENT, oncology and dental team",
    ],
    "duplicate": ["decision:enum(use_existing|merge|proceed_clinical_reason)!", "reason:text | Why?"],
    "petrep": [
        "response:enum(complete|equivocal|incomplete|progression)!",
        "plan:enum(continue|repeat_pet_12w|neck_dissection_mdt|biopsy)!",
    ],
    "clinic": [
        "attended:bool! | Did the patient come?",
        "endoscopy:enum(normal|abnormal|not_done)!",
        "neck:enum(normal|abnormal)!",
        "symptoms:text!",
        "weight:decimal[kg]{20..250}",
        "swallow:enum(normal|modified|tube) | Swallowing",
        "smoking:enum(no|yes)!",
        "suspicion:enum(none|low|high)! | Suspicion of recurrence",
        "tsh:decimal[mIU/L] | TSH | Every 6 to 12 months after radiotherapy of the neck",
        "next_interval_weeks:int{4..52}! | Next visit in (weeks)",
    ],
    "early": [
        "symptom:string!",
        "action:enum(reassure|bring_forward|same_day)! | What is done",
        "appointment:datetime",
    ],
    "discharge": [
        "summary:text!",
        "late_effects:multi! | Late effects | One per line.",
        "red_flag_advice:bool! | Does the patient know what to watch for?",
        "gp_gdp_informed:bool! | GP and GDP informed?",
    ],
}

data_classes = {
    "imaging_plan": "order",
    "weight": "nutrition",
    "swallow": "swallow",
    "tsh": "labs",
    "smoking": "risk_flags",
    "suspicion": "risk_flags",
    "response": "imaging_head_neck",
    "attended": "appointment",
    "appointment": "appointment",
    "next_interval_weeks": "plan",
    "schedule": "plan",
    "alternating_clinics": "plan",
    "patient_led": "plan",
    "duplicate.decision": "order",
    "duplicate.reason": "order",
    "petrep.plan": "treatment_plan",
}
