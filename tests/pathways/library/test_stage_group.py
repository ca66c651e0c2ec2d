"""Which stage group do T, N and M of a head and neck cancer make? (UICC TNM8; where another table holds it says so)"""

from datetime import UTC, datetime

import pytest

from pathways.dmn.pinned import decisions_in
from tests.pathways.library.drawn import LIBRARY, drawn

NOW = datetime(2026, 1, 5, tzinfo=UTC)
BY_HAND = "not grouped here: stage by hand"
UNKNOWN = "not grouped: T or N is not known"


@pytest.mark.parametrize(
    ("tnm", "site", "p16", "group"),
    [
        ("Tis N0 M0", "C04", None, "0"),
        ("T1 N0 M0", "C04", None, "I"),
        ("T2 N0 M0", "C04", None, "II"),
        ("T3 N0 M0", "C32", None, "III"),
        ("T1 N1 M0", "C02.1", "positive", "III"),
        ("T4a N1 M0", "C13", None, "IVA"),
        ("T3 N2c M0", "C13", None, "IVA"),
        ("T4b NX M0", "C04", None, "IVB"),
        ("TX N3b M0", "C32", None, "IVB"),
        ("T1 N0 M1", "C32", None, "IVC"),
        ("T1 NX M0", "C32", None, UNKNOWN),
        ("TX N1 M0", "C04", None, UNKNOWN),
        ("T2 N1 M0", "ICD-10 C04.1", None, "III"),
        ("T2 N1 M0", "ICD-10 C01", "positive", BY_HAND),
        ("T2 N1 M0", "C01", "negative", "III"),
        ("T2 N1 M0", "C01", "positive", BY_HAND),
        ("T3 N0 M0", "C11.9", None, BY_HAND),
        ("T3 N0 M0", "c11.9", None, BY_HAND),
        ("T2 N1 M0", "c10.3", "positive", BY_HAND),
        ("T2 N0 M0", "c04.1", None, "II"),
        ("T2 N1 M0", "Base of tongue", "positive", BY_HAND),
        ("T2 N0 M0", "363349007", None, BY_HAND),
        ("T2 N0 M0", None, None, BY_HAND),
    ],
)
def test_t_n_and_m_make_a_stage_group(tnm: str, site: str | None, p16: str | None, group: str) -> None:
    found = drawn(LIBRARY / "b_ent_imaging_oncology")
    assert found is not None
    t, n, m = tnm.split()
    given = {"t": t, "n": n, "m": m, "tumour_site": site, "p16_hpv": p16}
    (decisions,) = (
        each
        for each in map(decisions_in, found.definition.decisions)
        if any(decision.id == "stage_group" for decision in each.decisions)
    )
    assert decisions.evaluate("stage_group", given, now=NOW).value == group
