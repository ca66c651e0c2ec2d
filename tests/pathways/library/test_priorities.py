"""Can a called process take back a priority that was raised while it ran? It gives back what it was given before."""

from tests.pathways.library.drawn import library

RED_FLAG = "red_flag"


def test_a_red_flag_raises_the_priority_that_the_case_has_when_it_is_answered() -> None:
    calls = [
        (key, node)
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        if node.call and node.call.process_id == RED_FLAG
    ]
    assert calls
    given_back = [f"{key}: {node.id}" for key, node in calls if "priority" in {each.target for each in node.outputs}]
    assert given_back == []
