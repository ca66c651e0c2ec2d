"""Does a report of somebody else show by its birth date or a number, and is nobody taken for another by a name?"""

from typing import Any

import pytest

from policy.report_subject import is_somebody_else, subject_of


def patient(*numbers: str, born: str = "", system: str | None = "urn:mrn", **more: Any) -> dict[str, Any]:
    identifiers = [{"value": number, **({"system": system} if system else {})} for number in numbers]
    return {"identifiers": identifiers, **({"birth_date": born} if born else {}), **more}


SAMPLE = patient("MRN-7", born="1961-05-04", name="Testina Sample")


@pytest.mark.parametrize(
    ("said", "known", "is_other"),
    [
        (patient("MRN-7", born="1961-05-04"), [SAMPLE], False),
        (patient("MRN-7"), [SAMPLE], False),
        (patient(born="1961-05-04"), [SAMPLE], False),
        (patient("MRN-8"), [SAMPLE], True),
        (patient("MRN-8", born="1961-05-04"), [SAMPLE], True),
        (patient("MRN-7", born="1961-05-05"), [SAMPLE], True),
        (patient(born="1999-01-01"), [SAMPLE], True),
        (patient("MRN-8", "MRN-7"), [SAMPLE], False),
        (patient("MRN-8"), [SAMPLE, patient("MRN-8", born="1961-05-04")], False),
        (patient("RIS-1", system="urn:ris"), [SAMPLE], False),
        (patient("RIS-1", system="urn:ris", born="1961-05-05"), [SAMPLE], True),
        (patient("7", system=None), [patient("8", system=None)], True),
        (patient("7", system=None), [patient("7", system=None)], False),
        (patient(born="1961"), [SAMPLE], False),
        (patient(born="1961-05-04"), [patient("MRN-7", born="1961-05")], False),
        (patient(name="Somebody Else"), [SAMPLE], False),
        (patient("MRN-8"), [], False),
        ({"identifiers": "MRN-8", "birth_date": None}, [SAMPLE], False),
        ("MRN-8", [SAMPLE], False),
    ],
    ids=[
        "number and date agree",
        "number agrees",
        "date agrees",
        "another number",
        "another number, the same date",
        "the same number, another date",
        "another date",
        "one of several numbers agrees",
        "known by that number from another case",
        "a number of another issuer says nothing",
        "another issuer, another date",
        "numbers without an issuer differ",
        "numbers without an issuer agree",
        "a year says nothing",
        "half a date is known",
        "a name says nothing",
        "nobody is known",
        "no list",
        "no patient",
    ],
)
def test_who_is_somebody_else(said: Any, known: list[dict[str, Any]], is_other: bool) -> None:
    assert is_somebody_else(subject_of(said), [subject_of(each) for each in known]) is is_other
