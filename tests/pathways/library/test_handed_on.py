"""Does what a case calls know whom it is for? A red flag answers to the referrer, a lost result to who waits for it."""

from tests.pathways.library.drawn import library

KNOWN = {"referral_id", "patient_id", "patient", "requester"}


def test_who_asks_about_a_red_flag_hands_on_the_patient_and_who_referred_them() -> None:
    missing = {
        f"{key}: {node.id}": sorted(left)
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        if node.call is not None and node.call.process_id == "red_flag"
        if (left := KNOWN - {each.target for each in node.inputs})
    }
    assert missing == {}


def test_who_waits_for_a_result_hears_that_it_is_lost() -> None:
    """Without a role it would be the coordinator who hears it as the one who asked."""
    deaf = [
        f"{key}: {node.id}"
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        if node.call is not None and node.call.process_id == "result_overdue"
        if "requester_role" not in {each.target for each in node.inputs}
    ]
    assert deaf == []
