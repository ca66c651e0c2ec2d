"""What happens with files that are broken or malicious? One clear finding, never a crash and never a hang."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathways.bpmn.reader import Reading, read_bpmn
from tests.pathways.bpmn.diagrams import chain, document, rules

GOOD = document(chain(names=()))
LAUGHS = (
    b'<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;">]>\n<x>&c;</x>'
)
OUTSIDE = b'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
FILES = {
    "empty file": (b"", "xml-syntax"),
    "not xml": (b"\x00\x01\x02binary", "xml-syntax"),
    "plain text": (b"hello", "xml-syntax"),
    "cut off": (GOOD[:-30], "xml-syntax"),
    "billion laughs": (LAUGHS, "xml-doctype"),
    "external entity": (OUTSIDE, "xml-doctype"),
    "doctype alone": (b"<!DOCTYPE x><x/>", "xml-doctype"),
    "doctype in utf-16": ("\ufeff<!DOCTYPE x [<!ENTITY a 'b'>]><x/>".encode("utf-16-le"), "xml-doctype"),
    "undeclared entity": (GOOD.replace(b'name="P"', b'name="&nope;"'), "xml-syntax"),
    "too deep": (b"<a>" * 5000 + b"</a>" * 5000, "xml-depth"),
    "too large": (b"<a/>" + b" " * 10_000_000, "xml-size"),
    "latin-1 declared as utf-8": (GOOD.replace(b'name="P"', b'name="\xe9t\xe9"'), "xml-syntax"),
    "unknown encoding": (GOOD.replace(b"UTF-8", b"KLINGON"), "xml-syntax"),
    "another root": (b"<html/>", "not-bpmn"),
    "bpmn 1": (b'<definitions xmlns="http://www.omg.org/bpmn1"/>', "not-bpmn"),
    "no process": (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "no-executable-process"),
    "same id twice": (document(chain('<bpmn:task id="it"/>', '<bpmn:task id="it"/>', names=("it",))), "duplicate-id"),
    "prefix without namespace": (b"<who:definitions/>", "xml-syntax"),
}


def _read(source: bytes) -> Reading:
    return read_bpmn(source, file="hostile.bpmn", ladders={}, calendars={})


@pytest.mark.parametrize(("source", "rule"), FILES.values(), ids=FILES.keys())
def test_a_hostile_file_is_refused_with_one_finding(source, rule):
    reading = _read(source)
    assert reading.definition is None
    assert [finding.rule for finding in reading.findings if finding.severity == "error"] == [rule]


def test_a_broken_file_is_refused_with_the_right_line():
    lines = GOOD.split(b"\n")
    lines[5] = b'<bpmn:endEvent id="end">'
    (finding,) = _read(b"\n".join(lines)).findings
    assert finding.rule == "xml-syntax"
    assert finding.line >= 6


def test_a_declared_encoding_is_honoured():
    source = GOOD.decode().replace("UTF-8", "ISO-8859-1").replace('name="P"', 'name="Zahnärzte"').encode("latin-1")
    definition = _read(source).definition
    assert definition
    assert definition.name == "Zahnärzte"


def test_utf_16_is_read():
    definition = _read(GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16")).definition
    assert definition
    assert definition.key == "p"


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, len(GOOD) - 1), junk=st.binary(min_size=0, max_size=12), cut=st.integers(0, 12))
def test_a_damaged_file_gives_findings_or_a_definition_and_never_raises(position, junk, cut):
    reading = _read(GOOD[:position] + junk + GOOD[position + cut :])
    assert reading.definition or rules(reading)
