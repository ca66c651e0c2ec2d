"""Which text do the bytes of a file hold? Byte order marks, declared encodings, and declarations that are wrong."""

import codecs
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"']{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_TEXT_CODECS = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp\d{3,4}|koi8-[rtu]|mac-roman|shift_jis|euc_|gb|big5|iso2022_|johab"
)


@dataclass(frozen=True, slots=True)
class Text:
    """The decoded file without its XML declaration (its line breaks stay). `warning`: the declaration was wrong."""

    text: str
    warning: str = ""


def decode(source: bytes) -> Text:
    """Decode by byte order mark, else by the declared encoding, else as UTF-8.

    Raises:
        LookupError: the declared encoding is unknown, or is no encoding of text.
        UnicodeError: the bytes are not text in that encoding.
    """
    for mark, encoding in _MARKS:
        if source.startswith(mark):
            return _undeclared(source[len(mark) :].decode(encoding))
    for start, encoding in _WIDE:
        if source.startswith(start):
            return _undeclared(source.decode(encoding))
    declared = _DECLARED.match(source[:400])
    name = declared.group(1).decode("ascii", "replace").strip().lower() if declared else "utf-8"
    if name.startswith(("utf-16", "utf16", "utf-32", "utf32", "ucs-", "unicode")):
        return _undeclared(source.decode("utf-8"), f"The file is declared as {name} and is UTF-8: it is read as UTF-8.")
    return _undeclared(source.decode(_codec(name)))


def _codec(name: str) -> str:
    """Only encodings of text: Python knows others, such as zip."""
    codec = codecs.lookup(name).name
    if not _TEXT_CODECS.match(codec):
        raise LookupError(f"unknown encoding: {name}")
    return codec


def _undeclared(text: str, warning: str = "") -> Text:
    """Blank the XML declaration out: the text is decoded, and lines keep their numbers."""
    found = _DECLARATION.match(text[:1000])
    if found is None:
        return Text(text, warning)
    if text[0] != "<" and not warning:
        warning = "The XML declaration is not at the start of the file."
    return Text("\n" * found.group().count("\n") + text[found.end() :], warning)
