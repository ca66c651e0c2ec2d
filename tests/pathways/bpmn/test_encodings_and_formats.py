"""In which encodings is a file read, and what is said about a file that is something else?"""

import gzip
import io
import zipfile

import pytest

from pathways.bpmn.reader import Reading, read_bpmn
from tests.pathways.bpmn.diagrams import chain, document, rules

TEXT = document(chain(names=())).decode()


def _read(source: bytes) -> Reading:
    return read_bpmn(source, file="f.bpmn", ladders={}, calendars={})


def _named(name: str, encoding: str, declared: str) -> bytes:
    return TEXT.replace("UTF-8", declared).replace('name="P"', f'name="{name}"').encode(encoding)


ENCODINGS = {
    "latin 1": (_named("Zahnärzte", "latin-1", "ISO-8859-1"), "Zahnärzte"),
    "latin 1 by Java's name": (_named("Zahnärzte", "latin-1", "ISO8859_1"), "Zahnärzte"),
    "windows": (_named("5 €", "cp1252", "windows-1252"), "5 €"),
    "japanese": (_named("日本", "shift_jis", "Shift_JIS"), "日本"),
    "chinese": (_named("中文", "gbk", "GBK"), "中文"),
    "utf-8 with a byte order mark": (b"\xef\xbb\xbf" + _named("é", "utf-8", "UTF-8"), "é"),
    "utf-16 with a byte order mark": (_named("é", "utf-16", "UTF-16"), "é"),
    "utf-16 without": (_named("é", "utf-16-le", "UTF-16"), "é"),
    "utf-16 from the other end": (_named("é", "utf-16-be", "UTF-16"), "é"),
    "utf-32": (_named("é", "utf-32", "UTF-32"), "é"),
    "a byte order mark wins over the declaration": (_named("é", "utf-16", "UTF-8"), "é"),
    "nothing declared": (TEXT.partition("?>")[2].replace('name="P"', 'name="é"').encode(), "é"),
    "XML 1.1": (TEXT.replace('version="1.0"', 'version="1.1"').encode(), "P"),
}


@pytest.mark.parametrize(("source", "name"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_an_encoding_is_read(source, name):
    definition = _read(source).definition
    assert definition
    assert definition.name == name


WRONG = {
    "declared as utf-16 but utf-8": TEXT.replace("UTF-8", "utf-16").encode(),
    "blank lines before the declaration": b"\n\n " + TEXT.encode(),
}


@pytest.mark.parametrize("source", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_declaration_that_leaves_no_doubt_is_a_warning(source):
    reading = _read(source)
    assert reading.definition
    assert rules(reading, "warning") == {"encoding"}


def test_lines_keep_their_numbers_when_the_declaration_is_set_aside():
    whole, shifted = _read(TEXT.encode()).definition, _read(b"\n\n" + TEXT.encode()).definition
    assert whole
    assert shifted
    assert shifted.nodes["start"].line == whole.nodes["start"].line + 2


@pytest.mark.parametrize("encoding", ["zip", "rot13", "base64", "klingon", "idna", "undefined"])
def test_an_encoding_that_is_none_of_text_is_refused(encoding):
    assert rules(_read(TEXT.replace("UTF-8", encoding).encode())) == {"xml-syntax"}


def _zipped() -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("a.bpmn", TEXT)
    return memory.getvalue()


FORMATS = {
    "a ZIP archive": _zipped(),
    "a gzip file": gzip.compress(TEXT.encode()),
    "a PDF": b"%PDF-1.7",
    "JSON": b'{"resourceId": "canvas"}',
    "an HTML page": b"<!DOCTYPE html><html></html>",
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1",
    "unresolved merge conflicts": b"<<<<<<< HEAD\n<a/>",
    "XPDL": b'<Package xmlns="http://www.wfmc.org/2008/XPDL2.1"/>',
    "BPMN 1.x": b'<b:BpmnDiagram xmlns:b="http://stp.eclipse.org/bpmn"/>',
    "a DMN decision": b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>',
    "a CMMN case": b'<definitions xmlns="http://www.omg.org/spec/CMMN/20151109/MODEL"/>',
}


@pytest.mark.parametrize(("name", "source"), FORMATS.items(), ids=FORMATS.keys())
def test_another_format_is_named_in_one_finding(name, source):
    reading = _read(source)
    (finding,) = reading.findings
    assert finding.rule == "not-bpmn"
    assert name in finding.message
    assert finding.remedy
