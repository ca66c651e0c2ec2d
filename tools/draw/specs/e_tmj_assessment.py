"""Jaw joint: screening, red flags, self-management first, then joint, bite and ear seen together and one plan."""

from diagram import Diagram
from handlers import KEY, appointment_missed, consent_withdrawn, patient_declined, patient_died, red_flag_raised

diagram = d = Diagram(
    "tmj_assessment",
    "Jaw joint assessment",
    version_tag="1.0.0",
    doc="Pain of jaw or ear: 3Q/TMD screen and red flags, supported self-management first, then joint (oral surgery), "
    "bite (restorative dentistry) and ear (ENT) assessed side by side, one plan with one owner. "
    "Demo template: needs local clinical sign-off before use.",
)

d.lane("imaging", "Imaging")
d.lane("ent", "ENT")
d.lane("surgery", "Oral surgery")
d.lane("dental", "Dental")
d.lane("engine", "Engine")

RAISED = '["urgent_suspected_cancer", "stat"]'
PRIORITY = f'=if list contains({RAISED}, priority) then priority else "routine"'
PERSON = {name: f"={name}" for name in ("patient_id", "patient", "requester", "conditions", "medications", "allergies")}
PAIN = '="Jaw pain: " + string(pain_nrs) + " of 10, mouth opening " + string(mouth_opening) + " mm"'
REFRACTORY = "weeks_in_care >= get or else(settings.refractory_weeks, 24)"
TRISMUS = "mouth_opening < get or else(settings.mouth_opening_min, 35)"
CHANGES = {
    "pain_change_nrs": "=pain_nrs - pain_first",
    "opening_change": "=mouth_opening - opening_first",
}


def own(name: str, usual: str) -> str:
    """FEEL: this site's value of a time, else the usual one."""
    return f'get or else(settings.{name}, "{usual}")'


def keep(*names: str) -> dict[str, str]:
    """Output mappings that keep form fields under their own names."""
    return {name: f"={name}" for name in names}


def task(node: str, name: str, at: object, role: str, due: str, text: str, **more: object) -> None:
    """A user task with the form of its id."""
    times = {"expectedDuration": f"={own(node, due)}", "calendar": "working"}
    given = {"escalation": more.pop("ladder", "LAD-ROUTINE"), **times, "patientText": text}
    d.user(
        node,
        name,
        at,
        groups=role,
        priority=more.pop("priority", 25),
        form=f"tmj_assessment.{node}",
        properties=given,
        **more,
    )


def referral(suffix: str, service: str, question: str, back: str, **more: str) -> dict[str, str]:
    """What a closed-loop referral of this case is given."""
    return {
        "referral_id": f'=referral_id + "-{suffix}"',
        "service": f'="{service}"',
        "reason": PAIN,
        "clinical_question": f'="{question}"',
        "priority": PRIORITY,
        "sla_triage": f"={own('sla_triage', 'P5D')}",
        "sla_first_contact": f"={own('sla_first_contact', 'P42D')}",
        "sla_report": f"={own('sla_report', 'P5D')}",
        "return_at": f'="{back}"',
        **PERSON,
        **more,
    }


def page(node: str, name: str, at: object, tell: str, text: str) -> None:
    """Tell people to act today."""
    headers = {"tell": tell, "level": "critical", "text": text}
    d.service(node, name, at, type="notify", headers=headers, outputs={"told_at": "=string(now())"})


# Screening
d.start(
    "s0",
    "Jaw or ear pain referral",
    ("dental", 0, 1),
    message="referral.requested",
    key=KEY,
    outputs={
        "referral_received_at": "=if referral_received_at = null then string(now()) else referral_received_at",
        "priority": '=if priority = null then "routine" else priority',
        "missed_count": "=0",
        "new_red_flag": "=false",
        "mri_used": "=false",
        "days_to_joint_plan": "=null",
    },
)
d.rule(
    "site_settings",
    "This site's times and limits",
    ("engine", 0, 1),
    decision="tmj_settings",
    result="found",
    outputs={"settings": "=context(found)"},
)
task(
    "screen",
    "Screen (3Q/TMD) and red flags",
    ("dental", 1, 1),
    "gdp",
    "P5D",
    "Your dentist asks about your jaw and measures how far you can open your mouth.",
    outputs={
        **keep("q_pain_weekly", "q_pain_on_function", "q_locking", "mouth_opening", "deviation", "pain_nrs"),
        **keep("onset_date", "red_flags", "inflammatory_joint_disease", "dislocation_now", "dislocation_recurrent"),
        **keep("diet_normal", "mood_phq4", "otalgia_main", "splint_tried"),
        "tmd_screen": "=count([q_pain_weekly, q_pain_on_function, q_locking][item = true])",
        "red_flag": '=count(red_flags[item != "none"]) > 0',
        "pain_first": "=pain_nrs",
        "opening_first": "=mouth_opening",
    },
)
d.rule("rule", "Route", ("engine", 2, 1), decision="tmj_route", result="route")
d.xor("today", "Urgent?", ("engine", 3, 1))
page(
    "emerg",
    "Acute dislocation or septic joint: same-day",
    ("engine", 4, 2),
    "referrer,gdp,oral_surgeon,clinical_lead",
    "Acute dislocation or signs of a septic joint: same-day emergency treatment. Call the on-call oral surgeon now.",
)
page(
    "gca",
    "Suspected giant cell arteritis: same-day medical call",
    ("engine", 4, 3),
    "referrer,gdp,medical_physician,clinical_lead",
    "Suspected giant cell arteritis, sight is at risk: call the on-call physician today.",
)
d.end("end_emerg", "Emergency", ("engine", 5, 2), outputs={"outcome": '="emergency"'}, terminate=True)
d.call(
    "cancer",
    "Suspected cancer pathway",
    ("engine", 4, 4),
    process="ent_imaging_oncology",
    inputs={
        "referral_id": '=referral_id + "-CANCER"',
        "service": '="head_and_neck_clinic"',
        "reason": '="Red flag in jaw joint assessment: " + replace(string join(red_flags, ", "), "_", " ")',
        "clinical_question": '="Is this a head and neck cancer?"',
        "priority": '="urgent_suspected_cancer"',
        **PERSON,
    },
)
d.end("end_redirect", "Other pathway", ("engine", 5, 4), outputs={"outcome": '="redirected"'})
d.xor("care", "Jaw joint disorder?", ("engine", 6, 1))
d.xor("level", "Self-management first?", ("engine", 7, 1))
d.call(
    "notmd",
    "ENT ear assessment",
    ("ent", 6),
    process="closed_loop_referral",
    inputs=referral(
        "EAR", "ear_nose_and_throat", "Ear or other cause of the pain? No jaw joint disorder found.", "closed"
    ),
    outputs={"loop_outcome": "=loop_outcome", "ear_report": "=report"},
)

# Self-management
task(
    "conserv",
    "Supported self-management",
    ("dental", 8, 1),
    "gdp",
    "P5D",
    "Your dentist shows you exercises and what helps your jaw to recover.",
)
d.catch(
    "w6",
    "6-week review",
    ("engine", 9),
    timer=f"duration: ={own('conservative_review', 'P42D')}",
)
task(
    "rev",
    "Review",
    ("dental", 10, 1),
    "gdp",
    "P7D",
    "Your dentist looks at how your jaw is doing.",
    outputs={**keep("pain_nrs", "mouth_opening", "improved", "new_red_flag", "weeks_in_care"), **CHANGES},
)
d.xor("flag_seen", "New red flag?", ("dental", 11, 1))
d.xor("reviewed", "How is it?", ("dental", 12, 1))
task(
    "flags",
    "Name the new red flag",
    ("dental", 5, 2),
    "gdp",
    "PT4H",
    "Your dentist has noticed something new and looks into it at once.",
    ladder="LAD-RED",
    priority=100,
    outputs={**keep("red_flags", "dislocation_now"), "red_flag": "=true"},
)

# Joint, bite and ear side by side
d.xor("early_m", "", ("engine", 13, 1))
d.parallel("early", "Joint assessment in parallel", ("engine", 14, 1))
d.call(
    "os",
    "Oral surgery / OMFS joint examination (DC/TMD)",
    ("surgery", 15),
    process="closed_loop_referral",
    inputs=referral("OMFS", "oral_surgery", "Which disorder of the jaw joint (DC/TMD)?", "seen"),
    outputs={
        "loop_outcome": "=loop_outcome",
    },
)
d.xor("os_seen", "Seen?", ("surgery", 16))
task(
    "jointx",
    "Joint findings",
    ("surgery", 17),
    "oral_surgeon",
    "P5D",
    "The surgeon examines your jaw joint.",
)
d.xor("img", "Imaging needed?", ("engine", 18, 2))
d.call(
    "mri",
    "MRI TMJ (disc) or CBCT (bone)",
    ("imaging", 19),
    process="imaging_order",
    multi={
        "collection": '=concatenate(if mri_needed then ["MRI_TMJ"] else [], if cbct_needed then ["CBCT"] else [])',
        "element": "modality",
        "output_collection": "joint_images",
        "output_element": "={modality: modality, report: report, category: category}",
    },
    inputs={
        "order_id": '=referral_id + "-" + modality',
        "referral_id": KEY,
        "modality": "=modality",
        "priority": PRIORITY,
        "reason": PAIN,
        "clinical_question": '=if modality = "CBCT" then "Bone of the joint: erosion, fracture, tumour?" '
        'else "Disc position, effusion, soft tissue?"',
        "requester_role": '="oral_surgeon"',
        **PERSON,
    },
    outputs={"mri_used": '=mri_used or count(joint_images[item.modality = "MRI_TMJ"]) > 0'},
)
d.xor("os_m", "", ("engine", 20, 2))
task(
    "bite",
    "Bite / occlusion and tooth wear assessment",
    ("dental", 17, 1),
    "restorative_dentist",
    "P28D",
    "A specialist dentist looks at your bite and your teeth.",
)
d.xor("ear_asked", "Ear pain the main complaint?", ("ent", 15))
task(
    "ear",
    "Ear and nasopharynx check if otalgia is main complaint (else skip)",
    ("ent", 16),
    "ent_surgeon",
    "P42D",
    "An ENT doctor looks at your ear and the back of your nose.",
)
d.xor("ear_m", "", ("ent", 17))
d.parallel("jj", "Findings complete", ("engine", 21, 1))
d.call(
    "conf",
    "Joint plan (async conference)",
    ("engine", 22, 1),
    process="case_conference",
    inputs={
        "referral_id": KEY,
        "question": '=if loop_outcome = "seen" then "Jaw joint: one plan from joint, bite and ear findings?" '
        'else "Jaw joint: the patient was not seen in oral surgery. How does care go on?"',
        "required_roles": '=["oral_surgeon", "restorative_dentist"]',
        "mode": '="async_24h"',
        "decide_by": f"=string(now() + duration({own('conference', 'P5D')}))",
    },
    outputs={"conference_decision": "=decision", "conference_plan": "=plan"},
)
task(
    "unified",
    "Unified treatment plan with one owner",
    ("surgery", 23),
    "oral_surgeon",
    "P5D",
    "Your specialists write one plan with you, and one of them is responsible for it.",
    outputs={
        **keep("steps", "owner", "review_weeks", "patient_agrees"),
        "days_to_joint_plan": "=if days_to_joint_plan != null then days_to_joint_plan "
        "else (today() - date(date and time(referral_received_at))).days",
    },
)
d.catch("w3m", "Plan review", ("engine", 24, 1), timer='duration: ="P" + string(review_weeks * 7) + "D"')
task(
    "rev2",
    "Outcome review",
    ("surgery", 25),
    "oral_surgeon",
    "P14D",
    "Your surgeon looks at whether the plan has helped.",
    outputs={**keep("pain_nrs", "mouth_opening", "jfls8", "success"), **CHANGES},
)
d.xor("helped", "Success?", ("engine", 26, 1))
d.end("end_ok", "Improved; all told", ("engine", 27, 1), outputs={"outcome": '="improved"'})

d.path("s0", "site_settings", "screen", "rule", "today")
d.flow("today", "emerg", when='=route = "emergency"', name="emergency", exit="bottom")
d.flow("today", "gca", when='=route = "giant_cell_arteritis"', name="giant cell arteritis", exit="bottom")
d.flow("today", "cancer", when='=route = "suspected_cancer"', name="suspected cancer", exit="bottom")
d.flow("today", "care", default=True, name="no")
d.path("emerg", "end_emerg")
d.path("gca", "end_emerg")
d.path("cancer", "end_redirect")
d.flow("care", "notmd", when='=route = "not_tmd"', name="no")
d.flow("care", "level", default=True, name="yes")
d.flow("level", "early_m", when='=route = "early_secondary"', name="no")
d.flow("level", "conserv", default=True, name="yes")
d.path("notmd", "end_redirect")
d.path("conserv", "w6", "rev", "flag_seen")
d.flow("flag_seen", "flags", when="=new_red_flag = true", name="yes", exit="bottom")
d.flow("flag_seen", "reviewed", default=True, name="no")
d.flow("reviewed", "end_ok", when='=improved = "yes"', name="better", exit="top")
d.flow(
    "reviewed",
    "early_m",
    when=f'=improved != "yes" and ({REFRACTORY} or improved = "worse" or {TRISMUS})',
    name="worse or not better",
)
d.flow("reviewed", "w6", default=True, name="go on")
d.path("flags", "rule")
d.path("early_m", "early", "os", "os_seen")
d.flow("early", "bite")
d.flow("early", "ear_asked")
d.flow("os_seen", "jointx", default=True, name="yes")
d.flow("os_seen", "os_m", when='=loop_outcome != "seen"', name="no")
d.path("jointx", "img")
d.flow("img", "mri", when="=mri_needed = true or cbct_needed = true", name="yes")
d.flow("img", "os_m", default=True, name="no")
d.flow("mri", "os_m")
d.path("os_m", "jj")
d.path("bite", "jj")
d.flow("ear_asked", "ear", default=True, name="yes")
d.flow("ear_asked", "ear_m", when="=otalgia_main = false", name="no", exit="bottom", enter="bottom")
d.path("ear", "ear_m", "jj", "conf", "unified", "w3m", "rev2", "helped")
d.flow("helped", "conf", when="=success = false", name="no")
d.flow("helped", "end_ok", default=True, name="yes")

appointment_missed(d, 0, "gdp,oral_surgeon")
patient_declined(d, 0)
red_flag_raised(d, 1)
consent_withdrawn(d, 1)
patient_died(d, 1)

PAIN_NOW = "pain_nrs:int{0..10}! | Pain now, 0 to 10"
OPENING = "mouth_opening:int[mm]{0..80}! | Mouth opening | Between the incisors"
RED_FLAGS = (
    "red_flags:multi(none|progressive_trismus|cranial_nerve_sign|neck_mass|weight_loss|epistaxis_or_anosmia"
    "|unilateral_hearing_loss|fever_swelling|history_of_head_neck_cancer|age_over_50_new_headache_jaw_claudication"
    "|occlusal_change)! | Red flags"
)
forms = {
    "screen": [
        "q_pain_weekly:bool! | Pain in temple, face, jaw or jaw joint once a week or more?",
        "q_pain_on_function:bool! | Pain once a week or more when opening or chewing?",
        "q_locking:bool! | Does the jaw lock or catch once a week or more?",
        OPENING,
        "deviation:enum(none|left|right)",
        PAIN_NOW,
        "onset_date:date! | Since when",
        RED_FLAGS,
        "inflammatory_joint_disease:bool! | Inflammatory joint disease?",
        "dislocation_now:bool! | Is the jaw dislocated now?",
        "dislocation_recurrent:bool! | Does the jaw dislocate again and again?",
        "diet_normal:bool! | Can the patient eat a normal diet?",
        "mood_phq4:int{0..12} | PHQ-4",
        "otalgia_main:bool! | Is ear pain the main complaint?",
        "splint_tried:bool! | Has a splint been tried?",
    ],
    "conserv": [
        "explained:bool! | Was the condition explained?",
        "exercises:bool! | Were exercises shown?",
        "analgesia:text!",
        "soft_diet:bool! | Soft diet advised?",
        "splint:enum(none|soft|hard)!",
        "physio:bool! | Physiotherapy arranged?",
        "goal:text! | What the patient wants to reach",
    ],
    "rev": [
        PAIN_NOW,
        OPENING,
        "improved:enum(yes|partly|no|worse)! | Better?",
        "new_red_flag:bool! | Is there a new red flag?",
        "weeks_in_care:int! | Weeks in care",
    ],
    "flags": [RED_FLAGS, "dislocation_now:bool! | Is the jaw dislocated now?"],
    "jointx": [
        "dc_tmd:coded(DC/TMD)! | Diagnosis (DC/TMD)",
        "locked:bool! | Is the joint locked?",
        "crepitus:bool! | Is there crepitus?",
        "mri_needed:bool! | MRI needed (disc)?",
        "cbct_needed:bool! | CBCT needed (bone)?",
    ],
    "bite": [
        "occlusal_change:bool! | Has the bite changed?",
        "bruxism:bool! | Is there bruxism?",
        "dental_cause:bool! | Is there a dental cause?",
        "splint_plan:text",
    ],
    "ear": [
        "otoscopy:enum(normal|abnormal)!",
        "nasopharynx:enum(normal|abnormal)!",
        "hearing:text",
    ],
    "unified": [
        "steps:multi(splint|physio|psychology|medication|arthrocentesis|arthroscopy|orthodontic|restorative|surgery"
        "|pain_clinic)! | Steps of the plan",
        "owner:ref(PractitionerRole)! | Who is responsible",
        "review_weeks:int{4..26}! | Review after (weeks)",
        "patient_agrees:bool! | Does the patient agree?",
    ],
    "rev2": [
        PAIN_NOW,
        OPENING,
        "jfls8:decimal{0..10} | Jaw function (JFLS-8)",
        "success:bool! | Has the plan helped enough?",
    ],
}

data_classes = {
    **dict.fromkeys(("deviation", "mouth_opening", "dislocation_recurrent", "diet_normal", "splint_tried"), "dental"),
    **dict.fromkeys(("occlusal_change", "bruxism", "dental_cause", "splint_plan", "splint", "locked"), "dental"),
    **dict.fromkeys(("crepitus", "dc_tmd", "q_locking", "q_pain_on_function", "q_pain_weekly", "jfls8"), "dental"),
    **dict.fromkeys(("red_flags", "dislocation_now", "inflammatory_joint_disease", "new_red_flag"), "risk_flags"),
    **dict.fromkeys(("steps", "owner", "review_weeks", "physio", "soft_diet", "exercises", "goal"), "treatment_plan"),
    **dict.fromkeys(("mri_needed", "cbct_needed"), "order"),
    "analgesia": "meds",
    "otoscopy": "airway",
    "nasopharynx": "airway",
}


def has(*flags: str) -> str:
    """Whether the list of red flags names one of these."""
    return " or ".join(f'list contains(?, "{flag}")' for flag in flags)


def row(column: int, test: str, route: str, source: str) -> list[str]:
    """One rule that looks at one input."""
    return ["-"] * column + [test] + ["-"] * (7 - column) + [f'"{route}"', source]


decisions = {
    "tmj_route": {
        "name": "Route of jaw or ear pain",
        "hit": "FIRST",
        "inputs": {
            "Dislocated now": "dislocation_now",
            "Red flags": "red_flags",
            "New red flag at review": "new_red_flag",
            "Inflammatory joint disease": "inflammatory_joint_disease",
            "Recurrent dislocation": "dislocation_recurrent",
            "Mouth opening (mm)": "mouth_opening",
            "Normal diet": "diet_normal",
            "3Q/TMD: answers with yes": "count([q_pain_weekly, q_pain_on_function, q_locking][item = true])",
        },
        "outputs": {"route": "string"},
        "annotations": ["Source"],
        "rules": [
            row(0, "true", "emergency", "[M] confirm locally"),
            row(1, has("fever_swelling"), "emergency", "[M] confirm locally"),
            row(1, has("age_over_50_new_headache_jaw_claudication"), "giant_cell_arteritis", "[M] confirm locally"),
            row(
                1,
                has("neck_mass", "cranial_nerve_sign", "epistaxis_or_anosmia", "progressive_trismus"),
                "suspected_cancer",
                "[R] SRC-TRISMUS for trismus, else [M]",
            ),
            row(1, has("history_of_head_neck_cancer"), "suspected_cancer", "[M] confirm locally"),
            row(2, "true", "suspected_cancer", "[D] a new red flag never leads back to self-management"),
            row(3, "true", "early_secondary", "[R] SRC-TMD-R"),
            row(4, "true", "early_secondary", "[R] SRC-TMD-R"),
            row(5, "< 35", "early_secondary", "[R] SRC-TRISMUS"),
            row(6, "false", "early_secondary", "[R] SRC-TMD-R"),
            row(7, ">= 1", "conservative", "[R] SRC-TMD-R"),
            row(0, "-", "not_tmd", ""),
        ],
    },
    "tmj_settings": {
        "name": "This site's times and limits",
        "hit": "COLLECT",
        "inputs": {},
        "outputs": {"key": "string", "value": "Any"},
        "annotations": ["What", "Source"],
        "rules": [
            [f'"{key}"', value if value.isdigit() else f'"{value}"', what, source]
            for key, value, what, source in (
                ("screen", "P5D", "Screen: working time", "[D]"),
                ("flags", "PT4H", "Name the new red flag: working time", "[D]"),
                ("conserv", "P5D", "Self-management shown: working time", "[D]"),
                ("conservative_review", "P42D", "From self-management, or a review, to the next review", "[D]"),
                ("rev", "P7D", "Review: working time", "[D]"),
                ("refractory_weeks", "24", "Weeks in care after which specialists see the patient", "[R] SRC-TMD-R"),
                (
                    "mouth_opening_min",
                    "35",
                    "Mouth opening in mm below which specialists see the patient",
                    "[R] SRC-TRISMUS",
                ),
                ("sla_triage", "P5D", "Referrals: triage", "[D]"),
                ("sla_first_contact", "P42D", "Referrals: first contact", "[D]"),
                ("sla_report", "P5D", "Referrals: report", "[D]"),
                ("jointx", "P5D", "Joint findings: working time", "[D]"),
                ("bite", "P28D", "Bite assessment: working time", "[D]"),
                ("ear", "P42D", "Ear check: working time", "[D]"),
                ("conference", "P5D", "Conference decides within", "[D]"),
                ("unified", "P5D", "Unified plan: working time", "[D]"),
                ("rev2", "P14D", "Outcome review: working time", "[D]"),
            )
        ],
    },
}
