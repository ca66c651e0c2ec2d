"""How does `docs/closed-loop.md` show the states of a referral and what may become of it? Made from the tables.

`python -m policy.referral_page > docs/closed-loop.md`
"""

from policy.referral_loop import TRANSITIONS
from policy.referral_states import LOOP_STATES

HEAD = """# The closed loop of a referral

This page is made from `policy/referral_states.py` and `policy/referral_loop.py` (`python -m policy.referral_page`);
a test says when it is not current.

`GET /referrals/{id}` says where a referral stands: its state in every vocabulary, the clock, whose move it is, who
has yet to acknowledge a result, and the chain of referrals it is part of. `GET /fhir/Task/{case id}` says the same
as a FHIR Task, with `restriction.period.end` while the performer has a step to do by a time.

## States

The e-RS column is a mapping of our own [D]; the others are read from the crosswalk of 360X and FHIR Clinical Order
Workflows [R]. `-`: no word or no message there.

| state | Task.status | businessStatus | ServiceRequest.status | IHE 360X | HL7 v2 | NHS e-RS | user task |
|---|---|---|---|---|---|---|---|
"""
MIDDLE = """
## What may follow

Whoever is not named here is refused, and nothing changes.

| from | to | by | rule |
|---|---|---|---|
"""
FOOT = """
- **Reported is not closed.** Only `acknowledged` is, and only when everyone to whom a result was handed has
  acknowledged it by name, except patients and carers: what they are given is theirs to read. An amended report opens it
  again: each recipient gets the new version as a hand-off of its own; when it says another category, whoever had read
  the earlier one looks at the decision anew ([category_changed](../pathways/library/category_changed/README.md)).
  So it does when its case has ended: its sender is told that it was delivered, and how; it is no dead letter.
  A step of reading that is passed by hand (skipped, moved past, migrated away, or completed by who only oversees or
  administers the case) is nobody's acknowledgement: the referral stays `reported`, and what was to be read is handed
  over to who was to read it (`GET /handoffs`, LAD-RESULT); the loop closes when they have acknowledged it by name.
- **A report that was written here** is amended by whoever wrote it, or may write it (`POST
  /referrals/{id}/report/amendments`: the whole form again, and why). Before it is read, the new version is sent and
  read instead; after that everyone who has acknowledged a version gets the new one as a hand-off, and the referral is
  `reported` until they all have acknowledged it. No version is lost. Who got the letter elsewhere gets the new version,
  after the same checks of consent, agreements and profile
  ([amended_letter](../pathways/library/amended_letter/README.md)).
- **Who is away** reads nothing: what they were handed by name is also for their cover, deputy or who has their
  authority; what nobody acknowledges is after two days also for the covering clinicians (LAD-RESULT). They read and
  acknowledge in their own name (`GET /handoffs`; the audit says for whom, and on which grounds).
- **Who plans the next step** stands in every hand-off (`plans_next` of `GET /handoffs`): whom the report names
  (`follow_up_owner`), else the named key worker of the case, else whoever gets the result.
- **Completeness** is said when a referral comes in and by `GET /referrals/{id}`: a score, and the items that its
  pathway requires or wants and it does not bring (`policy/completeness.yaml`); over FHIR in the OperationOutcome that
  the Task contains, or is answered instead of it (`Prefer: return=OperationOutcome`; `return=minimal`: nothing is).
  It refuses nothing and stops no clock.
- **The clock starts once**, when the referral is first sent; `received_at` is older when the caller's clock was. No
  return for information, no repeated sending and no redirection resets either.
- **The placer** is the organisation that made the referral or whose case it is: its people and systems cancel, supply,
  send again and redirect. Whoever carries it out accepts, declines, returns or answers instead, and is refused (403).
  A referral that was cancelled meanwhile is answered no more (409), only acknowledged.
- **In progress** are `booked`, `no_show`, `seen` and `interim`. A placer cannot cancel them: `POST
  /referrals/{id}/cancel` then asks for an abort, and the performer answers (`POST /referrals/{id}/abort/answer`, or
  the task) within two days. No answer is not a yes: the ladder climbs. Who made the referral does not answer, by a
  message `referral.abort_answered` neither (403); a system speaks for the organisation of its token, the
  installation's own gateway for all. Where a pathway has left its own referral to
  a call, that call is asked, until it has ended; then, and wherever a pathway treats by itself, the pathway is asked
  (`referral.abort_requested`, its call activity `abort_request`), also one that says no states. While a referral that a
  pathway has called for is in progress, the pathway is asked, whatever its own state: that one would end with it.
  A message `referral.cancelled` or `referral.abort_requested` from outside (key: the referral) is taken in the same
  way; what nobody takes is a dead letter, and its sender reads why. An imaging order is cancelled under its own
  `order_id`, until its study is made.
- **Ended from outside**: what a case had ordered or referred on, and what is not done yet when it is called off, when
  an abort is accepted or when the patient dies, is withdrawn: each service that it went to gets `referral.cancelled`
  once, by a case of its own ([order_withdrawn](../pathways/library/order_withdrawn/README.md)), after the same checks
  of consent and agreements as the order; what is withheld the coordinator hears of.
- **What it has begun** as a case of its own stops with it, down the whole line, also when it is cancelled before it is
  in progress ([abort_request](../pathways/library/abort_request/README.md)), or when an administrator calls the case
  off: then the coordinator reads what was cancelled, what was asked to stop, and what is left to see to by hand.
- **Declined by the patient**, one by one: in the conversation about a refusal the key worker chooses which open
  referrals and orders of the case fall with the declined step
  ([informed_refusal](../pathways/library/informed_refusal/README.md)); each is taken back as by its placer, with the
  reason "declined by patient".
- **Redirected** by triage is declined here: `POST /referrals/{id}/redirect` sends it on to the right service under
  an id of its own, with the clock of the first, what it says of the patient (conditions, medicines, allergies, side),
  its documents, and what was supplied since, in one chain. The service gets of it what its payload profile, consent and
  agreements let through, as the first did.
- **A downgrade** is agreed by who referred, never by the person who triaged.
- **Chains**: what a step `pathway.start` begins, and what is redirected, knows where it came from (`kind`: `first`,
  `called`, `started`, `redirected`, `escalated`, `withdrawn`, `retracted`, `offered_again`, `corrected`).

## How a diagram says where a referral stands

The property `loopState` of an element names the state that it leads to when it is done, `loopStateEntered` when it
begins (several with commas, one after the other); `by placer`, `by performer` or `by engine` is added where the table
leaves it open. `loopStateOf` (`reported of dentref`) says it of the referral that the call activity `dentref` of the
same diagram made: with `return_at` = `seen` the caller writes the report itself. A detached call is done when what it
called has ended. `loopAction` marks what the API acts on: `resend` (the timer after which it is sent again),
`ask-abort` (the step that asks the performer), `answer-abort` (the performer's task), `write-report` (the task in which
the report is written, for who amends it) and `go-without` (the performer
decides without what the placer was asked for). The closed loop of the library and the pathways that answer by
themselves are marked so; any may be.
"""


def page() -> str:
    """Give the page."""
    states = [
        f"| `{row.state}` | {row.task_status} | {row.business_status} | {row.service_request_status} "
        f"| {row.ihe_360x or '-'} | {row.hl7_v2 or '-'} | {row.ers or '-'} | {row.user_task_event or '-'} |"
        for row in LOOP_STATES
    ]
    moves = [f"| {_codes(each.start)} | `{each.to}` | {', '.join(each.by)} | {each.why} |" for each in TRANSITIONS]
    return HEAD + "\n".join(states) + "\n" + MIDDLE + "\n".join(moves) + "\n" + FOOT


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(page(), end="")
