"""How many definitions does a worker keep decoded, however many versions its cases run?"""

from tests.host.diagrams import ONE_TASK
from workflows.host import definitions


def test_the_oldest_definition_makes_room() -> None:
    names = [f"of-a-test-{number}" for number in range(definitions.MOST + 1)]
    assert all(definitions.keep(name, ONE_TASK) is ONE_TASK for name in names)
    assert definitions.decoded(names[0]) is None
    assert definitions.decoded(names[-1]) is ONE_TASK
