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
TRIAGE_LADDER = '=if list contains(["urgent_suspected_cancer", "stat"], priority) then "LAD-RED" else "LAD-URGENT"'
KEY = "=referral_id"
PATIENT = '=if patient_id = null then "nobody of " + referral_id else patient_id'


def loop(state, **more):
    """The state of the referral that an element leads to once it is completed; `policy.referral_loop` reads it."""
    return {"properties": {**DELIVERED, "loopState": state, **more}}


def asked(node, role, *, patient=None, takes=None, ladder="LAD-URGENT", priority=50, state=None, action=None, **more):
    """What every user task of this pathway says about who, how urgently and with which form."""
    properties = {"escalation": ladder, "calendar": "working"}
    properties |= {"expectedDuration": takes} if takes else {}
    properties |= {"patientText": patient} if patient else {}
    properties |= {"loopState": state} if state else {}
    properties |= {"loopAction": action} if action else {}
    return {
        "groups": role,
        "priority": priority,
        "form": f"closed_loop_referral.{node}",
        "properties": properties,
        **more,
    }


def sent(message, to, state=None, entered=None, **more):
    """What every task that sends a message says; `state`: what the referral becomes when sent, `entered`: before."""
    marks = ({"loopState": state} if state else {}) | ({"loopStateEntered": entered} if entered else {})
    return {
        "type": "referral.send",
        "message": message,
        "headers": {"message": message, "to": to},
        "properties": {**DELIVERED, **marks},
        **more,
    }


def told(roles, level, text, **properties):
    """What every notification says."""
    headers = {"tell": roles, "level": level, "text": text}
    return {"type": "notify", "headers": headers, "properties": {**DELIVERED, **properties}}


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
d.rule(
    "validate",
    "Completeness + patient identity + MUST fields",
    ("engine", 1),
    "completeness",
    "missing_found",
    outputs={
        "missing_found": "=missing_found",
        "complete": "=missing_found = null or count(missing_found) = 0",
    },
)
d.xor("is_complete", "Complete?", ("engine", 2))
d.user(
    "fix",
    "Complete the referral",
    ("initiator", 2),
    **asked("fix", "referrer", takes="PT8H", patient="Your clinician completes your referral."),
)
d.service(
    "consent",
    "Consent and opt-out check",
    ("engine", 3),
    type="consent.check",
    outputs={"consent": "=consent", "legal_basis_other": "=legal_basis_other"},
    properties=DELIVERED,
)
d.xor("consent_known", "Consent missing?", ("engine", 4))
d.user(
    "consent_ask",
    "Record patient consent to share",
    ("initiator", 4),
    **asked(
        "consent_ask",
        "referrer",
        takes="PT24H",
        patient="Your clinician asks whether you agree to share your referral.",
    ),
)
d.service(
    "consent_record",
    "Keep what the patient said",
    ("initiator", 5),
    type="consent.record",
    outputs={"consent_recorded_at": "=string(now())"},
    properties=DELIVERED,
)
d.xor("may_share", "May it be sent?", ("engine", 5))
d.end(
    "end_declined",
    "Declined by patient / no consent",
    ("engine", 5, 1),
    outputs={"loop_outcome": '="declined_by_patient"'},
    properties={"loopStateEntered": "cancelled by engine"},
)
d.service(
    "dup",
    "Duplicate referral / order check",
    ("engine", 6),
    type="duplicate.check",
    outputs={"duplicate_found": "=duplicate_found", "existing_case": "=existing_case"},
    properties=DELIVERED,
)
d.xor("dup_found", "Possible duplicate?", ("engine", 7))
d.user(
    "dup_review",
    "Decide on possible duplicate",
    ("initiator", 7),
    inputs={"reason": "=null"},
    outputs={"decision": "=decision", "duplicate_reason": "=reason"},
    **asked("dup_review", "coordinator", takes="PT4H", patient="We check whether you were referred before."),
)
d.xor("go_on", "Send it?", ("engine", 8))
d.service(
    "existing_used",
    "Take this one back: the existing referral is used",
    ("engine", 8, 2),
    type="order.record",
    headers={"status": "cancelled"},
    outputs={"taken_back_at": "=string(now())"},
    **loop("cancelled by placer"),
)
d.send(
    "send",
    "Send referral (360X or FHIR)",
    ("engine", 9),
    outputs={"attempts": "=1"},
    **sent("referral.requested", "service", state="sent"),
)
d.event_gateway("wait_ack", "Application acknowledgement", ("engine", 10))
d.catch(
    "ack_received",
    "Received",
    ("engine", 11),
    message="referral.received",
    key=KEY,
    properties={"loopState": "received"},
)
d.catch("ack_late", "15 minutes", ("engine", 11, 1), timer="PT15M", properties={"loopAction": "resend"})
d.service(
    "resend",
    "Re-send idempotently",
    ("engine", 10, 1),
    type="referral.send",
    headers={"message": "referral.requested", "to": "service"},
    outputs={"attempts": "=attempts + 1"},
    **loop("sent"),
)
d.xor("tries", "Five attempts?", ("engine", 9, 1))
d.user(
    "manual_send",
    "Confirm delivery by phone",
    ("initiator", 11),
    **asked(
        "manual_send",
        "coordinator",
        takes="PT2H",
        state="received by placer",
        patient="We make sure by phone that your referral has arrived.",
    ),
)

# Triage
d.user(
    "triage",
    "Vet / triage referral",
    ("recipient", 12),
    due=f"=if info_rounds = null then sla_triage else {KEPT_CLOCK}",
    **asked(
        "triage",
        "ent_triage",
        ladder=TRIAGE_LADDER,
        patient="A specialist reads your referral and decides how soon you are seen.",
    ),
)
d.xor("triaged", "Outcome?", ("recipient", 13))
d.user(
    "agree_down",
    "Referrer agrees downgrade",
    ("initiator", 14),
    **asked(
        "agree_down", "referrer", takes="P1D", patient="Your clinician and the specialist agree how soon you are seen."
    ),
)
d.xor("agreed", "Agreed?", ("initiator", 15))
d.send(
    "ask_info",
    "Ask for missing information",
    ("recipient", 15, 1),
    inputs={"missing_items": "=missing_items", "advice": "=advice"},
    outputs={"info_rounds": "=if info_rounds = null then 1 else info_rounds + 1"},
    **sent("referral.info_requested", "requester", state="awaiting_info"),
)
d.event_gateway("info_wait", "Wait for information", ("engine", 15, 1))
d.catch(
    "info_supplied",
    "Information supplied",
    ("engine", 16),
    message="referral.info_supplied",
    key=KEY,
    properties={"loopState": "received"},
)
d.catch(
    "info_overdue",
    "3 days (routine 10)",
    ("engine", 16, 1),
    timer='duration: =if priority = "routine" then "P10D" else "P3D"',
)
d.user(
    "info_late",
    "Decide on available information",
    ("recipient", 16, 2),
    **asked(
        "info_late", "ent_triage", takes="P1D", ladder="LAD-RED", patient="A specialist decides with what is known."
    ),
)
d.xor("info_decided", "Proceed?", ("recipient", 17, 2))
d.send(
    "redirect",
    "Redirect to the right service (clock kept)",
    ("engine", 14),
    inputs={"reason": '="redirect"', "advice": "=advice"},
    **sent("referral.status.declined", "requester", state="rejected"),
)
d.service(
    "tell_redirected",
    "Tell referrer and coordinator where it belongs",
    ("engine", 14, 1),
    **told(
        "referrer,coordinator",
        "escalation",
        "Triage redirected this referral: send it to the right service; its clock keeps running.",
    ),
)
d.end("end_redirect", "Redirected or merged", ("engine", 14, 2), outputs={"loop_outcome": '="redirected"'})
d.send(
    "reject",
    "Send rejection with advice",
    ("recipient", 16, 1),
    inputs={"reason": "=reject_reason", "advice": "=advice"},
    **sent("referral.status.declined", "requester", state="rejected"),
)
d.user(
    "rej_ack",
    "Acknowledge rejection and state next step",
    ("initiator", 16, 1),
    **asked(
        "rej_ack",
        "referrer",
        takes="P2D",
        patient="The service could not take you; your clinician tells you what is next.",
    ),
)
d.end("end_rejected", "Declined by provider", ("initiator", 17, 1), outputs={"loop_outcome": '="declined_by_provider"'})

# Appointment
# The caller hears at once that triage is done: its clocks need not wait until the patient was seen.
d.throw("told_triaged", "Triaged", ("recipient", 18), escalation="referral.triaged")
d.send(
    "accept",
    "Send acceptance with named contact and expected date",
    ("recipient", 19),
    outputs={
        "priority": '=if list contains(["accept", "upgrade", "downgrade"], triage) then priority_after else priority'
    },
    **sent("referral.status.accepted", "requester", state="accepted"),
)
d.service(
    "notify_pt",
    "Tell patient: accepted, by whom, when, what to do otherwise",
    ("engine", 19),
    **told(
        "patient",
        "contact",
        "Your referral was accepted. Call the booking office if you have not heard by the date given.",
    ),
)
d.user(
    "book",
    "Offer and book appointment",
    ("recipient", 20),
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
    ("recipient", 20, 1),
    **told(
        "service_manager,booking_office", "escalation", "There is no appointment inside the agreed time: slot issue."
    ),
)
d.end("end_slot", "Told", ("recipient", 20, 2))
d.send(
    "booked",
    "Appointment notification",
    ("recipient", 21),
    outputs={"first_contact_at": "=if first_contact_at = null then slot else first_contact_at"},
    **sent("appointment.booked", "requester", state="booked"),
)
d.service(
    "remind",
    "Reminders at booking, T-7d and T-1d (patient + carer if proxy)",
    ("engine", 21),
    **told("patient,carer", "contact", "You have an appointment. Tell the booking office in time if you cannot come."),
)
d.catch(
    "remind_due",
    "7 days, 1 day before",
    ("engine", 21, 1),
    timer='date: =if now() < date and time(slot) - duration("P7D") then date and time(slot) - duration("P7D") '
    'else if now() < date and time(slot) - duration("P1D") then date and time(slot) - duration("P1D") '
    'else date and time(slot) + duration("P30D")',
    doc="Nothing is left to remind of in the last day: then its time is never reached.",
)
d.event_gateway("attend", "Attendance", ("engine", 22))
d.catch(
    "attended",
    "Attended",
    ("engine", 23),
    message="appointment.attended",
    key=KEY,
    outputs={
        "seen_at": "=if seen_at != null then seen_at else if date and time(slot) < now() then slot else string(now())"
    },
)
d.catch("noshow_msg", "No-show", ("engine", 23, 1), message="appointment.noshow", key=KEY)
d.catch("cancelled_msg", "Appointment cancelled", ("engine", 20, 1), message="appointment.cancelled", key=KEY)
d.catch("attend_late", "8 hours after slot", ("engine", 22, 1), timer='date: =date and time(slot) + duration("PT8H")')
d.user(
    "attend_unknown",
    "Record attendance",
    ("recipient", 23),
    outputs={"attended": "=attended", "seen_at": '=if attended = "yes" then slot else null'},
    **asked("attend_unknown", "booking_office", takes="P1D", ladder="LAD-ROUTINE", priority=25),
)
d.xor("attendance", "Attended?", ("recipient", 24))
d.xor("ret", "Hand back to the caller?", ("engine", 25), properties={"loopState": "seen"})
d.end("end_seen", "Seen; caller owns the report", ("engine", 26), outputs={"loop_outcome": '="seen"'})
d.call(
    "noshow",
    "No-show handling",
    ("engine", 24, 1),
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
    properties={"loopStateEntered": "no_show"},
)
d.xor("rebook", "Rebook?", ("engine", 25, 1))

# Report, and the loop closed by the referrer
d.user(
    "report",
    "Write consultation report",
    ("recipient", 26),
    due="=date and time(seen_at) + duration(sla_report)",
    **asked("report", "ent_triage", patient="The specialist writes to your clinician about your visit."),
)
d.boundary(
    "report_late",
    "Late",
    on="report",
    timer="date: =date and time(seen_at) + duration(sla_report)",
    interrupting=False,
    side="left",
)
d.end("end_report_late", "Ladder tells", ("recipient", 25, 1))
d.boundary(
    "interim_note",
    "Interim note",
    on="report",
    message="referral.interim_note",
    key=KEY,
    interrupting=False,
    side="right",
)
d.send(
    "send_interim",
    "Send interim results",
    ("recipient", 26, 1),
    **sent("referral.interim_note", "requester", state="interim"),
)
d.end("end_interim", "Sent", ("recipient", 26, 2))
d.send(
    "send_report",
    "Send outcome",
    ("recipient", 27),
    outputs={
        "report": "={findings: findings, diagnosis: diagnosis, plan: plan, answer_to_question: answer_to_question, "
        "follow_up_owner: follow_up_owner, next_review: next_review}",
        "report_at": "=string(now())",
    },
    **sent("referral.outcome", "requester", state="reported"),
)
d.send(
    "report_dna",
    "Outcome letter 'did not attend' with safety net",
    ("recipient", 27, 1),
    inputs={"outcome": "=noshow_label"},
    **sent("referral.outcome", "requester", state="reported"),
)
d.user(
    "ack",
    "Acknowledge report and act",
    ("initiator", 27),
    **asked(
        "ack", "referrer", takes="P2D", ladder="LAD-RESULT", patient="Your clinician reads the specialist's letter."
    ),
)
d.xor("acted", "Query to author?", ("initiator", 28))
d.send(
    "query",
    "Secure message to author",
    ("initiator", 27, 1),
    inputs={"comment": "=comment"},
    **sent("clinician.comment", "service"),
)
d.service(
    "rec",
    "Update record, plan and registry; close loop",
    ("engine", 28),
    type="record.update",
    headers={"record": "record"},
    properties={**DELIVERED, "loopStateEntered": "acknowledged"},
)
d.end("end_closed", "Loop closed", ("engine", 29), outputs={"loop_outcome": '="closed_with_report"'})

d.path("s0", "clock", "validate", "is_complete")
d.flow("is_complete", "fix", when="=complete = false", name="no")
d.flow("fix", "validate")
d.flow("is_complete", "consent", default=True, name="yes")
d.path("consent", "consent_known")
d.flow("consent_known", "consent_ask", when='=consent = "missing"', name="yes")
d.flow("consent_known", "may_share", default=True, name="no")
d.path("consent_ask", "consent_record", "may_share")
d.flow(
    "may_share",
    "end_declined",
    when='=consent_given = "no" or (consent = "opted_out" and not(legal_basis_other = true))',
    name="no",
)
d.flow("may_share", "dup", default=True, name="yes")
d.path("dup", "dup_found")
d.flow("dup_found", "dup_review", when="=duplicate_found = true", name="yes")
d.flow("dup_found", "go_on", default=True, name="no")
d.flow("dup_review", "go_on", exit="right", enter="top")
d.flow("go_on", "existing_used", when='=duplicate_found = true and decision != "proceed_clinical_reason"', name="no")
d.flow("go_on", "send", default=True, name="yes")
d.flow("existing_used", "end_redirect")
d.path("send", "wait_ack", "ack_received", "triage")
d.path("wait_ack", "ack_late", "resend")
d.flow("resend", "tries", exit="left", enter="right")
d.flow("tries", "wait_ack", default=True, name="no", exit="top", enter="left")
d.flow("tries", "manual_send", when="=attempts >= 5", name="yes", exit="left")
d.path("manual_send", "triage")
d.path("triage", "triaged")
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
d.path("redirect", "tell_redirected", "end_redirect")
d.path("reject", "rej_ack", "end_rejected")
d.path("told_triaged", "accept", "notify_pt", "book", "booked", "remind", "attend")
d.path("no_slot", "tell_slot", "end_slot")
d.path("attend", "remind_due", "remind")
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
d.path("interim_note", "send_interim", "end_interim")
d.path("report_dna", "ack")
d.flow("acted", "query", when='=action = "query_back"', name="yes", exit="bottom", enter="right")
d.flow("query", "ack")
d.flow("acted", "rec", default=True, name="no")
d.path("rec", "end_closed")

cancel = d.event_subprocess("cancellation", "Cancelled, or an abort asked for", band=0)
cancel.start("cancel_asked", "Cancelled", 0, message="referral.cancelled", key=KEY, interrupting=False)
cancel.xor(
    "in_progress",
    "In progress?",
    1,
    doc="From the first booking on the referrer can only ask: the service accepts the abort or refuses it.",
)
cancel.send(
    "tell_cancelled",
    "Tell the service: cancelled",
    2,
    **sent("referral.cancelled", "service", entered="cancelled by placer"),
)
cancel.end("cancelled_before", "Ends the referral", 3, error="referral.cancelled")
cancel.send("abort_ask", "Ask the service to abort", (2, 1), **sent("referral.abort_requested", "service"))
cancel.user(
    "abort_answer",
    "Accept or refuse the abort",
    (3, 1),
    **asked(
        "abort_answer",
        "ent_triage,booking_office",
        takes="P2D",
        action="answer-abort",
        patient="Your clinician asked to stop your referral; the service answers.",
    ),
)
cancel.boundary("abort_told", "Answered", on="abort_answer", message="referral.abort_answered", key=KEY)
cancel.xor("abort_accepted", "Accepted?", (4, 1))
cancel.service(
    "tell_aborted",
    "Tell referrer and patient: stopped",
    (5, 1),
    **told(
        "referrer,coordinator,patient",
        "information",
        "The service has accepted the request to stop this referral.",
        loopStateEntered="cancelled by performer",
    ),
)
cancel.end("cancelled_after", "Ends the referral", (6, 1), error="referral.cancelled")
cancel.service(
    "tell_refused",
    "Tell referrer: it goes on, and why",
    (5, 2),
    **told(
        "referrer,coordinator",
        "escalation",
        "The service has refused to stop this referral; it goes on, the reason is in the case.",
    ),
)
cancel.end("goes_on", "Goes on", (6, 2))
cancel.path("cancel_asked", "in_progress")
cancel.flow("in_progress", "tell_cancelled", default=True, name="no")
cancel.flow("in_progress", "abort_ask", when="=first_contact_at != null", name="yes")
cancel.path("tell_cancelled", "cancelled_before")
cancel.path("abort_ask", "abort_answer", "abort_accepted")
cancel.flow("abort_told", "abort_accepted", exit="bottom", enter="bottom")
cancel.flow("abort_accepted", "tell_aborted", when='=abort = "accept" and report_at = null', name="yes")
cancel.flow("abort_accepted", "tell_refused", default=True, name="no")
cancel.path("tell_aborted", "cancelled_after")
cancel.path("tell_refused", "goes_on")

over = d.event_subprocess("ended_early", "Referral ends as cancelled", band=0)
over.start("ended", "Cancelled", 0, error="referral.cancelled")
over.service(
    "order_cancelled",
    "No order of this referral is open",
    1,
    type="order.record",
    headers={"status": "cancelled"},
    outputs={"cancelled_at": "=string(now())"},
    properties=DELIVERED,
)
over.end("end_cancel", "Cancelled", 2, terminate=True, outputs={"loop_outcome": '="cancelled"'})
over.path("ended", "order_cancelled", "end_cancel")

flag = d.event_subprocess("red_flag_raised", "Red flag", band=1)
flag.start(
    "redflag",
    "Red flag raised",
    0,
    message="redflag.raised",
    key='=if caller_referral_id = referral_id then "caller of " + referral_id else referral_id',
    interrupting=False,
    outputs={"finding": "=finding", "raised_by": "=raised_by"},
)
flag.call(
    "red_flag",
    "Red flag handling",
    1,
    process="red_flag",
    inputs={
        "referral_id": "=referral_id",
        "patient_id": "=patient_id",
        "patient": "=patient",
        "requester": "=requester",
        "finding": "=finding",
        "raised_by": "=raised_by",
        "priority": "=priority",
    },
    outputs={"red_flag_action": "=red_flag_action", "priority": "=priority"},
)
flag.end("end_flag", "The case goes on with its priority", 2)
flag.path("redflag", "red_flag", "end_flag")

shared = d.event_subprocess("consent_stopped", "Consent withdrawn", band=1)
shared.start(
    "withdrawn",
    "Consent withdrawn",
    0,
    message="consent.withdrawn",
    key=PATIENT,
    interrupting=False,
    outputs={"withdrawn_scope": "=scope"},
)
shared.xor("consent_whose", "Part of a case that asks?", 1)
shared.end("left_to_caller", "Left to the caller", (2, 1))
shared.call(
    "consent_withdrawn",
    "Consent withdrawn: stop sharing, decide how care continues",
    2,
    process="consent_withdrawn",
    inputs={"referral_id": "=referral_id", "patient_id": "=patient_id", "scope": "=withdrawn_scope"},
    outputs={"continue_mode": "=continue_mode"},
)
shared.end("end_shared", "Care goes on", 3)
shared.path("withdrawn", "consent_whose")
shared.flow("consent_whose", "left_to_caller", when="=part_of_case = true", name="yes")
shared.flow("consent_whose", "consent_withdrawn", default=True, name="no")
shared.path("consent_withdrawn", "end_shared")

merged = d.event_subprocess("records_merged", "Patient records merged", band=1)
merged.start(
    "merge",
    "Records merged",
    0,
    message="patient.merged",
    key=PATIENT,
    interrupting=False,
    outputs={
        "merged_patient_id": "=patient_id",
        "patient_id": "=if surviving_patient_id = null then patient_id else surviving_patient_id",
    },
)
merged.service(
    "merge_audit",
    "Record for audit whose case it is now",
    1,
    type="audit.write",
    headers={"event": "patient.merged"},
    inputs={"patient_id": "=patient_id", "merged_patient_id": "=merged_patient_id"},
    outputs={"merged_at": "=string(now())"},
    properties=DELIVERED,
)
merged.end("end_merged", "Goes on", 2)
merged.path("merge", "merge_audit", "end_merged")

declined = d.event_subprocess("patient_declines", "Patient declines", band=2)
declined.start(
    "declined",
    "Patient declined",
    0,
    message="patient.declined",
    key=KEY,
    outputs={"declined_what": "=what"},
)
declined.call(
    "informed_refusal",
    "Informed-refusal conversation",
    1,
    process="informed_refusal",
    inputs={"referral_id": "=referral_id", "what": "=declined_what"},
    outputs={"alternative_accepted": "=alternative_accepted", "review_on": "=review_on"},
)
declined.send(
    "tell_declined",
    "Tell referrer: declined by patient",
    2,
    inputs={"outcome": '="declined by patient"'},
    **sent("referral.outcome", "requester", state="cancelled by engine"),
)
declined.xor("safety_net", "Review agreed?", 3)
declined.service(
    "review_later",
    "Safety net: who looks again, and when",
    (4, 1),
    type="follow.up",
    inputs={"on": "=review_on", "what": '="Patient declined: review as agreed"', "role": '="key_worker"'},
    properties=DELIVERED,
)
declined.end("end_refused", "Declined by patient", 5, outputs={"loop_outcome": '="declined_by_patient"'})
declined.path("declined", "informed_refusal", "tell_declined", "safety_net")
declined.flow("safety_net", "end_refused", default=True, name="no")
declined.flow("safety_net", "review_later", when="=review_on != null", name="yes")
declined.flow("review_later", "end_refused")

died = d.event_subprocess("patient_dies", "Patient died", band=2)
died.start("died", "Patient died", 0, message="patient.died", key=PATIENT)
died.call(
    "patient_died",
    "Cancel what is planned; results go to clinicians",
    1,
    process="patient_died",
    inputs={"referral_id": "=referral_id", "patient_id": "=patient_id"},
    properties={"loopStateEntered": "cancelled by engine"},
)
died.end("end_died", "Ended", 2, outputs={"loop_outcome": '="cancelled"'})
died.path("died", "patient_died", "end_died")

wrong = d.event_subprocess("wrong_person", "Wrong patient", band=3)
wrong.start(
    "wrong_patient",
    "Marked as wrong patient",
    0,
    message="referral.wrong_patient",
    key=KEY,
    outputs={"wrong_reason": "=wrong_reason", "marked_by": "=marked_by"},
)
wrong.service(
    "tell_wrong",
    "Tell privacy and safety officer; nothing goes on",
    1,
    **told(
        "privacy_officer,safety_officer,coordinator",
        "incident",
        "A referral was marked as made for the wrong patient: it stands still.",
        loopStateEntered="cancelled by engine",
    ),
)
wrong.send(
    "retract",
    "Retract what was sent: entered in error",
    2,
    inputs={"reason": '="entered-in-error"'},
    **sent("referral.cancelled", "service"),
)
wrong.user(
    "correct",
    "Open the corrected case; say what was disclosed to whom",
    3,
    **asked("correct", "privacy_officer", takes="P1D"),
)
wrong.end("end_wrong", "Corrected", 4, outputs={"loop_outcome": '="cancelled"'})
wrong.path("wrong_patient", "tell_wrong", "retract", "correct", "end_wrong")

PRIORITY = "enum(routine|urgent|urgent_suspected_cancer|stat)"
forms = {
    "fix": [
        "missing_items:multi! | What was missing",
        "reason:text! | Reason for referral",
        "clinical_question:text!",
        "service:string | Service | Only when it was missing.",
        f"priority:{PRIORITY} | Priority | Only when it was missing.",
    ],
    "consent_ask": [
        "consent_given:enum(yes|no|yes_limited)! | Does the patient agree to share?",
        "limits:multi(no_dental|no_mental_health|no_substance|named_clinician_only)",
        "given_by:enum(patient|parent_guardian|attorney)!",
        "method:enum(verbal|written|portal)!",
        "expires:date",
    ],
    "dup_review": [
        "decision:enum(use_existing|merge|proceed_clinical_reason)! | What is done?",
        "reason:text! | Why?",
    ],
    "abort_answer": ["abort:enum(accept|refuse)! | Is the referral stopped?", "abort_reason:text! | Why?"],
    "correct": [
        "corrected_referral:string! | Number of the corrected referral",
        "disclosed_to:text! | Who has seen it",
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

data_classes = {
    "*": "own_referral",
    **dict.fromkeys(("slot", "site", "mode", "interpreter", "carer_informed", "attended"), "appointment"),
    **dict.fromkeys(("findings", "diagnosis", "plan", "answer_to_question", "next_review"), "outcome_letter"),
    **dict.fromkeys(("consent_given", "limits", "given_by", "method", "expires"), "consent"),
    **dict.fromkeys(("confirmed_with", "confirmed_at", "abort", "decision"), "status"),
    **dict.fromkeys(("corrected_referral", "disclosed_to"), "incidents"),
}

decisions = {
    "completeness": {
        "name": "What does the referral lack?",
        "hit": "COLLECT",
        "inputs": {
            "Service": 'if service = null or service = "" then "missing" else "there"',
            "Reason": 'if reason = null or reason = "" then "missing" else "there"',
            "Question": 'if clinical_question = null or clinical_question = "" then "missing" else "there"',
            "Priority": f'if list contains({ORDER}, priority) then "there" else "missing"',
        },
        "outputs": {"missing": "string"},
        "rules": [
            ['"missing"', "-", "-", "-", '"service"'],
            ["-", '"missing"', "-", "-", '"reason"'],
            ["-", "-", '"missing"', "-", '"clinical_question"'],
            ["-", "-", "-", '"missing"', '"priority"'],
        ],
    },
}
