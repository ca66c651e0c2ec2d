"""Is a hand-off one page with one question and one owner, and no more than its reader may see?"""

import pytest

from api.ids import word
from tests.api.conftest import Office
from tests.api.northern import SOUTH, handed, northern

pytestmark = pytest.mark.temporal
RESULT = {
    "outcome": "fit for radiotherapy",
    "report": {"plan": "Fluoride, recall in 3 months", "follow_up_owner": "Dr Plover", "patient_copy": True},
    "letter": "word " * 100,
}


async def test_a_hand_off_is_one_page_with_one_question_and_one_owner(office: Office) -> None:
    case = await northern(office)
    dentist = case.person("gdp")
    name = word(await handed(case, "gdp", RESULT))
    [listed] = [each for each in await dentist.read("/handoffs") if each["id"] == name]
    page = await dentist.read(listed["links"]["self"])
    assert page["question"] == "Are the teeth fit for radiotherapy?"
    assert page["owner"] == {"name": "Dr Plover", "named_by": "report"}
    assert page["page"] == [
        {"what": "outcome", "says": "fit for radiotherapy"},
        {"what": "report", "says": "Fluoride, recall in 3 months; Dr Plover; yes"},
    ]
    assert page["left_out"] == ["letter"], "what is longer than a page is named"
    await dentist.do(page["links"]["acknowledge"])
    assert (await dentist.read(listed["links"]["self"]))["acknowledged_by"]


async def test_whoever_does_not_see_the_question_is_told_that_it_is_left_out(office: Office) -> None:
    case = await northern(office)
    name = await handed(case, "radiographer", {"outcome": "fit"})
    page = await case.person("radiographer").read(f"/handoffs/{word(name)}")
    assert (page["question"], page["left_out"]) == ("", ["clinical_question"])


async def test_a_hand_off_to_others_is_refused_and_to_another_organisation_it_is_not_there(office: Office) -> None:
    case = await northern(office)
    link = f"/handoffs/{word(await handed(case, 'gdp', RESULT))}"
    assert (await case.person("ent_surgeon").get(link)).status_code == 403
    away = await case.person("gdp", organisation=SOUTH).get(link)
    assert (away.status_code, "fit" in away.text) == (404, False)
