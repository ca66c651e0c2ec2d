"""Is it the same order again? Windows per modality; site and side must not contradict."""

from datetime import UTC, datetime, timedelta

import pytest

from policy.duplicates import Earlier, OrderKey, duplicates, order_key

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def reported(modality: str, days_ago: int, **where: str) -> Earlier:
    return Earlier("o1", order_key(modality, **where), "final", is_running=False, reported_at=NOW - timedelta(days_ago))


@pytest.mark.parametrize(
    ("modality", "window"),
    [("OPG", 180), ("CBCT", 180), ("CT_sinus", 90), ("US_neck", 42), ("MRI_neck", 60), ("PET_CT", 42)],
)
def test_a_final_report_counts_until_its_window_closes(modality: str, window: int) -> None:
    key = order_key(modality)
    assert duplicates(key, [reported(modality, window - 1)], now=NOW)
    assert not duplicates(key, [reported(modality, window)], now=NOW)


@pytest.mark.parametrize(
    ("key", "earlier", "same"),
    [
        pytest.param(order_key("OPG"), reported("DPT", 10), True, id="another name of the same family"),
        pytest.param(order_key("MRI_TMJ"), reported("MRI_neck", 10), False, id="another body site"),
        pytest.param(order_key("US_FNA"), reported("US_neck", 2), False, id="a biopsy follows its ultrasound"),
        pytest.param(order_key("CXR"), reported("CXR", 1), False, id="no window: a report does not count"),
        pytest.param(
            order_key("CBCT", laterality="left"), reported("CBCT", 1, laterality="right"), False, id="the other side"
        ),
        pytest.param(order_key("CBCT", laterality="left"), reported("CBCT", 1), True, id="a side that nobody said"),
        pytest.param(
            order_key("CXR"), Earlier("o", order_key("CXR"), "active", is_running=True), True, id="one is under way"
        ),
        pytest.param(
            order_key("CXR"), Earlier("o", order_key("CXR"), "active", is_running=False), False, id="its case ended"
        ),
        pytest.param(
            order_key("OPG"), Earlier("o", order_key("OPG"), "cancelled", is_running=True), False, id="cancelled"
        ),
        pytest.param(order_key("OPG"), Earlier("o", order_key("OPG"), "held", is_running=True), False, id="held"),
    ],
)
def test_two_orders_are_the_same_by_family_site_and_side(key: OrderKey, earlier: Earlier, same: bool) -> None:
    assert bool(duplicates(key, [earlier], now=NOW)) is same


def test_what_is_under_way_comes_before_the_newest_report() -> None:
    rows = [reported("OPG", 20), Earlier("running", order_key("OPG"), "active", is_running=True)]
    assert [each.order_id for each in duplicates(order_key("OPG"), rows, now=NOW)] == ["running", "o1"]
