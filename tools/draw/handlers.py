"""The exceptions that most pathways handle alike, each an event sub-process that calls its common process."""

from diagram import Diagram

CASE = {"referral_id": "=referral_id", "patient_id": "=patient_id"}
KEY, OF_PATIENT = "=referral_id", "=patient_id"


def red_flag_raised(d: Diagram, band: int) -> None:
    """EXC-REDFLAG: a clinician confirms within the hour; the case goes on with the priority that comes back."""
    inner = d.event_subprocess("flagged", "Red flag raised", band=band)
    taken = {"red_flag_finding": "=finding", "red_flag_raised_by": "=raised_by"}
    inner.start("flag", "Red flag", 0, message="redflag.raised", key=KEY, interrupting=False, outputs=taken)
    inner.call(
        "flag_check",
        "Clinician confirms red flag",
        1,
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
    inner.end("flag_done", "Acted on", 2)
    inner.path("flag", "flag_check", "flag_done")


def consent_withdrawn(d: Diagram, band: int) -> None:
    """EXC-CONSENT: sharing stops at once; a clinician agrees with the patient how care goes on."""
    inner = d.event_subprocess("unshared", "Consent withdrawn", band=band)
    inner.start(
        "withdrawn",
        "Withdrawn",
        0,
        message="consent.withdrawn",
        key=OF_PATIENT,
        interrupting=False,
        outputs={"consent_scope": "=scope"},
    )
    inner.call(
        "consent",
        "Stop sharing, agree how care goes on",
        1,
        process="consent_withdrawn",
        inputs={**CASE, "scope": "=consent_scope"},
        outputs={"continue_mode": "=continue_mode"},
        properties={"escalation": "LAD-URGENT", "expectedDuration": "P1D"},
    )
    inner.end("consent_done", "Agreed", 2)
    inner.path("withdrawn", "consent", "consent_done")


def patient_declined(d: Diagram, band: int) -> None:
    """EXC-DECLINED: an informed-refusal conversation."""
    inner = d.event_subprocess("refused", "Patient declines", band=band)
    inner.start(
        "declines",
        "Declined",
        0,
        message="patient.declined",
        key=KEY,
        interrupting=False,
        outputs={"declined_what": "=what"},
    )
    inner.call(
        "refusal_care",
        "Informed-refusal conversation",
        1,
        process="informed_refusal",
        inputs={**CASE, "what": "=declined_what"},
        outputs={"alternative_accepted": "=alternative_accepted", "refusal_review_on": "=review_on"},
        properties={"escalation": "LAD-URGENT", "expectedDuration": "P2D"},
    )
    inner.end("refusal_done", "Recorded", 2)
    inner.path("declines", "refusal_care", "refusal_done")


def patient_died(d: Diagram, band: int) -> None:
    """EXC-DIED: everything that is open ends."""
    inner = d.event_subprocess("died", "Patient died", band=band)
    inner.start("death", "Died", 0, message="patient.died", key=OF_PATIENT)
    inner.call(
        "death_care",
        "Cancel appointments and messages",
        1,
        width=160,
        process="patient_died",
        inputs=dict(CASE),
        properties={"escalation": "LAD-URGENT", "expectedDuration": "P14D"},
    )
    inner.end("death_done", "Closed", 2, terminate=True)
    inner.path("death", "death_care", "death_done")


def date_moved(d: Diagram, band: int, outputs: dict[str, str]) -> None:
    """EXC-DATE-MOVED: due times follow the new date, a coordinator confirms the plan; `outputs`: what moves."""
    inner = d.event_subprocess("moved", "Treatment date moved", band=band)
    inner.start(
        "date_changed",
        "New date",
        0,
        message="treatment.date_changed",
        key=KEY,
        interrupting=False,
        outputs={"moved_to": "=new_date", **outputs},
    )
    inner.call(
        "date_check",
        "Confirm that the plan still fits",
        1,
        process="treatment_date_moved",
        inputs={**CASE, "new_date": "=moved_to"},
        outputs={"achievable": "=achievable"},
        properties={"escalation": "LAD-URGENT", "expectedDuration": "PT8H"},
    )
    inner.end("date_checked", "Checked", 2)
    inner.path("date_changed", "date_check", "date_checked")


def appointment_missed(d: Diagram, band: int, tell: str, is_child: str = "=false") -> None:
    """EXC-NOSHOW: found out why and booked again; where a clinician decides otherwise, `tell` hears of it.

    `missed_count` counts; the pathway sets it to 0.
    """
    inner = d.event_subprocess("missed", "Appointment missed", band=band)
    inner.start(
        "noshow",
        "Did not come",
        0,
        message="appointment.noshow",
        key=KEY,
        interrupting=False,
        outputs={"missed_count": "=missed_count + 1"},
    )
    inner.call(
        "noshow_care",
        "No-show handling",
        1,
        process="no_show",
        inputs={**CASE, "noshow_count": "=missed_count - 1", "priority": "=priority", "is_child": is_child},
        outputs={"noshow_decision": "=noshow_decision", "noshow_label": "=noshow_label", "new_slot": "=new_slot"},
        properties={"escalation": "LAD-URGENT", "expectedDuration": "P2D"},
    )
    inner.xor("noshow_answer", "Booked again?", 2)
    inner.service(
        "tell_missed",
        "Tell the clinicians",
        (3, 1),
        type="notify",
        outputs={"told_at": "=string(now())"},
        headers={
            "tell": tell,
            "level": "escalation",
            "text": "A patient missed appointments and is not booked again: decide how care goes on.",
        },
    )
    inner.end("noshow_told", "Told", (4, 1))
    inner.end("noshow_done", "Booked again", 3)
    inner.path("noshow", "noshow_care", "noshow_answer")
    inner.flow("noshow_answer", "noshow_done", when='=noshow_decision = "rebook"', name="yes")
    inner.flow("noshow_answer", "tell_missed", default=True, name="no")
    inner.path("tell_missed", "noshow_told")
