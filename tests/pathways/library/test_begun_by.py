"""Does every process that no referral may begin say what begins it, and no other?"""

from pathways.bpmn.model import Definition, MessageTrigger, TimerTrigger
from pathways.ladders import library_ladders
from tests.library import definitions
from workflows.engine.starting import entries

ASKED_FOR = {
    "amended_letter",
    "break_glass_review",
    "category_changed",
    "concern",
    "order_withdrawn",
    "patient_question",
    "seal_lifted",
    "wrong_patient",
}
"""Begun by the API for whoever reads under a grant, raises a concern, asks, was to do an order that has ended, retracts
what was sent for the wrong patient, sends it again when that was a mistake, or had read, or
got, what is amended."""


def said(key: str) -> str:
    return next(each.properties.get("begunBy", "") for each in definitions()[key].processes if each.id == key)


def begins_with_a_message_or_by_the_clock(definition: Definition) -> bool:
    triggers = (trigger for _, _, trigger in entries(definition, definition.key))
    return any(isinstance(trigger, MessageTrigger | TimerTrigger) for trigger in triggers)


def test_what_begins_with_no_message_nor_by_the_clock_says_who_begins_it() -> None:
    silent = {key for key in definitions() if not said(key)}
    begun = {key for key, each in definitions().items() if begins_with_a_message_or_by_the_clock(each)}
    assert silent == begun


def test_a_ladder_begins_what_says_so_a_call_the_rest() -> None:
    climbed = {rung.begin for ladder in library_ladders().values() for rung in ladder.rungs if rung.begin}
    called = {key for each in definitions().values() for key in each.calls}
    assert {key for key in definitions() if said(key) == "ladder"} == climbed
    assert {key for key in definitions() if said(key) == "request"} == ASKED_FOR
    assert {key for key in definitions() if said(key) == "caller"} <= called
