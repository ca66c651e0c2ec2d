"""A child breathes through the mouth: spray first, then ENT and orthodontics together, one plan, a year's view."""

from diagram import Diagram
from handlers import KEY, appointment_missed, consent_withdrawn, date_moved, patient_died, red_flag_raised

diagram = d = Diagram(
    "paediatric_mouth_breathing",
    "Paediatric mouth breathing",
    version_tag="1.0.0",
    doc="Chronic mouth breathing of a child: urgency, intranasal steroid trial, ENT and orthodontic assessment side by "
    "side, sleep study, one plan with the guardian, surgery or expansion, reassessment after a year. "
    "Demo template: needs local clinical sign-off before use.",
)

d.lane("family", "Family")
d.lane("primary", "Primary care")
d.lane("sleep", "Sleep and paediatrics")
d.lane("ent", "ENT")
d.lane("ortho", "Orthodontics")
d.lane("engine", "Engine")

RAISED = '["urgent_suspected_cancer", "stat"]'
PRIORITY = f'=if list contains({RAISED}, priority) then priority else "routine"'
PERSON = {name: f"={name}" for name in ("patient_id", "patient", "requester", "conditions", "medications", "allergies")}
COMORBID = 'count(comorbidity[item != "none"]) > 0'
AGE = "years and months duration(date(dob), today())"
HIGH_RISK = (
    f"=({AGE}).years < get or else(settings.high_risk_age_years, 2)"
    f" or weight < get or else(settings.high_risk_weight_kg, 15) or {COMORBID}"
)
OF_AGE = '(date(dob) + duration(get or else(settings.age_of_own_consent, "P16Y")))'
DECIDES_FROM = f'string(date({OF_AGE}.year, {OF_AGE}.month, 1) + duration("P1M"))'
"""The first of the month after: a timer must not give the date of birth away."""
VISITS_MISSED = "missed_count + ent_noshows + ortho_noshows + sleep_noshows"


def own(name: str, usual: str) -> str:
    """FEEL: this site's value of a time, else the usual one."""
    return f'get or else(settings.{name}, "{usual}")'


def keep(*names: str) -> dict[str, str]:
    """Output mappings that keep form fields under their own names."""
    return {name: f"={name}" for name in names}


def task(node: str, name: str, at: object, role: str, due: str, text: str, **more: object) -> None:
    """A user task with the form of its id."""
    d.user(node, name, at, **who(node, role, due, text, **more))


def who(node: str, role: str, due: str, text: str, **more: object) -> dict[str, object]:
    """Who does a user task, by when, with which form, and what the family reads meanwhile."""
    calendar, ladder = more.pop("calendar", "working"), more.pop("ladder", "LAD-ROUTINE")
    times = {"expectedDuration": f"={own(node, due)}", "calendar": calendar}
    return {
        "groups": role,
        "priority": more.pop("priority", 25),
        "form": f"paediatric_mouth_breathing.{node}",
        "properties": {"escalation": ladder, **times, "patientText": text},
        **more,
    }


def referral(node: str, name: str, at: object, service: str, question: str, slas: str, **more: object) -> None:
    """A closed-loop referral of this case that comes back when the child was seen, or not."""
    triage, contact, report = slas.split()
    suffix, missed, way = more.pop("suffix"), more.pop("missed"), more.pop("way")
    d.call(
        node,
        name,
        at,
        process="closed_loop_referral",
        inputs={
            "referral_id": f'=referral_id + "-{suffix}"' + str(more.pop("round", "")),
            "service": f'="{service}"',
            "reason": '="Chronic mouth breathing for " + string(months_mouth_breathing) + " months"',
            "clinical_question": f'="{question}"',
            "priority": PRIORITY,
            "is_child": "=true",
            "sla_triage": f"={own(f'{way}_triage', triage)}",
            "sla_first_contact": f"={own(f'{way}_first_contact', contact)}",
            "sla_report": f"={own(f'{way}_report', report)}",
            "return_at": '="seen"',
            **PERSON,
        },
        outputs={
            f"{node}_outcome": "=loop_outcome",
            missed: f"={missed} + (if noshow_count = null then 0 else noshow_count)",
        },
        **more,
    )


def traced(node: str, column: int, order_id: str) -> None:
    """EXC-RESULT-LOST: a study without a result is traced while its reader's task stays open."""
    d.boundary(
        f"{node}_late",
        "No result",
        on=node,
        timer=f"duration: ={own('study_result_late', 'P28D')}",
        interrupting=False,
    )
    d.call(
        f"{node}_trace",
        "Trace the missing result" if node == "studyr" else "Trace the missing repeat result",
        ("sleep", column + 1, 1),
        process="result_overdue",
        inputs={"order_id": order_id, "referral_id": KEY, "patient_id": "=patient_id", "priority": PRIORITY},
        outputs={"study_found": "=found"},
        properties={"escalation": "LAD-URGENT", "expectedDuration": "P1D"},
    )
    d.end(f"{node}_traced", "Traced", ("sleep", column + 2, 1))
    d.path(f"{node}_late", f"{node}_trace", f"{node}_traced")


# Intake and medical trial
d.start(
    "s0",
    "Child with chronic mouth breathing",
    ("primary", 0),
    message="referral.requested",
    key=KEY,
    outputs={
        "referral_received_at": "=if referral_received_at = null then string(now()) else referral_received_at",
        "priority": '=if priority = null then "routine" else priority',
        **dict.fromkeys(("missed_count", "ent_noshows", "ortho_noshows", "sleep_noshows", "sleep_studies"), "=0"),
        **dict.fromkeys(("ahi_first", "ahi_change", "overjet_change", "overjet_first", "surgery_date"), "=null"),
        **dict.fromkeys(("nasal_breathing_at_12m", "severity", "decides_from", "overjet"), "=null"),
        "plan": "=[]",
    },
)
d.rule(
    "site_settings",
    "This site's times and limits",
    ("engine", 0, 1),
    decision="paed_settings",
    result="found",
    outputs={"settings": "=context(found)"},
)
task(
    "intake",
    "Intake with guardian",
    ("primary", 1),
    "referrer",
    "P5D",
    "Your doctor asks about breathing, sleep and growth, and about who decides for the child.",
    outputs={
        **keep("dob", "weight", "guardian", "guardian_authority", "consent_share", "child_assent"),
        **keep("months_mouth_breathing", "snoring_nights_week", "witnessed_apnoea", "cyanosis_or_fainting"),
        **keep("daytime_sleepy", "growth_faltering", "comorbidity", "allergy_rhinitis", "steroid_trial_weeks"),
        **keep("school_impact", "dental_arch_concern"),
        "age_years": f"=decimal(({AGE}).years + ({AGE}).months / 12, 1)",
        "decides_from": f"={DECIDES_FROM}",
        "osa_suspected": "=witnessed_apnoea or cyanosis_or_fainting",
        "risk_high": HIGH_RISK,
    },
)
d.service(
    "consent_on_record",
    "Put the guardian's word about sharing on record",
    ("engine", 2, 1),
    type="consent.record",
    inputs={"consent_given": '=if consent_share then "yes" else "no"', "given_by": "=guardian"},
    outputs={"consent": "=consent"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "PT1H"},
)
d.rule("rule", "Urgency", ("engine", 3, 1), decision="paed_rule", result="route")
d.xor("urgent", "How urgent?", ("engine", 4, 1))
d.service(
    "emerg",
    "Same-day paediatric assessment",
    ("engine", 4, 2),
    type="notify",
    outputs={"told_at": "=string(now())"},
    headers={
        "tell": "referrer,paediatrician,ent_surgeon,clinical_lead",
        "level": "critical",
        "text": "Cyanosis or fainting in a child with obstructed breathing: same-day assessment. Call the on-call "
        "paediatrician now.",
    },
)
d.end("end_emerg", "Emergency", ("engine", 5, 2), outputs={"outcome": '="emergency"'}, terminate=True)
task(
    "steroid",
    "Start intranasal steroid trial + video of sleep",
    ("primary", 5),
    "referrer",
    "P7D",
    "Your child starts a nose spray; please film a few minutes of sleep.",
    outputs={**keep("started", "product", "teach_technique", "video_asked")},
)
d.catch(
    "w8",
    "6-8 week trial",
    ("engine", 6),
    timer=f'date: =date and time(started + "T00:00:00Z") + duration({own("steroid_trial", "P56D")})',
)
task(
    "trial",
    "Guardian reports response (portal form)",
    ("family", 7),
    "carer",
    "P7D",
    "Please tell us how your child breathes and sleeps with the spray.",
    calendar="always",
    ladder="LAD-PATIENT",
    outputs={
        **keep("better", "worry", "video"),
        "snoring_after_trial": "=snoring_nights_week",
    },
)
d.xor("responded", "Better?", ("engine", 8))
d.end("end_better", "Better on medical treatment", ("engine", 9), outputs={"outcome": '="medical"'})

# ENT and orthodontics side by side
d.xor("both_m", "", ("engine", 8, 1))
d.parallel("both", "ENT and orthodontic assessment in parallel", ("engine", 9, 1))
referral(
    "entref",
    "Closed-loop ENT referral",
    ("ent", 10),
    "ear_nose_and_throat",
    "Adenoids, tonsils, nose: is surgery or a sleep study needed?",
    "P5D P126D P5D",
    suffix="ENT",
    missed="ent_noshows",
    way="ent",
)
d.xor("ent_seen", "Seen?", ("ent", 11))
task(
    "entx",
    "ENT examination",
    ("ent", 12),
    "ent_surgeon",
    "P5D",
    "The ENT doctor looks at nose, tonsils and adenoids.",
    inputs={"risk_high": "=risk_high"},
    outputs={
        **keep("tonsil_grade", "adenoid_pct", "septum", "turbinates", "sleep_study_needed", "surgery_indicated"),
        "risk_high": f"=risk_high = true or {HIGH_RISK[1:]}",
    },
)
d.xor("sleepq", "Sleep study?", ("engine", 13, 2))
referral(
    "study",
    "Sleep study (oximetry or polysomnography)",
    ("sleep", 14),
    "sleep_physiology",
    "Obstructive sleep apnoea, and how severe?",
    "P5D P42D P10D",
    suffix="SLEEP",
    missed="sleep_noshows",
    way="sleep",
    width=160,
)
d.xor("study_seen", "Done?", ("sleep", 15))
task(
    "studyr",
    "Sleep study result",
    ("sleep", 16),
    "sleep_physiologist",
    "P10D",
    "The sleep study is being read.",
    ladder="LAD-RESULT",
    outputs={
        **keep("ahi", "nadir_spo2", "severity"),
        "ahi_first": "=ahi",
        "risk_high": '=risk_high or severity = "severe"',
    },
)
d.xor("ent_m", "merge", ("engine", 17, 2))
referral(
    "orthoref",
    "Closed-loop orthodontic referral",
    ("ortho", 10),
    "orthodontics",
    "Bite, upper jaw and airway: is expansion an option?",
    "P10D P126D P10D",
    suffix="ORTHO",
    missed="ortho_noshows",
    way="ortho",
)
d.xor("ortho_seen", "Seen?", ("ortho", 11))
task(
    "orthox",
    "Orthodontic and airway assessment",
    ("ortho", 12),
    "orthodontist",
    "P10D",
    "The orthodontist looks at the bite and the upper jaw.",
    outputs={
        **keep("crossbite", "overjet", "open_bite", "narrow_maxilla", "dentition", "records", "rme_candidate"),
        "overjet_first": "=overjet",
    },
)
d.xor("ortho_m", "", ("ortho", 13))
d.parallel("j", "Findings in", ("engine", 18, 1))

# One plan
d.xor("conf_m", "", ("engine", 19, 1))
d.call(
    "conf",
    "ENT-orthodontic case conference with guardian view",
    ("engine", 20, 1),
    process="case_conference",
    inputs={
        "referral_id": KEY,
        "question": "=\"Mouth breathing: surgery, expansion or observation, in which order? The guardian's view is in "
        'the pack."',
        "required_roles": '=["ent_surgeon", "orthodontist"]',
        "mode": '="async_24h"',
        "decide_by": f"=string(now() + duration({own('conference', 'P14D')}))",
    },
    outputs={"conference_decision": "=decision", "conference_plan": "=plan"},
)
task(
    "plan",
    "One plan: order of surgery / expansion / observation",
    ("ent", 21),
    "ent_surgeon",
    "P7D",
    "Your specialists write one plan; you and your child are asked whether you agree.",
    inputs={"risk_high": "=risk_high"},
    outputs={**keep("plan", "order", "guardian_consent", "child_assent"), "plan_site": "=site"},
)
d.xor("site_safe", "High risk, no PICU?", ("ent", 22))
d.xor("consentq", "Guardian consents?", ("engine", 23, 1))
d.call(
    "declined",
    "Refusal (plus safeguarding check if severe OSA)",
    ("engine", 24, 2),
    width=180,
    process="informed_refusal",
    inputs={
        "referral_id": KEY,
        "patient_id": "=patient_id",
        "what": '="Plan: " + replace(string join(plan, ", "), "_", " ")',
    },
    outputs={"alternative_accepted": "=alternative_accepted", "refusal_review_on": "=review_on"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P2D"},
)
d.xor("severe", "Severe OSA?", ("engine", 25, 2))
task(
    "refusal_check",
    "Safeguarding check after refusal in severe OSA",
    ("sleep", 25),
    "paediatrician",
    "P2D",
    "A children's doctor talks with you about your decision.",
    ladder="LAD-URGENT",
    priority=50,
    outputs={"refusal_concern": "=concern", "refusal_action": "=action"},
)
d.end("end_declined", "Declined", ("engine", 26, 2), outputs={"outcome": '="declined"'})
d.xor("siteq", "Surgery in plan?", ("engine", 27, 1))
task(
    "surgery",
    "Adenotonsillectomy (PICU site if high risk)",
    ("ent", 28),
    "ent_surgeon",
    "P126D",
    "Your child has the operation.",
    calendar="always",
    outputs={"surgery_date": "=date", "surgery_site": "=site", "complication": "=complication"},
)
d.catch(
    "w3",
    "3 months",
    ("engine", 29),
    timer=f'date: =date and time(surgery_date + "T00:00:00Z") + duration({own("post_op_review", "P90D")})',
    properties={"dueAnchor": "surgery_date"},
)
task(
    "postop",
    "Post-op review",
    ("ent", 30),
    "ent_surgeon",
    "P14D",
    "The ENT doctor looks at how your child breathes after the operation.",
    outputs={
        **keep("nasal_breathing", "residual_snoring", "repeat_study"),
        "sleep_studies": "=if repeat_study then sleep_studies + 1 else sleep_studies",
    },
)
d.xor("reviewed", "What next?", ("engine", 31, 1))
referral(
    "study2",
    "Repeat sleep study",
    ("sleep", 32),
    "sleep_physiology",
    "Is there sleep apnoea after the operation?",
    "P5D P42D P10D",
    suffix="SLEEP-",
    round=" + string(sleep_studies + 1)",
    missed="sleep_noshows",
    way="sleep",
)
d.xor("study2_seen", "Done?", ("sleep", 33))
task(
    "study2r",
    "Repeat study result",
    ("sleep", 34),
    "sleep_physiologist",
    "P10D",
    "The second sleep study is being read.",
    ladder="LAD-RESULT",
    outputs={
        **keep("ahi", "severity"),
        "ahi_change": "=if ahi_first = null then null else ahi - ahi_first",
    },
)

# Expansion, a year's view
task(
    "ortho_tx",
    "Orthodontic phase",
    ("ortho", 32),
    "orthodontist",
    "P180D",
    "The orthodontist widens the upper jaw with an appliance.",
    calendar="always",
    outputs={"device": "=device", "ortho_start": "=start", "ortho_end": "=end", "expansion": "=expansion"},
)
d.xor("observe_m", "", ("engine", 33, 1))
d.catch(
    "observe",
    "12-month reassessment",
    ("engine", 34, 1),
    timer=f"duration: ={own('ortho_reassess', 'P365D')}",
)
task(
    "final",
    "Joint reassessment (occlusion and breathing)",
    ("ortho", 35),
    "orthodontist",
    "P28D",
    "Bite and breathing are looked at together, a year later.",
    outputs={
        **keep("overjet", "crossbite", "nasal_breathing", "further_need"),
        "overjet_change": "=if overjet_first = null then null else overjet - overjet_first",
        "nasal_breathing_at_12m": "=nasal_breathing",
    },
)
d.xor("finished", "Anything further?", ("engine", 36, 1))
d.end(
    "end_ok",
    "Done; GP, dentist, guardian told",
    ("engine", 37, 1),
    outputs={"outcome": '="completed"', "was_not_brought": f"={VISITS_MISSED}"},
)

traced("studyr", d.nodes["studyr"].column, '=referral_id + "-SLEEP"')
traced("study2r", d.nodes["study2r"].column, '=referral_id + "-SLEEP-" + string(sleep_studies + 1)')
d.path("s0", "site_settings", "intake", "consent_on_record", "rule", "urgent")
d.flow("urgent", "emerg", when='=route = "emergency"', name="emergency")
d.flow("urgent", "both_m", when='=route = "refer_now"', name="refer now")
d.flow("urgent", "steroid", default=True, name="trial first")
d.path("emerg", "end_emerg")
d.path("steroid", "w8", "trial", "responded")
d.flow("responded", "end_better", when='=better = "yes"', name="yes")
d.flow("responded", "both_m", default=True, name="no")
d.path("both_m", "both")
d.flow("both", "entref")
d.flow("both", "orthoref")
d.path("entref", "ent_seen")
d.flow("ent_seen", "entx", default=True, name="yes")
d.flow("ent_seen", "ent_m", when='=entref_outcome != "seen"', name="no")
d.path("entx", "sleepq")
d.flow("sleepq", "study", when="=sleep_study_needed = true", name="yes")
d.flow("sleepq", "ent_m", default=True, name="no")
d.path("study", "study_seen")
d.flow("study_seen", "studyr", default=True, name="yes")
d.flow("study_seen", "ent_m", when='=study_outcome != "seen"', name="no")
d.flow("studyr", "ent_m", exit="right")
d.path("ent_m", "j")
d.path("orthoref", "ortho_seen")
d.flow("ortho_seen", "orthox", default=True, name="yes")
d.flow("ortho_seen", "ortho_m", when='=orthoref_outcome != "seen"', name="no", exit="bottom", enter="bottom")
d.path("orthox", "ortho_m", "j", "conf_m", "conf", "plan", "site_safe")
d.flow("site_safe", "plan", when='=risk_high = true and plan_site = "local"', name="yes", exit="bottom", enter="bottom")
d.flow("site_safe", "consentq", default=True, name="no")
d.flow("consentq", "declined", when="=guardian_consent = false", name="no")
d.flow("consentq", "siteq", default=True, name="yes")
d.path("declined", "severe")
d.flow("severe", "refusal_check", when='=severity != null and severity = "severe"', name="yes")
d.flow("severe", "end_declined", default=True, name="no")
d.path("refusal_check", "end_declined")
d.flow("siteq", "surgery", when='=list contains(plan, "adenotonsillectomy")', name="yes")
RME = '=list contains(plan, "rme") and not(list contains(plan, "adenotonsillectomy"))'
d.flow("siteq", "ortho_tx", when=RME, name="expansion")
d.flow("siteq", "observe_m", default=True, name="observe")
d.path("surgery", "w3", "postop", "reviewed")
d.flow("reviewed", "study2", when="=repeat_study = true", name="sleep study")
d.flow(
    "reviewed",
    "ortho_tx",
    when='=repeat_study = false and list contains(plan, "rme")',
    name="expansion",
    exit="right",
    enter="left",
)
d.flow("reviewed", "observe_m", default=True, name="observe", exit="bottom", enter="bottom")
d.path("study2", "study2_seen")
d.flow("study2_seen", "study2r", default=True, name="yes")
d.flow("study2_seen", "conf_m", when='=study2_outcome != "seen"', name="no")
d.flow("study2r", "conf_m", exit="top", enter="top")
d.flow("ortho_tx", "observe_m")
d.path("observe_m", "observe", "final", "finished")
d.flow("finished", "conf_m", when='=further_need != "none"', name="yes")
d.flow("finished", "end_ok", default=True, name="no")

appointment_missed(d, 0, "ent_surgeon,orthodontist,paediatrician", "=true")

twice = d.event_subprocess("missed_twice", "Was not brought twice", band=0)
twice.start("second_miss", "Second time", 0, condition=f"={VISITS_MISSED} >= 2", interrupting=False)
twice.user(
    "safeguarding",
    "Safeguarding check: was not brought",
    1,
    **who(
        "safeguarding",
        "paediatrician",
        "P2D",
        "A children's doctor asks how we can help you to come.",
        ladder="LAD-URGENT",
        priority=50,
        outputs={"safeguarding_concern": "=concern", "safeguarding_action": "=action"},
    ),
)
twice.end("safeguarded", "Checked", 2)
twice.path("second_miss", "safeguarding", "safeguarded")

date_moved(
    d,
    1,
    {"surgery_date": "=if new_date = null then surgery_date else string(date(new_date))"},
)
red_flag_raised(d, 1)
consent_withdrawn(d, 1)

grown = d.event_subprocess("of_age", "Age of own consent", band=2)
grown.start(
    "may_decide",
    "Old enough to decide",
    0,
    timer='date: =if decides_from = null then now() + duration("P18Y") else date(decides_from)',
    interrupting=False,
    properties={"dueAnchor": "decides_from"},
)
grown.user(
    "proxy",
    "Ask the young person whether the guardian may still see and decide",
    1,
    **who(
        "proxy",
        "paediatrician",
        "P10D",
        "You are old enough to decide for yourself: we ask who else may see your information.",
        outputs={"proxy_access": "=proxy_access"},
    ),
)
grown.end("confirmed", "Proxy access confirmed or ended", 2)
grown.path("may_decide", "proxy", "confirmed")
patient_died(d, 2)

SITE = "site:enum(local|specialist_with_picu)! | Site | High risk: only a specialist centre with PICU"
SNORING = "snoring_nights_week:int{0..7}! | Nights with snoring per week"
ASSENT = "child_assent:enum(yes|no|too_young)! | Does the child agree?"
SEVERITY = "severity:enum(none|mild|moderate|severe)!"
forms = {
    "intake": [
        "dob:date! | Date of birth",
        "weight:decimal[kg]{1..150}!",
        "guardian:ref(RelatedPerson)!",
        "guardian_authority:enum(parent|legal_guardian|local_authority)!",
        "consent_share:bool! | May information be shared with the specialists?",
        ASSENT,
        "months_mouth_breathing:int{0..180}! | Months of mouth breathing",
        SNORING,
        "witnessed_apnoea:bool! | Has anyone seen breathing stop in sleep?",
        "cyanosis_or_fainting:bool! | Has the child turned blue or fainted?",
        "daytime_sleepy:bool! | Sleepy in the daytime?",
        "growth_faltering:bool! | Is growth faltering?",
        "comorbidity:multi(none|down_syndrome|craniofacial|neuromuscular|cardiac|sickle_cell|obesity)!",
        "allergy_rhinitis:bool! | Allergic rhinitis?",
        "steroid_trial_weeks:int{0..52}! | Weeks of nasal steroid so far",
        "school_impact:text | Effect on school",
        "dental_arch_concern:bool! | Does the dental arch look narrow?",
    ],
    "steroid": [
        "started:date!",
        "product:string!",
        "teach_technique:bool! | Was the technique shown?",
        "video_asked:bool! | Was a video of sleep asked for?",
    ],
    "trial": [
        "better:enum(yes|partly|no)! | Is it better?",
        SNORING,
        "worry:text | What worries you?",
        "video:file | Video of sleep",
    ],
    "entx": [
        "tonsil_grade:int{0..4}!",
        "adenoid_pct:int[%]{0..100} | Airway closed by adenoids",
        "septum:enum(straight|deviated)!",
        "turbinates:enum(normal|large)!",
        "sleep_study_needed:bool! | Is a sleep study needed?",
        "surgery_indicated:bool! | Is surgery indicated?",
        "risk_high:bool! | High risk? | Age under 2 years, weight under 15 kg, co-morbidity, severe OSA",
    ],
    "studyr": [
        "ahi:decimal{0..150}! | AHI",
        "nadir_spo2:int[%]{30..100}! | Lowest oxygen saturation",
        SEVERITY,
    ],
    "orthox": [
        "crossbite:enum(none|unilateral|bilateral)!",
        "overjet:int[mm]{-10..20}!",
        "open_bite:bool! | Is there an open bite?",
        "narrow_maxilla:bool! | Is the upper jaw narrow?",
        "dentition:enum(primary|mixed|permanent)!",
        "records:multi(photos|models|ceph)!",
        "rme_candidate:bool! | Could the upper jaw be expanded?",
    ],
    "plan": [
        "plan:multi(observe|medical|adenotonsillectomy|rme|myofunctional|septum_later)!",
        "order:text! | In which order",
        SITE,
        "guardian_consent:bool! | Does the guardian consent?",
        ASSENT,
    ],
    "refusal_check": [
        "concern:enum(none|early_help|child_protection)! | Concern",
        "action:text! | What is done",
    ],
    "surgery": [
        "date:date! | Date of the operation",
        "site:enum(local|specialist_with_picu)!",
        "complication:enum(none|bleed|respiratory|other)!",
    ],
    "postop": [
        "nasal_breathing:bool! | Does the child breathe through the nose?",
        "residual_snoring:bool! | Is there still snoring?",
        "repeat_study:bool! | Repeat the sleep study?",
    ],
    "study2r": ["ahi:decimal{0..150}! | AHI", SEVERITY],
    "ortho_tx": [
        "device:string!",
        "start:date!",
        "end:date",
        "expansion:decimal[mm]{0..15}",
    ],
    "final": [
        "overjet:int[mm]{-10..20}!",
        "crossbite:enum(none|unilateral|bilateral)!",
        "nasal_breathing:bool! | Does the child breathe through the nose?",
        "further_need:enum(none|ortho|ent|sleep)!",
    ],
    "safeguarding": [
        "concern:enum(none|early_help|child_protection)! | Concern",
        "action:text! | What is done",
    ],
    "proxy": [
        "proxy_access:enum(unchanged|limited|ended)! | Access of the guardian from now on",
        "asked_alone:bool! | Was the young person asked without the guardian?",
    ],
}

data_classes = {
    "dob": "demographics",
    "guardian": "demographics",
    **dict.fromkeys(("weight", "growth_faltering"), "growth"),
    **dict.fromkeys(
        ("guardian_authority", "consent_share", "guardian_consent", "proxy_access", "asked_alone"), "consent"
    ),
    **dict.fromkeys(("concern", "action"), "safeguarding"),
    **dict.fromkeys(("months_mouth_breathing", "snoring_nights_week", "witnessed_apnoea", "daytime_sleepy"), "airway"),
    **dict.fromkeys(("tonsil_grade", "adenoid_pct", "septum", "turbinates", "nasal_breathing", "ahi"), "airway"),
    **dict.fromkeys(("nadir_spo2", "severity", "residual_snoring", "allergy_rhinitis", "video"), "airway"),
    **dict.fromkeys(("cyanosis_or_fainting", "risk_high", "comorbidity"), "risk_flags"),
    **dict.fromkeys(("crossbite", "overjet", "open_bite", "narrow_maxilla", "dentition", "device"), "dental"),
    **dict.fromkeys(("dental_arch_concern", "rme_candidate", "expansion", "records"), "dental"),
    **dict.fromkeys(("product", "steroid_trial_weeks"), "meds"),
    **dict.fromkeys(("sleep_study_needed", "repeat_study"), "order"),
    **dict.fromkeys(("plan.plan", "plan.order", "plan.site", "surgery_indicated"), "treatment_plan"),
}

REFER, EMERGENCY = '"refer_now"', '"emergency"'
decisions = {
    "paed_rule": {
        "name": "Urgency of mouth breathing in a child",
        "hit": "FIRST",
        "inputs": {
            "Cyanosis or fainting": "cyanosis_or_fainting",
            "Apnoea witnessed": "witnessed_apnoea",
            "Growth faltering": "growth_faltering",
            "Co-morbidities": "comorbidity",
            "Nights with snoring": "snoring_nights_week",
            "Months": "months_mouth_breathing",
            "Weeks of steroid": "steroid_trial_weeks",
            "Concern about the dental arch": "dental_arch_concern",
        },
        "outputs": {"route": "string"},
        "annotations": ["Source"],
        "rules": [
            ["true", "-", "-", "-", "-", "-", "-", "-", EMERGENCY, "[M] confirm locally"],
            ["-", "true", "-", "-", "-", "-", "-", "-", REFER, "[R] SRC-QLD"],
            ["-", "-", "true", "-", "-", "-", "-", "-", REFER, "[M] confirm locally"],
            ["-", "-", "-", 'count(?[item != "none"]) > 0', "-", "-", "-", "-", REFER, "[R] SRC-SRBD"],
            ["-", "-", "-", "-", ">= 3", ">= 3", ">= 6", "-", REFER, "[R] SRC-QLD"],
            ["-", "-", "-", "-", "-", "-", ">= 6", "true", REFER, "[M] confirm locally"],
            ["-", "-", "-", "-", "-", "-", "-", "-", '"steroid_trial"', "[R] SRC-QLD"],
        ],
    },
    "paed_settings": {
        "name": "This site's times and limits",
        "hit": "COLLECT",
        "inputs": {},
        "outputs": {"key": "string", "value": "Any"},
        "annotations": ["What", "Source"],
        "rules": [
            [f'"{key}"', value if value.isdigit() else f'"{value}"', what, source]
            for key, value, what, source in (
                ("high_risk_age_years", "2", "High risk below this age", "[R] SRC-SRBD"),
                ("high_risk_weight_kg", "15", "High risk below this weight", "[R] SRC-SRBD"),
                (
                    "age_of_own_consent",
                    "P16Y",
                    "Age from which a young person decides",
                    "[D] set to the law of the site",
                ),
                ("intake", "P5D", "Intake: working time", "[D]"),
                ("steroid", "P7D", "Steroid trial begun: working time", "[D]"),
                ("steroid_trial", "P56D", "Length of the steroid trial", "[R] SRC-QLD: 6 to 8 weeks"),
                ("trial", "P7D", "Guardian answers", "[D]"),
                ("ent_triage", "P5D", "ENT referral: triage", "[D]"),
                ("ent_first_contact", "P126D", "ENT referral: first contact", "[D]"),
                ("ent_report", "P5D", "ENT referral: report", "[D]"),
                ("entx", "P5D", "ENT examination written: working time", "[D]"),
                ("sleep_triage", "P5D", "Sleep study: triage", "[D]"),
                ("sleep_first_contact", "P42D", "Sleep study: first contact", "[D]"),
                ("sleep_report", "P10D", "Sleep study: report", "[D]"),
                ("studyr", "P10D", "Sleep study read: working time", "[D]"),
                (
                    "study_result_late",
                    "P28D",
                    "A study without a result is traced after",
                    "[R] SRC-TAT (imaging), as for imaging",
                ),
                ("study2r", "P10D", "Repeat study read: working time", "[D]"),
                ("ortho_triage", "P10D", "Orthodontic referral: triage", "[D]"),
                ("ortho_first_contact", "P126D", "Orthodontic referral: first contact", "[D]"),
                ("ortho_report", "P10D", "Orthodontic referral: report", "[D]"),
                ("orthox", "P10D", "Orthodontic assessment written: working time", "[D]"),
                ("conference", "P14D", "Conference decides within", "[D]"),
                ("plan", "P7D", "Plan written: working time", "[D]"),
                ("surgery", "P126D", "Operation done", "[D]"),
                ("post_op_review", "P90D", "From the operation to its review", "[D]"),
                ("postop", "P14D", "Post-op review written: working time", "[D]"),
                ("ortho_tx", "P180D", "Orthodontic phase", "[D]"),
                (
                    "ortho_reassess",
                    "P365D",
                    "From treatment to the joint reassessment",
                    "[R] SRC-WEIDER: within a year",
                ),
                ("final", "P28D", "Joint reassessment written: working time", "[D]"),
                (
                    "safeguarding",
                    "P2D",
                    "Safeguarding check, was not brought twice: working time",
                    "[R] SRC-NHSE-DNA; P2D [D]",
                ),
                ("refusal_check", "P2D", "Safeguarding check after refusal: working time", "[D]"),
                ("proxy", "P10D", "Young person asked about proxy access: working time", "[D]"),
            )
        ],
    },
}
