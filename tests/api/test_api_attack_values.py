"""Does every role see of every value what the matrix says, on every route that carries values?"""

from collections.abc import Mapping
from typing import Any

import pytest
import pytest_asyncio

from api.ids import case_and_activation
from policy.matrix import EVERYTHING, matrix
from records.tables import Case, ScopeVariables, Task, TaskCandidate
from tests.api.attackers import CLASS_OF, VALUES, names_in, seen
from tests.api.conftest import Office, Person
from tests.api.northern import NORTH, Northern, handed, with_everything

pytestmark = pytest.mark.temporal
ROLES = tuple(sorted(matrix().roles))
ALL_ROLES = (*ROLES, "dentist")
WORKING = tuple(role for role in ROLES if not matrix().is_of_type(role, "patient"))
SERVICE = "dental_oncology"


@pytest_asyncio.fixture(scope="module")
async def ward(office: Office) -> Northern:
    """A case in which every role has a part, with a value of every class wherever values stand."""
    case = await with_everything(office, VALUES)
    for role in ROLES:
        await handed(case, role, VALUES)
    key = case_and_activation(case.ids["tasks"])
    assert key is not None
    async with office.database.session() as session:
        root = await session.get_one(Case, case.case_id)
        scope = await session.get_one(ScopeVariables, (case.case_id, root.process_scope))
        scope.variables = {"patient_id": case.patient_id, **VALUES}
        task = await session.get_one(Task, key)
        task.inputs, task.groups = VALUES, [*task.groups, *WORKING]
        candidates = [TaskCandidate(case_id=key[0], activation=key[1], kind="role", name=role) for role in WORKING]
        session.add_all(candidates)
    return case


def one_of(case: Northern, role: str, organisation: str = NORTH) -> Person:
    """Somebody of one role; a patient or carer is another one than the case's."""
    return case.person(role, organisation=organisation, patient_id=f"P-of-{organisation}", team=SERVICE)


@pytest.mark.parametrize("role", WORKING)
async def test_a_role_sees_of_every_value_what_the_matrix_says_and_no_more(ward: Northern, role: str) -> None:
    who = one_of(ward, role)
    letter, mine = (("outcome_letter",), ("own_referral",)) if matrix().is_of_type(role, "clinician") else ((), ())
    case, task = await who.read(ward.link), await who.read(f"/tasks/{ward.ids['tasks']}")
    assert (names_in(str(case["variables"])), names_in(str(task["values"]))) == (seen(role), seen(role, *mine))
    assert set(case["withheld"]) - {"patient_id"} == set(CLASS_OF) - seen(role)
    assert set(task["withheld"]) == set(CLASS_OF) - seen(role, *mine)
    assert names_in(str([each["read"] for each in case["incidents"]])) == seen(role)
    result = next(each for each in await who.read("/handoffs") if each["case_id"] == ward.case_id)
    assert_shown(result["result"], result["withheld"], seen(role, *letter))
    referral = next(each for each in await who.read(f"/services/{SERVICE}/inbox") if each["case_id"] == ward.case_id)
    assert_shown(referral["referral"], referral["withheld"], seen(role, *mine))
    timeline = await who.read(f"{ward.link}/timeline")
    assert all((each["detail"] is None) == (EVERYTHING not in matrix().sees(role)) for each in timeline)


def assert_shown(values: Mapping[str, Any], withheld: list[str], expected: set[str]) -> None:
    """Values that came from elsewhere have the class of what they came in, where nobody knows their names."""
    known = set(CLASS_OF) - {"unheard_of"}
    assert names_in(str(values)) & known == expected & known
    assert set(withheld) | names_in(str(values)) == set(CLASS_OF)


async def test_an_unknown_member_of_what_was_sent_is_of_the_class_of_what_was_sent(ward: Northern) -> None:
    """A letter's text is read by the clinician to whom it is handed, and by no coordinator who gets it too."""
    for role, reads in (("gdp", True), ("medical_physician", True), ("coordinator", False), ("safety_officer", False)):
        result = next(e for e in await one_of(ward, role).read("/handoffs") if e["case_id"] == ward.case_id)
        assert ("unheard_of" in result["result"]) is reads


async def test_a_patient_reads_of_their_own_result_what_patients_see_and_nobody_elses(ward: Northern) -> None:
    own = ward.office.person("pt.ward", "patient", patient_id=ward.patient_id)
    result = next(each for each in await own.read("/handoffs") if each["case_id"] == ward.case_id)
    assert_shown(result["result"], result["withheld"], seen("patient"))
    assert not [e for e in await one_of(ward, "patient").read("/handoffs") if e["case_id"] == ward.case_id]
    assert not [e for e in await one_of(ward, "carer").read("/handoffs") if e["case_id"] == ward.case_id]
