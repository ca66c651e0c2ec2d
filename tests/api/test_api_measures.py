"""Is the pain told at each review kept as a series, for those who may see it?"""

import pytest

from tests.api.conftest import Office

pytestmark = pytest.mark.temporal


async def test_each_value_of_a_number_is_told_with_its_time_and_the_change(any_office: Office) -> None:
    case = (await any_office.refer("two_tasks"))["case_id"]
    for value in (7, None, "none", 4, 2.5):
        await any_office.admin.do(f"/cases/{case}/variables", {"variables": {"pain_nrs": value, "weight": 70}})
    found = await any_office.dentist.read(f"/cases/{case}/measures")
    assert (found["name"], [each["value"] for each in found["values"]]) == ("pain_nrs", [7, 4, 2.5])
    assert (found["change"], found["withheld"]) == (-4.5, False)
    times = [each["at"] for each in found["values"]]
    assert times == sorted(times)


async def test_who_does_not_see_the_class_of_a_number_reads_none_of_it(office: Office) -> None:
    case = (await office.refer("two_tasks"))["case_id"]
    await office.admin.do(f"/cases/{case}/variables", {"variables": {"pain_nrs": 7}})
    found = await office.coordinator.read(f"/cases/{case}/measures", name="pain_nrs")
    assert (found["values"], found["withheld"]) == ([], True)
    stranger = office.person("n.yew", "dentist", organisation="northern")
    assert (await stranger.get(f"/cases/{case}/measures")).status_code == 404
