"""To which services do pathways refer that a directory does not describe?"""

from activities.directory import Directory, Service
from activities.undescribed_services import undescribed
from pathways.bpmn.model import Definition
from tests.pathways.bpmn.diagrams import definition_of
from tests.pathways.rules.pieces import calling, working

CLINIC = Service(name="Oral surgery", named_contact="dr.elm", deputy="dr.ash")
REFERS = definition_of(calling("closed_loop_referral", "=&quot;oral_surgrey&quot;", "service"))


def told(services: dict[str, Service], *definitions: Definition) -> list[str]:
    found = undescribed(Directory(services=services), "d.yaml", definitions)
    return [f"{each.severity} {each.rule} [{each.element}] {each.remedy}" for each in found]


def test_a_service_that_nobody_describes_is_told_with_the_one_that_was_meant() -> None:
    (said,) = told({"oral_surgery": CLINIC}, REFERS)
    assert said.startswith("warning service-not-described [oral_surgrey] Did you mean 'oral_surgery'?")


def test_a_service_that_is_described_or_computed_is_not_told() -> None:
    computed = definition_of(calling("closed_loop_referral", "=service", "service"))
    assert told({"oral_surgrey": CLINIC}, REFERS, computed) == []
    assert told({"oral_surgrey": CLINIC}, definition_of(working("referral.send", {"to": "requester"}))) == []


def test_a_site_without_services_is_told_nothing() -> None:
    assert told({}, REFERS) == []
