"""Do those who work with a pathway tell its designers what is wrong with a step, and read what they answer?"""

import pytest

from tests.api.conftest import Office
from tests.api.test_api_tasks import first_task

pytestmark = pytest.mark.temporal


async def test_a_clinician_says_what_is_wrong_and_reads_the_answer_of_the_designers(office: Office) -> None:
    found, link = await first_task(office)
    body = {"about": "timing", "text": "Two days are too short after a weekend."}
    given = await office.dentist.do(f"{link}/feedback", body)
    assert (given["about"], given["version"], given["status"], found["case_id"] in str(given)) == (
        "timing",
        1,
        "open",
        False,
    )
    listing = f"/pathways/{given['pathway']}/feedback"
    mine = (await office.dentist.read(listing))["items"]
    assert given["feedback_id"] in {each["feedback_id"] for each in mine}
    address = f"/feedback/{given['feedback_id']}/answer"
    assert (await office.dentist.post(address, {"answer": "I agree with myself"})).status_code == 403
    await office.admin.do(address, {"answer": "Four working days from version 2 on.", "close": True})
    closed = (await office.dentist.read(listing, status="closed"))["items"]
    assert [each["answer"] for each in closed if each["feedback_id"] == given["feedback_id"]] == [
        "Four working days from version 2 on."
    ]
    assert (await office.admin.read(listing, version=9))["total"] == 0


async def test_nobody_reads_what_others_have_said_nor_answers_for_another_organisation(office: Office) -> None:
    _, link = await first_task(office)
    given = await office.dentist.do(f"{link}/feedback", {"about": "owner", "text": "Not ours."})
    listing = f"/pathways/{given['pathway']}/feedback"
    strangers = office.person("n.yew", "clinical_lead", organisation="northern")
    for reader in (office.oncologist, strangers):
        found = (await reader.read(listing))["items"]
        assert given["feedback_id"] not in {each["feedback_id"] for each in found}
    refused = await strangers.post(f"/feedback/{given['feedback_id']}/answer", {"answer": "no"})
    assert refused.status_code == 404
    assert (await strangers.post(f"{link}/feedback", {"about": "owner", "text": "x"})).status_code == 404
