"""A FHIR R4 document in XML goes the way of its JSON form, and its errors name the line."""

import json
from typing import Any

import pytest
from fhir_as_xml import FHIR, as_xml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interop_documents import bundle
from test_interop_real_input import RECORDS, REFERRALS
from test_interop_referral_note import REASON, document, note, section

from interop.errors import InteropError
from interop.fhir.r4_elements import TABLE
from interop.fhir.xml import ELEMENTS, fhir_json, parse_fhir
from interop.intake import from_fhir
from interop.referral import Intake

BOM = b"\xef\xbb\xbf"
EXTENDED = {
    "resourceType": "Patient",
    "id": "p",
    "active": True,
    "extension": [{"url": "urn:depth", "id": "e", "valueDecimal": 1.5}, {"url": "urn:n", "valuePositiveInt": 3}],
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Two <b>words</b> &amp;</div>'},
    "name": [
        {
            "family": "Sample",
            "given": ["Testina", None, "Ada"],
            "_given": [None, {"extension": [{"url": "urn:x"}]}, None],
        }
    ],
    "_birthDate": {"id": "b", "extension": [{"url": "urn:absent", "valueCode": "unknown"}]},
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Example", "telecom": [{"rank": 1}]}],
    "multipleBirthInteger": 2,
}


def read(value: dict[str, Any]) -> Intake:
    return from_fhir(parse_fhir(as_xml(value)))


def refused(xml: str | bytes) -> InteropError:
    with pytest.raises(InteropError) as caught:
        from_fhir(parse_fhir(xml if isinstance(xml, bytes) else xml.encode()))
    return caught.value


def json_of(xml: str) -> dict[str, Any]:
    return fhir_json(parse_fhir(xml.encode()))[0]


@pytest.mark.parametrize(
    "value",
    [bundle(), document(note(REASON, section("48765-2", "Penicillin", "AllergyIntolerance/a"))), EXTENDED],
    ids=["bundle", "note", "extended"],
)
def test_xml_becomes_the_very_json_that_it_is_the_other_form_of(value: dict[str, Any]) -> None:
    assert json.loads(json.dumps(fhir_json(parse_fhir(as_xml(value)))[0])) == value


@pytest.mark.skipif(not REFERRALS.exists(), reason="/work/shared/data is not on this machine")
@pytest.mark.parametrize("path", RECORDS[::8], ids=lambda path: path.stem)
def test_a_synthetic_patient_is_the_same_in_xml(path: Any) -> None:
    value = json.loads(path.read_text())
    assert fhir_json(parse_fhir(as_xml(value)))[0] == value


def test_the_referral_is_that_of_the_json_and_the_xml_as_posted_is_kept() -> None:
    posted = BOM + as_xml(bundle())
    intake, from_json_form = from_fhir(parse_fhir(posted)), from_fhir(bundle())
    assert intake.referral.model_dump(exclude={"attachments"}) == from_json_form.referral.model_dump(
        exclude={"attachments"}
    )
    kept = intake.documents[0]
    assert (kept.content, kept.attachment.mime_type, kept.attachment.id) == (posted, "application/fhir+xml", "fhir")


def test_an_element_that_r4_does_not_know_is_listed_as_not_carried() -> None:
    xml = as_xml(bundle()).replace(
        b"<birthDate", b'<shoe value="43"/><pet xmlns="urn:x"><name>Rex</name></pet><birthDate flavour="old"', 1
    )
    found = {each.where: each.count for each in from_fhir(parse_fhir(xml)).referral.losses}
    label = "Bundle.entry[*].resource(Patient)"
    assert {f"{label}.shoe", f"{label}.{{urn:x}}pet", f"{label}._birthDate"} <= set(found)


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ('<priority value="urgent"', '<priority value="soon"', "[1].resource.priority", "RequestPriority"),
        ('<status value="active"', '<status value="draft"', "[1].resource.status", "not active"),
        ("<subject >", "<subject ><modifierExtension/>", "[1].resource.subject.modifierExtension", "meaning"),
        ('<birthDate value="1960-02"', '<birthDate value="1960-13"', "[0].resource.birthDate", "not a date"),
        ('<gender value="female">', "<gender>female", "[0].resource.gender", "text stands between"),
        ('<gender value="female">', "<gender><coding/>", "[0].resource.gender", "holds elements"),
        ("<code >", '<code value="103697008">', "[1].resource.code", "made of elements"),
        ("<resource>", "<resource><Basic/>", "[0].resource", "exactly one resource"),
        ('<gender value="female">', '<gender/><gender value="female">', "[0].resource.gender", "second time"),
    ],
)
def test_what_is_wrong_in_xml_is_refused_with_its_path_and_line(old: str, new: str, where: str, what: str) -> None:
    xml = as_xml(bundle()).decode()
    assert old in xml
    line = xml[: xml.index(old)].count("\n") + 1
    error = refused(xml.replace(old, new, 1))
    assert error.where == f"Bundle.entry{where}"
    assert what in error.what
    assert f"(line {line})" in error.what
    assert error.remedy


def test_of_what_is_missing_the_line_is_that_of_what_should_hold_it() -> None:
    xml = as_xml(bundle()).decode()
    error = refused(xml.replace('<status value="active">\n</status>\n', "", 1))
    line = xml[: xml.index("<ServiceRequest")].count("\n") + 1
    assert (error.where, error.what) == ("Bundle.entry[1].resource.status", f"is missing (line {line})")


@pytest.mark.parametrize(
    ("xml", "what"),
    [
        ("<Bundle", "not well-formed XML at line 1"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><Bundle/>', "DOCTYPE"),
        ("<Bundle/>", "is not FHIR"),
        (f"<Bundle {FHIR}>".encode() + b"\xff</Bundle>", "not UTF-8"),
        (f"<Bundle {FHIR}/>".encode("utf-16"), "not UTF-8"),
        (f"<Bundle {FHIR}><type value='&secret;'/></Bundle>", "not well-formed"),
        (f"<Bundle {FHIR}>" + "<a>" * 300 + "</a>" * 300 + "</Bundle>", "not well-formed"),
        (f"<Bundle {FHIR}>" + "<a>" * 60 + "</a>" * 60 + "</Bundle>", "nested deeper than 40"),
        (f"<Bundle {FHIR}>" + "<a/>" * 200_001 + "</Bundle>", "more than 200000 elements"),
        (f"<Bundle {FHIR}><id value='{'x' * 8_000_000}'/></Bundle>", "more than 8000000 characters"),
        (f"<Bundle {FHIR}><entry id='a'><id value='b'/></entry></Bundle>", "both attribute and element"),
        ("", "not well-formed"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_xml_that_is_not_to_be_trusted_is_refused(xml: str | bytes, what: str) -> None:
    assert what in refused(xml).what


def test_numbers_and_booleans_that_are_none_stay_text_and_their_reader_says_so() -> None:
    xml = f"<Patient {FHIR}><active value='yes'/><multipleBirthInteger value='{'9' * 5000}'/></Patient>"
    found = json_of(xml)
    assert (found["active"], len(found["multipleBirthInteger"])) == ("yes", 5000)


def test_an_empty_element_says_nothing() -> None:
    assert json_of(f"<Patient {FHIR}><gender/><name/></Patient>") == {"resourceType": "Patient", "name": [{}]}


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_xml_with_some_characters_replaced_is_read_or_refused(data: st.DataObject) -> None:
    text = XML
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    marks = st.one_of(st.text("<>/=\"' :&;valueid", max_size=12), st.text(max_size=5))
    changed = (text[:start] + data.draw(marks) + text[end:]).encode("utf-8", "surrogatepass")
    try:
        intake = from_fhir(parse_fhir(changed))
    except InteropError:
        return
    json.dumps(intake.referral.to_variables(), allow_nan=False)


XML = as_xml(bundle()).decode()


def test_the_table_knows_what_the_readers_open() -> None:
    assert ELEMENTS["Bundle"]["entry"].type == "Bundle_Entry"
    assert ELEMENTS["Bundle_Entry"]["resource"].type == "Resource"
    assert ELEMENTS["Patient"]["name"].repeats
    assert not ELEMENTS["Organization"]["name"].repeats
    types = {kind.type for elements in ELEMENTS.values() for kind in elements.values()}
    assert types <= {"", "boolean", "number", "xhtml", "Resource", *ELEMENTS}
    assert max(len(line) for line in TABLE.splitlines()) <= 120
