"""Case conference: pack, invitation, meeting or written opinions, quorum, decision, outcome."""

from diagram import Diagram

diagram = d = Diagram(
    "case_conference",
    "Case conference",
    version_tag="1.0.0",
    doc="Case conference, MDT or tumour board, as a meeting, an urgent call or written opinions within 24 hours. "
    "Without quorum only the chair may decide, with a reason. "
    "Demo template: needs local clinical sign-off before use.",
)

d.lane("chair", "Chair")
d.lane("members", "Members")
d.lane("admin", "MDT coordinator")
d.lane("engine", "Engine")


def asked(node, role, ladder, *, patient, calendar="working", **more):
    """What every user task of this pathway says about who, how urgently and with which form."""
    duration = {"expectedDuration": more.pop("takes")} if "takes" in more else {}
    properties = {"escalation": ladder, "calendar": calendar, **duration, "patientText": patient}
    return {"groups": role, "priority": 50, "form": f"case_conference.{node}", "properties": properties, **more}


WORK = {"escalation": "LAD-URGENT", "expectedDuration": "PT4H"}

# Admin: the pack and the invitation
d.start("s0", "Conference requested", ("admin", 0), message="clinician.comment")
d.rule(
    "site_times",
    "Times of this site",
    ("admin", 0, 1),
    decision="times",
    result="found",
    outputs={"times": "=context(for row in found return {key: row.step, value: row.time})"},
)
d.user(
    "prep",
    "Build the pack and list",
    ("admin", 1),
    due='=if mode = "urgent_call" then created + (date and time(decide_by) - created) / 2 '
    "else date and time(decide_by) - duration(times.prep)",
    **asked("prep", "mdt_coordinator", "LAD-URGENT", patient="We prepare the meeting of your specialists."),
)
d.xor("ready", "Pack complete?", ("engine", 2))
d.user(
    "chase",
    "Chase missing item or defer with reason",
    ("admin", 3, 1),
    **asked(
        "chase", "mdt_coordinator", "LAD-RED", takes="=times.chase", patient="We collect the last results we need."
    ),
)
d.xor("deferring", "Defer?", ("admin", 4, 1))
d.service(
    "deferred",
    "Move to next list; tell clinical lead (clock keeps running)",
    ("engine", 3, 1),
    type="notify",
    headers={
        "tell": "clinical_lead",
        "level": "escalation",
        "text": "A case conference was moved to the next list; the clock keeps running.",
    },
    properties=WORK,
)
d.send(
    "invite",
    "Invite required roles (secure message + calendar)",
    ("admin", 5),
    type="notify",
    message="clinician.comment",
    headers={"level": "information", "text": "You are invited to a case conference: read its question and prepare."},
    inputs={"tell": "=required_roles"},
    properties=WORK,
)
d.xor("mode", "Mode?", ("engine", 6))

# Members and chair
d.user(
    "opinions",
    "Give opinion",
    ("members", 7),
    multi={
        "collection": "=if missing_roles = null then required_roles else missing_roles",
        "element": "role",
        "output_collection": "opinions",
        "output_element": "={role: role, opinion: opinion, recommendation: recommendation}",
    },
    **asked(
        "opinions",
        "=role",
        "LAD-RED",
        takes="=times.opinions",
        calendar="always",
        patient="Your specialists give their opinion.",
    ),
)
d.user(
    "meeting",
    "Hold meeting and record attendance",
    ("chair", 7),
    due="=decide_by",
    **asked("meeting", "clinical_lead", "LAD-URGENT", patient="Your specialists meet to discuss your case."),
)
d.boundary(
    "not_held", "Not held by decision time", on="meeting", timer="date: =date and time(decide_by)", interrupting=False
)
d.service(
    "tell_late",
    "Switch to urgent call; tell clinical lead",
    ("chair", 8, 1),
    type="notify",
    headers={
        "tell": "clinical_lead",
        "level": "escalation",
        "text": "The conference was not held in time: hold an urgent call.",
    },
    outputs={"mode": '="urgent_call"'},
    properties=WORK,
)
d.end("end_told", "Clinical lead told", ("chair", 9, 1))
d.rule(
    "quorum",
    "Quorum of required roles",
    ("engine", 10),
    decision="quorum",
    result="quorum",
    inputs={
        "attendees": "=if attendees = null then [] else attendees",
        "opinions": "=distinct values(concatenate("
        "if heard = null then [] else heard, if opinions = null then [] else opinions))",
    },
    outputs={
        "quorum": "=quorum",
        "heard": "=opinions",
        "missing_roles": "=required_roles[not(list contains("
        "concatenate(attendees, for given in opinions return given.role), item))]",
    },
)
d.xor("quorate", "Quorum?", ("engine", 11))
d.user(
    "no_quorum",
    "Chair decides how to go on without quorum",
    ("chair", 11, 1),
    **asked(
        "no_quorum", "clinical_lead", "LAD-RED", takes="=times.no_quorum", patient="The meeting needs one more expert."
    ),
)
d.xor("going_on", "How?", ("chair", 12, 1))
d.user(
    "decide",
    "Record decision and plan",
    ("chair", 13),
    **asked(
        "decide",
        "clinical_lead",
        "LAD-URGENT",
        takes="=times.decide",
        patient="The meeting's decision is written down.",
    ),
)
d.xor("answered", "One of the options asked for?", ("chair", 14))
d.service(
    "publish",
    "Update care plan and team; letters to all, patient summary",
    ("engine", 14),
    type="record.update",
    headers={"record": "careplan"},
    properties=WORK,
)
d.send(
    "out",
    "MDT outcome",
    ("engine", 15),
    type="referral.send",
    message="mdt.outcome",
    headers={"message": "mdt.outcome", "to": "requester"},
    properties=WORK,
)
d.end(
    "end_ok",
    "Decision published",
    ("engine", 16),
    outputs={
        "chair_decision_reason": "=if quorum then null else why",
        "plan": "={actions: actions, owner_per_action: owner_per_action, tell_patient_owner: tell_patient_owner, "
        "tell_patient_by: tell_patient_by}",
    },
)

d.path("s0", "site_times", "prep", "ready")
d.flow("ready", "chase", when="=imaging_loaded = false or pathology_available = false", name="no")
d.flow("ready", "invite", default=True, name="yes")
d.path("chase", "deferring")
d.flow("deferring", "deferred", when="=defer = true", name="yes")
d.flow("deferring", "invite", default=True, name="no")
d.path("deferred", "prep")
d.flow("invite", "mode", enter="left")
d.flow("mode", "opinions", when='=mode = "async_24h"', name="written")
d.flow("mode", "meeting", default=True, name="meeting", exit="top")
d.path("opinions", "quorum")
d.path("meeting", "quorum", "quorate")
d.path("not_held", "tell_late", "end_told")
d.flow("quorate", "no_quorum", when="=quorum = false", name="no")
d.flow("quorate", "decide", default=True, name="yes")
d.path("no_quorum", "going_on")
d.flow("going_on", "decide", when='=go_on = "chair_decision"', name="chair decides", exit="right")
d.flow("going_on", "prep", when='=go_on = "reconvene"', name="reconvene", exit="top")
d.flow("going_on", "opinions", default=True, name="get missing opinion")
d.path("decide", "answered")
d.flow("answered", "decide", when="=options != null and not(list contains(options, decision))", name="no")
d.flow("answered", "publish", default=True, name="yes")
d.path("publish", "out", "end_ok")

# A red flag, or consent withdrawn, while the conference is prepared
CASE = {"referral_id": "=referral_id", "patient_id": "=patient_id"}

flagged = d.event_subprocess("flagged", "Red flag raised")
flagged.start(
    "flag",
    "Red flag",
    0,
    message="redflag.raised",
    key="=referral_id",
    interrupting=False,
    outputs={"red_flag_finding": "=finding", "red_flag_raised_by": "=raised_by"},
)
flagged.xor("flag_whose", "Does the caller handle it?", 1)
flagged.end("flag_left", "Left to the caller", (2, 1))
flagged.call(
    "flag_check",
    "Clinician confirms red flag",
    2,
    process="red_flag",
    inputs={
        **CASE,
        "patient": "=patient",
        "finding": "=red_flag_finding",
        "raised_by": "=red_flag_raised_by",
        "priority": '=if priority = null then "routine" else priority',
    },
    outputs={"red_flag_action": "=red_flag_action", "priority": "=priority"},
    properties={"escalation": "LAD-RED", "expectedDuration": "PT1H"},
)
flagged.end("flag_done", "Acted on", 3)
flagged.path("flag", "flag_whose")
flagged.flow("flag_whose", "flag_left", when="=part_of_case = true", name="yes")
flagged.flow("flag_whose", "flag_check", default=True, name="no")
flagged.path("flag_check", "flag_done")

unshared = d.event_subprocess("unshared", "Consent withdrawn")
unshared.start(
    "withdrawn",
    "Withdrawn",
    0,
    message="consent.withdrawn",
    key="=if patient_id = null then referral_id else patient_id",
    interrupting=False,
    outputs={
        "consent_scope": "=scope",
        "withdrawn_parties": "=if scope = null then [] else flatten([scope])",
    },
)
unshared.script(
    "leave",
    "Remove withdrawn parties from invitation and pack",
    1,
    expression="=required_roles[not(list contains(withdrawn_parties, item))]",
    result="required_roles",
    outputs={
        "required_roles": "=required_roles",
        "missing_roles": "=if missing_roles = null then null else"
        " missing_roles[not(list contains(withdrawn_parties, item))]",
    },
)
unshared.xor("consent_whose", "Does the caller handle it?", 2)
unshared.end("consent_left", "Left to the caller", (3, 1))
unshared.call(
    "consent",
    "Stop sharing, agree how care goes on",
    3,
    process="consent_withdrawn",
    inputs={
        "referral_id": "=referral_id",
        "patient_id": "=if patient_id = null then referral_id else patient_id",
        "scope": "=consent_scope",
    },
    outputs={"continue_mode": "=continue_mode"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "P1D"},
)
unshared.end("consent_done", "Agreed", 4)
unshared.path("withdrawn", "leave", "consent_whose")
unshared.flow("consent_whose", "consent_left", when="=part_of_case = true", name="yes")
unshared.flow("consent_whose", "consent", default=True, name="no")
unshared.path("consent", "consent_done")

decisions = {
    "quorum": {
        "name": "Is there a quorum of the required roles?",
        "hit": "FIRST",
        "inputs": {
            "Everybody required was there, or wrote": "every required in required_roles satisfies list contains("
            "concatenate(attendees, for given in opinions return given.role), required)"
        },
        "outputs": {"quorum": "boolean"},
        "rules": [["true", "true"], ["-", "false"]],
    },
    "times": {
        "name": "Times of this site",
        "hit": "COLLECT",
        "inputs": {},
        "outputs": {"step": "string", "time": "string"},
        "annotations": ["What", "Source"],
        "rules": [
            ['"prep"', '"P1D"', "pack ready so long before the decision time", "[D]"],
            ['"chase"', '"PT8H"', "missing item chased, working time", "[D]"],
            ['"opinions"', '"PT24H"', "written opinion, around the clock", "[D]"],
            ['"no_quorum"', '"PT8H"', "how to go on without quorum, working time", "[D]"],
            ['"decide"', '"PT4H"', "decision written down, working time", "[D]"],
        ],
    },
}

forms = {
    "prep": [
        "imaging_loaded:bool! | Is the imaging loaded?",
        "pathology_available:bool! | Is the pathology available?",
        "performance_status:enum(0|1|2|3|4)!",
        "comorbidity_score:int{0..10}",
        "patient_wishes:text!",
        "question_final:text! | Question for the conference",
    ],
    "chase": [
        "item:string! | What is missing",
        "defer:bool! | Move to the next list?",
        "defer_reason:text | Reason",
    ],
    "opinions": [
        "opinion:text!",
        "recommendation:enum(agree|disagree|need_more_data)!",
        "conditions:text",
    ],
    "meeting": [
        "attendees:multi(clinical_lead|ent_surgeon|clinical_oncologist|radiologist|pathologist|restorative_dentist"
        "|oral_surgeon|orthodontist|medical_physician|pharmacist|paediatrician|key_worker|allied_health"
        "|dental_hygienist|gdp)! | Who was there",
        "discussion:text!",
    ],
    "no_quorum": [
        "go_on:enum(chair_decision|reconvene|get_missing_opinion)! | How to go on",
        "why:text! | Why",
    ],
    "decide": [
        "decision:text! | Decision | When the question came with options, write one of them exactly.",
        "intent:enum(curative|palliative|diagnostic|shared_care)!",
        "actions:multi! | Actions | One per line.",
        "owner_per_action:multi! | Owner of each action | One per line, in the same order.",
        "dissent:text",
        "tell_patient_owner:ref(PractitionerRole)! | Who tells the patient",
        "tell_patient_by:datetime! | Tell the patient by",
    ],
}
