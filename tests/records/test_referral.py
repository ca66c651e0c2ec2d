"""Is the case of a referral found, also one that was called, with the chain that led to it? On both databases."""

from datetime import UTC, datetime, timedelta

from records.database import Database
from records.queries.access import Side
from records.queries.referral import case_of_referral, unacknowledged
from records.queries.referral_chain import chain_of
from records.tables import Case, CaseKey, Handoff, Lineage, ScopeVariables

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SIDE = Side("dr.elm", ("",), NOW)
ORDER = "REF-1-CANCER-MRI-1"


def case(case_id: str, key: str, referral_id: str, minutes: int) -> Case:
    return Case(
        case_id=case_id,
        root_case_id=case_id.partition("/")[0],
        caller=case_id.rpartition("/")[0] or None,
        key=key,
        name=key,
        sha256="sha",
        business_key=referral_id,
        started_at=NOW + timedelta(minutes=minutes),
        process_scope="process#1",
    )


async def test_a_chain_leads_from_the_first_referral_through_what_was_called_to_what_was_begun(
    database: Database,
) -> None:
    called = {"referral_id": "REF-1-SLT"}
    async with database.session() as session:
        session.add(case("case-1", "dental_clearance", "REF-1", 0))
        session.add(case("case-1/slt#1", "closed_loop_referral", "REF-1", 1))
        session.add(ScopeVariables(case_id="case-1/slt#1", scope="process#1", variables=called))
        session.add(CaseKey(case_id="case-1/slt#1", correlation_key="REF-1-SLT"))
        session.add(case("case-2", "ent_imaging_oncology", "REF-1-RF", 2))
        session.add(
            Lineage(
                case_id="case-2",
                referral_id="REF-1-RF",
                pathway="ent_imaging_oncology",
                kind="started",
                parent_case_id="case-1/red#1",
                parent_referral_id="REF-1",
                recorded_at=NOW,
            )
        )
        session.add(
            Handoff(idempotency_key="h1", case_id="case-1/slt#1", recipient_kind="role", recipient="gdp", sent_at=NOW)
        )
    async with database.reader() as session:
        found = await case_of_referral(session, "REF-1-SLT", SIDE)
        assert found is not None
        chain = [(link.case_id, link.referral_id, link.kind) for link in await chain_of(session, found)]
        assert await unacknowledged(session, found) == ("gdp",)
        second = await case_of_referral(session, "REF-1-RF", SIDE)
        assert second is not None
        assert [link.case_id for link in await chain_of(session, second)] == [case_id for case_id, _, _ in chain]
        assert await case_of_referral(session, "REF-9", SIDE) is None
    assert chain == [
        ("case-1", "REF-1", "first"),
        ("case-1/slt#1", "REF-1-SLT", "called"),
        ("case-2", "REF-1-RF", "started"),
    ]


async def test_a_pathway_that_is_called_for_a_referral_answers_for_it_and_an_order_for_its_own_number(
    database: Database,
) -> None:
    called = {
        "case-1/cancer#1": ("ent_imaging_oncology", {"referral_id": "REF-1-CANCER"}),
        "case-1/cancer#1/clr#1": ("closed_loop_referral", {"referral_id": "REF-1-CANCER"}),
        "case-1/cancer#1/mri#1": ("imaging_order", {"referral_id": "REF-1-CANCER", "order_id": ORDER}),
    }
    async with database.session() as session:
        session.add(case("case-1", "odontogenic_sinusitis", "REF-1", 0))
        for hour, (case_id, (key, variables)) in enumerate(called.items(), start=1):
            session.add(case(case_id, key, "REF-1", hour))
            session.add(ScopeVariables(case_id=case_id, scope="process#1", variables=variables))
            for number in set(variables.values()):
                session.add(CaseKey(case_id=case_id, correlation_key=number))
    async with database.reader() as session:
        found = {number: await case_of_referral(session, number, SIDE) for number in ("REF-1-CANCER", ORDER)}
        chain = [link.referral_id for link in await chain_of(session, found[ORDER] or case("", "", "", 0))]
    assert {number: case.case_id if case else None for number, case in found.items()} == {
        "REF-1-CANCER": "case-1/cancer#1",
        ORDER: "case-1/cancer#1/mri#1",
    }
    assert chain == ["REF-1", "REF-1-CANCER", "REF-1-CANCER", ORDER]
