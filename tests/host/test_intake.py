"""Does every request become an event that says all of it?"""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from workflows.contract.requests import REQUESTS, DeliverSignal, UndoMigration
from workflows.host.intake import EVENTS, event_of

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_every_request_has_its_event() -> None:
    assert {*EVENTS, DeliverSignal, UndoMigration} == set(REQUESTS.values())


@pytest.mark.parametrize("request_type", EVENTS, ids=lambda kind: kind.__name__)
def test_the_event_of_a_request_says_all_of_it(request_type: Any) -> None:
    given = {each.name: f"the {each.name}" for each in fields(request_type)}
    event: Any = event_of(request_type(**given), NOW)
    assert type(event) is EVENTS[request_type]
    assert {each.name: getattr(event, each.name) for each in fields(event)} == {
        **given,
        "occurred_at": NOW,
        "kind": type(event).__name__,
    }
