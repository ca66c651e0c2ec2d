"""Which codes may stand in the coded elements that FHIR R4 binds as required?

Validators of the published models let wrong codes through, so the lists that we depend on stand here
(FHIR R4 4.0.1).
"""


def codes(words: str) -> frozenset[str]:
    """The codes of a value set, written with blanks between them."""
    return frozenset(words.split())


BUNDLE_TYPE = codes(
    "document message transaction transaction-response batch batch-response history searchset collection"
)
CONSENT_STATUS = codes("draft proposed active rejected inactive entered-in-error")
DOCUMENT_STATUS = codes("current superseded entered-in-error")
COMPOSITION_STATUS = codes("preliminary final amended entered-in-error")
REQUEST_STATUS = codes("draft active on-hold revoked completed entered-in-error unknown")
REQUEST_INTENT = codes("proposal plan directive order original-order reflex-order filler-order instance-order option")
REQUEST_PRIORITY = codes("routine urgent asap stat")
TASK_STATUS = codes(
    "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed entered-in-error"
)
TASK_INTENT = REQUEST_INTENT - {"directive"} | {"unknown"}
ADMINISTRATIVE_GENDER = codes("male female other unknown")
NAME_USE = codes("usual official temp nickname anonymous old maiden")
CONTACT_SYSTEM = codes("phone fax email pager url sms other")
CONTACT_USE = codes("home work temp old mobile")
LINK_TYPE = codes("replaced-by replaces refer seealso")
EVENT_STATUS = codes("preparation in-progress not-done on-hold stopped completed entered-in-error unknown")
CLINICAL_STATUS = codes("active recurrence relapse inactive remission resolved")
CONDITION_VERIFICATION = codes("unconfirmed provisional differential confirmed refuted entered-in-error")
ALLERGY_VERIFICATION = codes("unconfirmed confirmed refuted entered-in-error")
MEDICATION_REQUEST_STATUS = codes("active on-hold cancelled completed entered-in-error stopped draft unknown")
MEDICATION_STATEMENT_STATUS = codes("active completed entered-in-error intended stopped on-hold unknown not-taken")
CARE_PLAN_ACTIVITY_STATUS = codes(
    "not-started scheduled in-progress on-hold completed cancelled stopped unknown entered-in-error"
)
APPOINTMENT_STATUS = codes(
    "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist"
)
ISSUE_SEVERITY = codes("fatal error warning information")
ISSUE_TYPE = codes(
    "invalid structure required value invariant security login unknown expired forbidden suppressed "
    "processing not-supported duplicate multiple-matches not-found deleted too-long "
    "code-invalid extension too-costly business-rule conflict transient lock-error no-store exception "
    "timeout incomplete throttled informational"
)
