"""May it leave? The patient's newest word counts, somebody specific against everybody, a duty against an objection."""

from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from policy.agreements import Agreement, agreed
from policy.consent import (
    Allowed,
    ConsentError,
    Recipient,
    Refused,
    Statement,
    check_limits,
    decide,
    has_legal_basis,
    may_be_counted,
    scope_of,
    state,
)
from policy.consent import stricter as stricter_of

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLINIC = Recipient(("sharing", "service:clinic", "organisation:east"), ("clinic", "dr.oak"))
CASE = "case-1"


def word(status: str, days_ago: int, scope: str = "sharing", **more: Any) -> Statement:
    return Statement(scope, status, NOW - days_ago * DAY, **more)


ANSWERS = [
    pytest.param([], "allowed", "missing", id="nothing was said: no objection"),
    pytest.param([word("given", 1)], "allowed", "given", id="given"),
    pytest.param([word("withdrawn", 1)], "consent_withdrawn", "withdrawn", id="withdrawn"),
    pytest.param([word("opted_out", 1)], "opted_out", "opted_out", id="opted out"),
    pytest.param([word("refused", 1)], "opted_out", "opted_out", id="refused"),
    pytest.param([word("withdrawn", 2), word("given", 1)], "allowed", "given", id="given again"),
    pytest.param([word("given", 2), word("withdrawn", 1)], "consent_withdrawn", "withdrawn", id="withdrawn after"),
    pytest.param([word("withdrawn", 1, "service:other")], "allowed", "missing", id="withdrawn from somebody else"),
    pytest.param(
        [word("withdrawn", 2, "service:clinic"), word("given", 1)],
        "consent_withdrawn",
        "withdrawn",
        id="a general yes does not lift an objection to somebody",
    ),
    pytest.param(
        [word("withdrawn", 2), word("given", 1, "service:clinic")],
        "allowed",
        "given",
        id="a newer yes to somebody lifts a general objection",
    ),
    pytest.param(
        [word("given", 2, "service:clinic"), word("withdrawn", 1)],
        "consent_withdrawn",
        "withdrawn",
        id="a general objection ends an older yes to somebody",
    ),
    pytest.param([word("withdrawn", 1, "organisation:east")], "consent_withdrawn", "withdrawn", id="an organisation"),
    pytest.param([word("given", 2, expires=NOW - DAY)], "allowed", "missing", id="expired: to be asked again"),
    pytest.param(
        [word("withdrawn", 3), word("given", 2, expires=NOW - DAY)],
        "consent_withdrawn",
        "withdrawn",
        id="withdrawn, then given for a time that is over",
    ),
    pytest.param([word("withdrawn", -1)], "allowed", "missing", id="not yet in force"),
    pytest.param(
        [word("withdrawn", 2), word("legal_basis", 1, case_id=CASE)], "allowed", "withdrawn", id="duty in this case"
    ),
    pytest.param(
        [word("withdrawn", 2), word("legal_basis", 1, case_id="case-2")],
        "consent_withdrawn",
        "withdrawn",
        id="duty in another case",
    ),
    pytest.param(
        [word("legal_basis", 2, case_id=CASE), word("withdrawn", 1)],
        "consent_withdrawn",
        "withdrawn",
        id="withdrawn again after the duty was put on record",
    ),
    pytest.param(
        [word("given", 1, limits=("named_clinician_only",), named=("dr.elm",))], "not_named", "given", id="not named"
    ),
    pytest.param(
        [word("given", 1, limits=("named_clinician_only",), named=("dr.oak",))], "allowed", "given", id="named"
    ),
]


@pytest.mark.parametrize(("said", "answer", "stands"), ANSWERS)
def test_what_the_patient_said_decides(said: list[Statement], answer: str, stands: str) -> None:
    found = decide(said, CLINIC, case_id=CASE, now=NOW)
    assert (found.reason if isinstance(found, Refused) else found.kind) == answer
    assert state(said, CLINIC, case_id=CASE, now=NOW) == stands


def test_a_limit_keeps_its_data_classes_back() -> None:
    found = decide([word("given", 1, limits=("no_dental",))], CLINIC, case_id=CASE, now=NOW)
    assert found == Allowed(frozenset({"dental", "dental_plan"}))


def test_a_limit_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ConsentError, match="no_shoes"):
        check_limits(["no_dental", "no_shoes"])


@pytest.mark.parametrize("said", [None, "", "all", "data", 7, "service:", {"scope": "service:a"}])
def test_a_scope_that_is_not_understood_is_everything(said: object) -> None:
    assert scope_of(said) == "sharing"


@pytest.mark.parametrize("said", ["contact", "secondary_use", "service:clinic", "Role:referrer"])
def test_a_scope_that_is_understood_is_kept(said: str) -> None:
    assert scope_of(said) == said.lower()


def test_of_two_who_are_one_the_stricter_word_counts() -> None:
    assert stricter_of(word("given", 1), word("withdrawn", 5)).status == "withdrawn"
    both = stricter_of(word("given", 1, limits=("no_hiv",)), word("given", 5, limits=("no_dental",)))
    assert both.limits == ("no_dental", "no_hiv")


PATIENT = Recipient(("contact", "role:patient"), ("patient",))


def test_a_duty_to_share_is_none_to_write_to_a_patient_who_does_not_want_it() -> None:
    said = [word("opted_out", 3, "contact"), word("withdrawn", 2), word("legal_basis", 1, case_id=CASE)]
    assert decide(said, PATIENT, case_id=CASE, now=NOW) == Refused("opted_out")
    assert decide(said, CLINIC, case_id=CASE, now=NOW) == Allowed()


def test_a_duty_to_share_with_somebody_opens_nothing_to_others() -> None:
    said = [word("withdrawn", 2), word("legal_basis", 1, "service:clinic", case_id=CASE)]
    assert decide(said, CLINIC, case_id=CASE, now=NOW) == Allowed()
    other = Recipient(("sharing", "service:other"), ("other",))
    assert decide(said, other, case_id=CASE, now=NOW) == Refused("consent_withdrawn")


def test_who_does_not_want_to_be_written_to_ends_no_duty_to_share() -> None:
    said = [word("withdrawn", 3), word("legal_basis", 2, case_id=CASE), word("opted_out", 1, "contact")]
    assert has_legal_basis(said, case_id=CASE, now=NOW)


TODAY = NOW.date()
EAST = Agreement.model_validate({"from": "centre", "to": "east", "classes": ["dental"], "until": TODAY})


@pytest.mark.parametrize(
    ("agreements", "recipients", "on", "classes"),
    [
        pytest.param(None, ("clinic",), TODAY, "all", id="no agreements are kept here"),
        pytest.param((), ("clinic", "east"), TODAY, None, id="kept, and there is none"),
        pytest.param((EAST,), ("clinic", "east"), TODAY, {"dental"}, id="on its last day"),
        pytest.param((EAST,), ("clinic", "east"), TODAY + DAY, None, id="the day after"),
        pytest.param((EAST,), ("other",), TODAY, None, id="with somebody else"),
        pytest.param((EAST, Agreement(to="clinic")), ("clinic",), TODAY, "all", id="with the service itself"),
    ],
)
def test_an_agreement_says_what_may_go_to_another_organisation(
    agreements: tuple[Agreement, ...] | None,
    recipients: tuple[str, ...],
    on: date,
    classes: AbstractSet[str] | str | None,
) -> None:
    assert agreed(agreements, sender="centre", recipients=recipients, on=on) == classes


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ([], True),
        ([word("opted_out", 1)], True),
        ([word("opted_out", 1, "secondary_use")], False),
        ([word("opted_out", 2, "secondary_use"), word("given", 1, "secondary_use")], True),
        ([word("opted_out", 2, "secondary_use"), word("given", 1)], False),
    ],
)
def test_only_a_word_on_secondary_use_decides_whether_figures_count_a_patient(
    said: list[Statement], counted: bool
) -> None:
    assert may_be_counted(said, now=NOW) is counted


def test_opting_out_of_secondary_use_stops_nothing_that_care_needs() -> None:
    said = [word("legal_basis", 2, case_id=CASE), word("opted_out", 1, "secondary_use")]
    assert isinstance(decide(said, CLINIC, case_id=CASE, now=NOW), Allowed)
    assert has_legal_basis(said, case_id=CASE, now=NOW)
    assert state(said, CLINIC, case_id=CASE, now=NOW) == "missing"
