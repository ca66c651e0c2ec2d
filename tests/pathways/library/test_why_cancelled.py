"""Does a service that hears of a cancellation read why it is cancelled, not why the patient was referred?"""

from pathways.bpmn.model import Definition
from tests.library import definitions
from tests.pathways.library.drawn import library
from workflows.proof.simulation import Simulation

CANCELLED, ABORT = "referral.cancelled", "referral.abort_requested"
REFERRED = {
    "referral_id": "REF-W",
    "patient_id": "P-1",
    "reason": "Neck lump",
    "clinical_question": "Is this malignant?",
    "service": "ear_nose_and_throat",
    "priority": "urgent",
    "consent": "given",
    "requester": "dr.yew",
}


def test_every_cancellation_that_is_sent_says_a_reason_of_its_own() -> None:
    silent = {
        f"{key}: {node.id}"
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        if node.work is not None and node.work.headers.get("message") in (CANCELLED, ABORT)
        if "reason" not in [each.target for each in node.inputs]
    }
    assert silent == set()


def reason_sent(definitions_: dict[str, Definition], message: str, **said: str) -> object:
    """The `reason` of what a referral under way sends when it hears `referral.cancelled`."""
    played = Simulation(definitions_)
    played.start("closed_loop_referral", REFERRED)
    played.message(CANCELLED, "REF-W", said, message_id="m-1")
    sent = [each for _, each in played.performed if each.headers.get("message") == message]
    return sent[-1].variables["reason"] if sent else None


def test_the_service_reads_why_it_is_cancelled() -> None:
    assert reason_sent(definitions(), CANCELLED, cancel_reason="Seen elsewhere") == "Seen elsewhere"


def test_a_cancellation_without_a_word_says_that_it_is_one() -> None:
    assert reason_sent(definitions(), CANCELLED) == "cancelled"
