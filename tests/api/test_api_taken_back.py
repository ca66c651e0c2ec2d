"""As what does each pathway hear that its referral was taken back, when that comes as a message from outside?

The cases of the library are played on the pure engine and written into the records; who is told is then asked of the
read model, as for every message that comes in.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select
from temporalio.client import Client

from api.addressing import Target, targets
from api.delivery import Inbound, noted
from api.post import post_of
from api.taking_back import NOT_AWAITED
from records.queries.referral_acts import ABORT_REQUESTED, CANCELLED
from records.queries.referral_chain import chain_of
from records.tables import Case, OrderRecord
from records.writes.publications import publish_together
from tests.api.conftest import Office, open_office
from tests.api.test_api_answered_referrals import FOLDERS, THEN, library, write_down
from workflows.host.keys_wrapping import KeyRing
from workflows.proof.scenario import Case as Scenario
from workflows.proof.scenario import play_on_engine, read_cases
from workflows.proof.simulation import Simulation

pytestmark = pytest.mark.temporal

AT_THE_START: Mapping[str, tuple[str, str]] = {
    "00_closed_loop_referral": (CANCELLED, "cancelled"),
    "01_imaging_order": (CANCELLED, "abort-requested"),
    "02_case_conference": ("", ""),
    "a_pre_rt_dental_clearance": (ABORT_REQUESTED, "cancelled"),
    "b_ent_imaging_oncology": (ABORT_REQUESTED, "abort-requested"),
    "c_dental_red_flag_lesion": (ABORT_REQUESTED, "abort-requested"),
    "d_odontogenic_sinusitis": (ABORT_REQUESTED, "cancelled"),
    "e_tmj_assessment": (ABORT_REQUESTED, "cancelled"),
    "f_oral_care_during_after": (ABORT_REQUESTED, "abort-requested"),
    "g_surveillance_imaging": (ABORT_REQUESTED, "abort-requested"),
    "h_paediatric_mouth_breathing": (ABORT_REQUESTED, "cancelled"),
    "i_complex_shared_plan": (ABORT_REQUESTED, "abort-requested"),
}
"""By folder: the message that its case hears, and what that means; nothing: it is refused, and the sender hears why."""

VISITED, BOTH_ASKED, LOST, ENT_BOOKED = 11, 7, 4, 6
"""Steps of b until its scan is ordered, of d until dentist and scan are booked, of 01 until a study is made again.

Of h until the visit at ENT is booked.
"""


@pytest_asyncio.fixture(scope="module")
async def records(
    dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """An office in which the library is published."""
    path = tmp_path_factory.mktemp("taken-back") / "records.sqlite"
    async with open_office(f"sqlite:///{path}", dev_server, key_ring) as office:
        async with office.database.session() as session:
            await publish_together(session, library(), actor="test", now=THEN)
        office.app.state.surroundings = replace(office.app.state.surroundings, clock=lambda: THEN)
        yield office


def cases_of(folder: str, name: str = "") -> list[Scenario]:
    text = (FOLDERS[folder] / "cases.yaml").read_text()
    return read_cases(text.replace("REF-", f"REF-{name}-") if name else text)


async def played(records: Office, folder: str, name: str, steps: int = 0, *then: Mapping[str, Any], of: int = 0) -> str:
    """Play so many steps of a case of a folder (`of`: which, the first by default), and further ones.

    Gives its referral id. `name`: what the case is called, and its numbers.
    """
    first = cases_of(folder, name)[of]
    simulation = Simulation({each.key: each.definition for each in library()})
    await play_on_engine(replace(first, steps=(*first.steps[:steps], *then)), simulation, folder.partition("_")[2])
    await write_down(records, name, simulation, simulation.trace)
    return str(first.start["referral_id"])


async def told(records: Office, message: str, referral_id: str, **variables: Any) -> list[Target]:
    inbound = Inbound(message, referral_id, f"{message}:{referral_id}", variables)
    return list(await targets(post_of(records.app.state.surroundings), noted(inbound, "gateway.north", THEN)))


@pytest.mark.parametrize("message", [CANCELLED, ABORT_REQUESTED])
@pytest.mark.parametrize("folder", AT_THE_START)
async def test_every_pathway_is_asked_or_the_sender_is_refused(records: Office, folder: str, message: str) -> None:
    heard, outcome = AT_THE_START[folder]
    referral_id = await played(records, folder, folder)
    [target] = await told(records, message, referral_id, before_progress=True)
    taken = target.taken_back
    assert target.case_id == folder
    assert (taken.message, taken.outcome) == (heard, outcome) if taken else target.refused == NOT_AWAITED
    assert taken is None or heard == CANCELLED or taken.variables == {"before_progress": outcome == "cancelled"}


async def test_after_the_visit_the_pathway_is_asked_and_none_of_the_orders_that_it_has_called(records: Office) -> None:
    referral_id = await played(records, "b_ent_imaging_oncology", "seen", VISITED)
    [target] = await told(records, CANCELLED, referral_id)
    assert (target.case_id, target.taken_back and target.taken_back.message) == ("seen", ABORT_REQUESTED)


@pytest.mark.parametrize(("steps", "outcome"), [(ENT_BOOKED - 1, "cancelled"), (ENT_BOOKED, "abort-requested")])
async def test_a_pathway_is_only_asked_once_a_referral_that_it_has_called_for_is_booked(
    records: Office, steps: int, outcome: str
) -> None:
    referral_id = await played(records, "h_paediatric_mouth_breathing", f"child-{steps}", steps)
    [target] = await told(records, CANCELLED, referral_id)
    assert target.taken_back is not None
    assert (target.taken_back.outcome, target.taken_back.variables) == (
        outcome,
        {"before_progress": outcome == "cancelled"},
    )


async def test_an_order_is_cancelled_under_its_own_number(records: Office) -> None:
    referral_id = await played(records, "b_ent_imaging_oncology", "ordered", VISITED)
    [target] = await told(records, CANCELLED, f"{referral_id}-MRI-1")
    assert target.case_id.startswith("ordered/mri#")


async def test_an_order_told_by_name_is_cancelled_without_the_one_that_has_taken_its_place(records: Office) -> None:
    repeated = next(
        index for index, case in enumerate(cases_of("01_imaging_order")) if case.id == "repeat-is-cancelled"
    )
    await played(records, "01_imaging_order", "again", LOST, of=repeated)
    inbound = Inbound(CANCELLED, "REF-again-1102-US", f"{CANCELLED}:alone", case_id="again")
    found = await targets(post_of(records.app.state.surroundings), noted(inbound, "k.holly", THEN))
    assert [each.case_id for each in found] == ["again"]


async def test_what_an_accepted_abort_has_called_is_cancelled_in_the_chain_of_the_referral(records: Office) -> None:
    folder, referral_id = "d_odontogenic_sinusitis", "REF-stopped-D1"
    order = OrderRecord(
        order_id=f"{referral_id}-CT", patient_id="PAT-1", code_family="sinus CT", case_id="stopped/ct#", ordered_at=THEN
    )
    await played(records, folder, "stopped", BOTH_ASKED)
    async with records.database.session() as session:
        called = await session.exec(select(Case.case_id).where(col(Case.case_id).startswith(order.case_id)))
        order.case_id = called.one()
        session.add(order)
    assert await standing(records, f"{referral_id}-DENTAL-1") == ("running", "booked")
    asked = {"message": ABORT_REQUESTED, "correlationKey": referral_id, "variables": {"cancel_reason": "Elsewhere"}}
    accepted = {"complete": "abort_answer", "variables": {"abort": "accept", "abort_reason": "Agreed"}}
    await played(records, folder, "stopped", BOTH_ASKED, asked, accepted)
    assert await standing(records, f"{referral_id}-DENTAL-1") == ("cancelled", "cancelled")
    async with records.database.reader() as session:
        ended = await session.get_one(OrderRecord, (order.order_id, ""))
        chain = await chain_of(session, await session.get_one(Case, ended.case_id))
    assert ended.status == "cancelled"
    assert [(link.kind, link.status) for link in chain if link.case_id == ended.case_id] == [("called", "cancelled")]


async def standing(records: Office, referral_id: str) -> tuple[str, str]:
    """Whether the case of a referral runs, and where it stands."""
    found = await records.admin.read(f"/referrals/{referral_id}")
    async with records.database.reader() as session:
        case = await session.get_one(Case, found["case_id"])
    return case.status, found["state"]["state"]
