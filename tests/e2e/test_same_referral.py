"""Is the same referral, posted twice at the same moment, one case?"""

import asyncio

import pytest

from tests.e2e.conftest import Stack, dental_referral

pytestmark = pytest.mark.temporal


async def test_two_identical_referrals_at_the_same_moment_are_one_case(stack: Stack) -> None:
    referral = dental_referral(
        "REF-E2E-TWICE", patient={"identifiers": [{"value": "MRN-TWICE"}], "name": "Testina Twice"}
    )
    answers = await asyncio.gather(*(stack.ask("gateway.beacon", "POST", "/referrals", referral) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len({answer.json()["case_id"] for answer in answers}) == 1
    found = await stack.api.get("c.aspen", "/cases", pathway="pre_rt_dental_clearance")
    assert [case["referral_id"] for case in found["items"]].count("REF-E2E-TWICE") == 1
    case_id = answers[0].json()["case_id"]
    tasks = await stack.first_tasks("dr.eagle", case_id)
    assert [task["form_id"] for task in tasks] == ["pre_rt_dental_clearance.req"]
