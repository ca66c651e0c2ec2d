"""Does what comes of a red flag know whose it is? The cancer pathway that it begins answers to the referrer."""

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
