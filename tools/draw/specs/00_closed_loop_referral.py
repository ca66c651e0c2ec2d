"""Closed-loop referral: sent, acknowledged, triaged, booked, seen, reported, and closed only by the referrer."""

from diagram import Diagram

diagram = d = Diagram(
    "closed_loop_referral",
    "Closed-loop referral",
    version_tag="1.0.0",
    doc="A referral to a service, from completeness check to the referrer's acknowledgement of the report: a report "
    "that nobody has acknowledged leaves the loop open. Called by every pathway. "
    "Demo template: needs local clinical sign-off before use.",
)

d.lane("initiator", "Referrer")
d.lane("recipient", "Recipient service")
d.lane("engine", "Engine")

ORDER = '["routine", "urgent", "urgent_suspected_cancer", "stat"]'
DELIVERED = {"escalation": "LAD-URGENT", "expectedDuration": '=if priority = "routine" then "PT4H" else "PT30M"'}
KEPT_CLOCK = "date and time(referral_received_at) + duration(sla_triage)"
KEY = "=referral_id"


def asked(node, role, *, patient=None, takes=None, ladder="LAD-URGENT", priority=50, **more):
    """What every user task of this pathway says about who, how urgently and with which form."""
    properties = {"escalation": ladder, "calendar": "working"}
    properties |= {"expectedDuration": takes} if takes else {}
    properties |= {"patientText": patient} if patient else {}
    return {
        "groups": role,
        "priority": priority,
        "form": f"closed_loop_referral.{node}",
        "properties": properties,
        **more,
    }


def sent(message, to, **more):
    """What every task that sends a message says."""
    return {
        "type": "referral.send",
        "message": message,
        "headers": {"message": message, "to": to},
        "properties": DELIVERED,
        **more,
    }


def told(roles, level, text):
    """What every notification says."""
    return {"type": "notify", "headers": {"tell": roles, "level": level, "text": text}, "properties": DELIVERED}


# Request: complete it, send it, know that it has arrived
d.start("s0", "Referral requested", ("initiator", 0), message="referral.requested")
d.script(
    "clock",
    "Start the referral clock",
    ("engine", 0),
    "=if referral_received_at != null then referral_received_at else string(now())",
    "referral_received_at",
    doc="Set once: neither a return for information nor a redirection resets it.",
)
d.script(
    "validate",
    "Completeness + patient identity + MUST fields",
    ("engine", 1),
    f'=service != null and service != "" and reason != null and reason != "" and clinical_question != null '
    f'and clinical_question != "" and list contains({ORDER}, priority)',
    "complete",
)
d.xor("is_complete", "Complete?", ("engine", 2))
d.user(
    "fix",
    "Complete the referral",
    ("initiator", 2),
    **asked("fix", "referrer", takes="PT8H", patient="Your clinician completes your referral."),
)
d.send(
    "send",
    "Send referral (360X or FHIR)",
    ("engine", 3),
    outputs={"attempts": "=1"},
    **sent("referral.requested", "service"),
)
d.event_gateway("wait_ack", "Application acknowledgement", ("engine", 4))
d.catch("ack_received", "Received", ("engine", 5), message="referral.received", key=KEY)
d.catch("ack_late", "15 minutes", ("engine", 5, 1), timer="PT15M")
d.service(
    "resend",
    "Re-send idempotently",
    ("engine", 4, 1),
    type="referral.send",
    headers={"message": "referral.requested", "to": "service"},
    outputs={"attempts": "=attempts + 1"},
    properties=DELIVERED,
)
d.xor("tries", "Five attempts?", ("engine", 3, 1))
d.user(
    "manual_send",
    "Confirm delivery by phone",
    ("initiator", 5),
    **asked(
        "manual_send", "coordinator", takes="PT2H", patient="We make sure by phone that your referral has arrived."
    ),
)

# Triage
d.user(
    "triage",
    "Vet / triage referral",
    ("recipient", 6),
    due=f"=if info_rounds = null then sla_triage else {KEPT_CLOCK}",
    **asked("triage", "ent_triage", patient="A specialist reads your referral and decides how soon you are seen."),
)
d.boundary(
    "triage_late",
    "Triage overdue",
    on="triage",
    timer="duration: =sla_triage",
    interrupting=False,
    side="middle",
    properties={"calendar": "working"},
)
d.xor("red", "Suspected cancer or stat?", ("engine", 6))
d.service(
    "tell_red",
    "Tell coordinator and clinical lead",
    ("engine", 6, 1),
    **told("coordinator,clinical_lead", "breach", "Triage of an urgent suspected cancer or stat referral is overdue."),
)
d.end("end_red", "Told", ("engine", 7, 1))
d.end("end_ladder", "Ladder tells", ("engine", 7))
d.xor("triaged", "Outcome?", ("recipient", 7))
d.user(
    "agree_down",
    "Referrer agrees downgrade",
    ("initiator", 8),
    **asked(
        "agree_down", "referrer", takes="P1D", patient="Your clinician and the specialist agree how soon you are seen."
    ),
)
d.xor("agreed", "Agreed?", ("initiator", 9))
d.send(
    "ask_info",
    "Ask for missing information",
    ("recipient", 9, 1),
    inputs={"missing_items": "=missing_items", "advice": "=advice"},
    outputs={"info_rounds": "=if info_rounds = null then 1 else info_rounds + 1"},
    **sent("referral.info_requested", "requester"),
)
d.event_gateway("info_wait", "Wait for information", ("engine", 9, 1))
d.catch("info_supplied", "Information supplied", ("engine", 10), message="referral.info_supplied", key=KEY)
d.catch(
    "info_overdue",
    "3 days (routine 10)",
    ("engine", 10, 1),
    timer='duration: =if priority = "routine" then "P10D" else "P3D"',
)
d.user(
    "info_late",
    "Decide on available information",
    ("recipient", 10, 2),
    **asked(
        "info_late", "ent_triage", takes="P1D", ladder="LAD-RED", patient="A specialist decides with what is known."
    ),
)
d.xor("info_decided", "Proceed?", ("recipient", 11, 2))
d.service(
    "redirect",
    "Redirect to the right service (clock kept)",
    ("engine", 8),
    **told(
        "referrer,coordinator",
        "escalation",
        "Triage redirected this referral: send it to the right service; its clock keeps running.",
    ),
)
d.end("end_redirect", "Redirected or merged", ("engine", 8, 1), outputs={"loop_outcome": '="redirected"'})
d.send(
    "reject",
    "Send rejection with advice",
    ("recipient", 10, 1),
    inputs={"reason": "=reject_reason", "advice": "=advice"},
    **sent("referral.status.declined", "requester"),
)
d.user(
    "rej_ack",
    "Acknowledge rejection and state next step",
    ("initiator", 10, 1),
    **asked(
        "rej_ack",
        "referrer",
        takes="P2D",
        patient="The service could not take you; your clinician tells you what is next.",
    ),
)
d.end("end_rejected", "Declined by provider", ("initiator", 11, 1), outputs={"loop_outcome": '="declined_by_provider"'})

# Appointment
# The caller hears at once that triage is done: its clocks need not wait until the patient was seen.
d.throw("told_triaged", "Triaged", ("recipient", 12), escalation="referral.triaged")
d.send(
    "accept",
    "Send acceptance with named contact and expected date",
    ("recipient", 13),
    outputs={
        "priority": '=if list contains(["accept", "upgrade", "downgrade"], triage) then priority_after else priority'
    },
    **sent("referral.status.accepted", "requester"),
)
d.service(
    "notify_pt",
    "Tell patient: accepted, by whom, when, what to do otherwise",
    ("engine", 13),
    **told(
        "patient",
        "contact",
        "Your referral was accepted. Call the booking office if you have not heard by the date given.",
    ),
)
d.user(
    "book",
    "Offer and book appointment",
    ("recipient", 14),
    due='=created + min(duration("P2D"), duration(sla_first_contact) / 2)',
    **asked("book", "booking_office", patient="The booking office offers you an appointment."),
)
d.boundary(
    "no_slot",
    "No slot in time",
    on="book",
    timer="date: =(if first_contact_at = null then date and time(referral_received_at) else now()) "
    "+ duration(sla_first_contact)",
    interrupting=False,
    side="middle",
)
d.service(
    "tell_slot",
    "Appointment slot issue: tell service manager",
    ("recipient", 14, 1),
    **told(
        "service_manager,booking_office", "escalation", "There is no appointment inside the agreed time: slot issue."
    ),
)
d.end("end_slot", "Told", ("recipient", 14, 2))
d.send(
    "booked",
    "Appointment notification",
    ("recipient", 15),
    outputs={"first_contact_at": "=if first_contact_at = null then slot else first_contact_at"},
    **sent("appointment.booked", "requester"),
)
d.service(
    "remind",
    "Reminder of the appointment (patient, carer if proxy)",
    ("engine", 15),
    **told("patient,carer", "contact", "You have an appointment. Tell the booking office in time if you cannot come."),
)
d.event_gateway("attend", "Attendance", ("engine", 16))
d.catch(
    "attended",
    "Attended",
    ("engine", 17),
    message="appointment.attended",
    key=KEY,
    outputs={
        "seen_at": "=if seen_at != null then seen_at else if date and time(slot) < now() then slot else string(now())"
    },
)
d.catch("noshow_msg", "No-show", ("engine", 17, 1), message="appointment.noshow", key=KEY)
d.catch("cancelled_msg", "Appointment cancelled", ("engine", 15, 1), message="appointment.cancelled", key=KEY)
d.catch("attend_late", "8 hours after slot", ("engine", 16, 1), timer='date: =date and time(slot) + duration("PT8H")')
d.user(
    "attend_unknown",
    "Record attendance",
    ("recipient", 17),
    outputs={"attended": "=attended", "seen_at": '=if attended = "yes" then slot else null'},
    **asked("attend_unknown", "booking_office", takes="P1D", ladder="LAD-ROUTINE", priority=25),
)
d.xor("attendance", "Attended?", ("recipient", 18))
d.xor("ret", "Hand back to the caller?", ("engine", 19))
d.end("end_seen", "Seen; caller owns the report", ("engine", 20), outputs={"loop_outcome": '="seen"'})
d.call(
    "noshow",
    "No-show handling",
    ("engine", 18, 1),
    process="no_show",
    inputs={
        "referral_id": "=referral_id",
        "priority": "=priority",
        "noshow_count": "=if noshow_count = null then 0 else noshow_count",
        "is_child": "=is_child",
    },
    outputs={
        "noshow_decision": "=noshow_decision",
        "noshow_count": "=noshow_count",
        "noshow_label": "=noshow_label",
        "new_slot": "=new_slot",
    },
)
d.xor("rebook", "Rebook?", ("engine", 19, 1))

# Report, and the loop closed by the referrer
d.user(
    "report",
    "Write consultation report",
    ("recipient", 20),
    due="=date and time(seen_at) + duration(sla_report)",
    **asked("report", "ent_triage", patient="The specialist writes to your clinician about your visit."),
)
d.boundary(
    "report_late",
    "Report overdue",
    on="report",
    timer="date: =date and time(seen_at) + duration(sla_report)",
    interrupting=False,
    side="middle",
)
d.end("end_report_late", "Ladder tells", ("recipient", 20, 1))
d.send(
    "send_report",
    "Send outcome",
    ("recipient", 21),
    outputs={
        "report": "={findings: findings, diagnosis: diagnosis, plan: plan, answer_to_question: answer_to_question, "
        "follow_up_owner: follow_up_owner, next_review: next_review}",
        "report_at": "=string(now())",
    },
    **sent("referral.outcome", "requester"),
)
d.send(
    "report_dna",
    "Outcome letter 'did not attend' with safety net",
    ("recipient", 21, 1),
    inputs={"outcome": "=noshow_label"},
    **sent("referral.outcome", "requester"),
)
d.user(
    "ack",
    "Acknowledge report and act",
    ("initiator", 21),
    **asked(
        "ack", "referrer", takes="P2D", ladder="LAD-RESULT", patient="Your clinician reads the specialist's letter."
    ),
)
d.xor("acted", "Query to author?", ("initiator", 22))
d.send(
    "query",
    "Secure message to author",
    ("initiator", 21, 1),
    inputs={"comment": "=comment"},
    **sent("clinician.comment", "service"),
)
d.service(
    "rec",
    "Update record, plan and registry; close loop",
    ("engine", 22),
    type="record.update",
    headers={"record": "record"},
    properties=DELIVERED,
)
d.end("end_closed", "Loop closed", ("engine", 23), outputs={"loop_outcome": '="closed_with_report"'})

d.path("s0", "clock", "validate", "is_complete")
d.flow("is_complete", "fix", when="=complete = false", name="no")
d.flow("fix", "validate")
d.flow("is_complete", "send", default=True, name="yes")
d.path("send", "wait_ack", "ack_received", "triage")
d.path("wait_ack", "ack_late", "resend")
d.flow("resend", "tries", exit="left", enter="right")
d.flow("tries", "wait_ack", default=True, name="no", exit="top", enter="left")
d.flow("tries", "manual_send", when="=attempts >= 5", name="yes", exit="left")
d.path("manual_send", "triage")
d.path("triage", "triaged")
d.path("triage_late", "red")
d.flow("red", "tell_red", when='=list contains(["urgent_suspected_cancer", "stat"], priority)', name="yes")
d.flow("red", "end_ladder", default=True, name="no")
d.path("tell_red", "end_red")
d.flow("triaged", "ask_info", when='=triage = "return_for_info"', name="return for info")
d.flow("triaged", "redirect", when='=triage = "redirect"', name="redirect", exit="bottom")
d.flow("triaged", "reject", when='=triage = "reject"', name="reject", exit="top")
d.flow(
    "triaged",
    "agree_down",
    when='=triage = "downgrade" or (list contains(["accept", "upgrade"], triage) '
    f"and index of({ORDER}, priority_after)[1] < index of({ORDER}, priority)[1])",
    name="downgrade",
)
d.flow("triaged", "told_triaged", default=True, name="accept", exit="right", enter="left")
d.path("agree_down", "agreed")
d.flow("agreed", "told_triaged", when="=agree = true", name="yes")
d.flow("agreed", "triage", default=True, name="no")
d.path("ask_info", "info_wait", "info_supplied", "triage")
d.path("info_wait", "info_overdue", "info_late", "info_decided")
d.flow("info_decided", "reject", when='=proceed = "reject"', name="reject")
d.flow("info_decided", "ask_info", when='=proceed = "chase_again"', name="chase again")
d.flow("info_decided", "told_triaged", default=True, name="accept anyway")
d.path("redirect", "end_redirect")
d.path("reject", "rej_ack", "end_rejected")
d.path("told_triaged", "accept", "notify_pt", "book", "booked", "remind", "attend")
d.path("no_slot", "tell_slot", "end_slot")
d.path("attend", "attended", "ret")
d.path("attend", "noshow_msg", "noshow", "rebook")
d.path("attend", "cancelled_msg", "book")
d.path("attend", "attend_late", "attend_unknown", "attendance")
d.flow("attendance", "noshow", when='=attended = "no"', name="no")
d.flow("attendance", "book", when='=attended = "cancelled"', name="cancelled")
d.flow("attendance", "ret", default=True, name="yes", exit="right", enter="left")
d.flow("ret", "end_seen", when='=return_at = "seen"', name="yes")
d.flow("ret", "report", default=True, name="no", exit="top", enter="left")
d.flow("rebook", "book", when='=noshow_decision = "rebook"', name="yes")
d.flow("rebook", "report_dna", default=True, name="no")
d.path("report", "send_report", "ack", "acted")
d.path("report_late", "end_report_late")
d.path("report_dna", "ack")
d.flow("acted", "query", when='=action = "query_back"', name="yes", exit="bottom", enter="right")
d.flow("query", "ack")
d.flow("acted", "rec", default=True, name="no")
d.path("rec", "end_closed")

cancel = d.event_subprocess("cancellation", "Referral cancelled")
cancel.start("cancel_asked", "Cancelled", 0, message="referral.cancelled", key=KEY)
cancel.send("tell_cancelled", "Tell the service: cancelled", 1, **sent("referral.cancelled", "service"))
cancel.end("end_cancel", "Cancelled", 2, outputs={"loop_outcome": '="cancelled"'})
cancel.path("cancel_asked", "tell_cancelled", "end_cancel")

PRIORITY = "enum(routine|urgent|urgent_suspected_cancer|stat)"
forms = {
    "fix": [
        "missing_items:multi! | What was missing",
        "reason:text! | Reason for referral",
        "clinical_question:text!",
        "service:string | Service | Only when it was missing.",
        f"priority:{PRIORITY} | Priority | Only when it was missing.",
    ],
    "manual_send": ["confirmed_with:string!", "confirmed_at:datetime!"],
    "triage": [
        "triage:enum(accept|upgrade|downgrade|return_for_info|redirect|reject)! | Outcome",
        f"priority_after:{PRIORITY}! | Priority from now on",
        "first_step:enum(appointment|straight_to_test|advice_only|case_conference)!",
        "missing_items:multi | Missing items | One per line.",
        "advice:text",
        "reject_reason:enum(wrong_specialty|insufficient_info|out_of_area|capacity|not_clinically_indicated|duplicate"
        "|other)",
    ],
    "agree_down": ["agree:bool! | Do you agree to the lower priority?", "comment:text"],
    "info_late": ["proceed:enum(accept_anyway|reject|chase_again)!", "rationale:text!"],
    "rej_ack": [
        "next_step:enum(refer_elsewhere|manage_locally|dispute|no_further_action)!",
        "patient_informed:bool! | Has the patient been told?",
    ],
    "book": [
        "slot:datetime! | Appointment",
        "site:string!",
        "mode:enum(face_to_face|telephone|video|straight_to_test)!",
        "reasonable_adjustments:text",
        "interpreter:bool | Interpreter needed",
        "carer_informed:bool | Carer informed",
    ],
    "attend_unknown": ["attended:enum(yes|no|cancelled)! | Did the patient attend?"],
    "report": [
        "findings:text!",
        "diagnosis:coded(SNOMED|ICD-10)!",
        "plan:text!",
        "answer_to_question:text! | Answer to the clinical question",
        "follow_up_owner:ref(PractitionerRole)! | Who owns the follow-up",
        "next_review:date",
        "patient_copy:bool! | Copy to the patient?",
    ],
    "ack": [
        "read:tick! | I have read the report",
        "action:enum(no_action|shared_plan_updated|new_referral|contact_patient|query_back)!",
        "comment:text",
    ],
}
