"""How is a document from outside read, JSON or XML? Whole, bounded, and never into a shape before it was looked at."""

import json
from asyncio import to_thread
from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi import Request

from api.fhir_forms import FHIR_JSON, VERSIONS
from api.problems import Problem
from interop.errors import InteropError
from interop.fhir.xml import FHIR_XML, PostedXml, parse_fhir
from interop.intake import PostedJson

JSON_TYPES = ("application/json", "application/fhir+json", "text/json")
XML_TYPES = ("application/fhir+xml", "application/xml", "text/xml")


class NotJson(ValueError):
    """What Python would read, and JSON does not have: an infinite number, a member that stands twice."""


async def json_body(request: Request) -> tuple[bytes, Any]:
    """Give the body as it came and as JSON.

    Raises:
        Problem: it is not JSON, or names a member twice (400), or it says that it is something else (415).
    """
    media_type = _media_type(request)
    if not _is_json(media_type):
        raise Problem("unsupported-media-type", f"The body is said to be {media_type[:60]}, not JSON.")
    raw = await request.body()
    try:
        return raw, json.loads(raw, parse_constant=_refuse, object_pairs_hook=_members)
    except RecursionError as error:
        raise Problem("malformed", "The JSON is nested too deep.") from error
    except ValueError as error:
        raise Problem("malformed", f"The body is not JSON: {_where(error)}.") from error


async def fhir_body(request: Request) -> tuple[bytes, PostedJson | PostedXml]:
    """Give the body as it came, and as what it says that it is, JSON or XML; where it says neither, as what it looks.

    Raises:
        Problem: it is neither (400), or it says so, or is of another version of FHIR (415).
    """
    _refuse_other_version(request.headers.get("content-type", ""))
    raw = await request.body()
    if not _is_xml(request, raw):
        raw, value = await json_body(request)
        return raw, PostedJson(raw, value)
    try:
        return raw, await to_thread(parse_fhir, raw)
    except InteropError as error:
        raise Problem("malformed", f"The body {error.what}. {error.remedy}") from error


def _is_xml(request: Request, raw: bytes) -> bool:
    media_type = _media_type(request)
    if media_type in XML_TYPES:
        return True
    if not _is_json(media_type):
        raise Problem(
            "unsupported-media-type", f"The body is said to be {media_type[:60]}: send {FHIR_JSON} or {FHIR_XML}."
        )
    begins_so = raw.lstrip().startswith(b"<")
    if begins_so and "content-type" in request.headers:
        raise Problem("malformed", f"The body begins as XML does: say so by `Content-Type: {FHIR_XML}`.")
    return begins_so


def _is_json(media_type: str) -> bool:
    return media_type in JSON_TYPES or media_type.endswith("+json")


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()


def _refuse_other_version(content_type: str) -> None:
    """Refuse what says by the parameter `fhirVersion` that it is not R4 (FHIR R4, RESTful API: FHIR Version)."""
    parameters = (each.partition("=") for each in content_type.lower().split(";")[1:])
    named = next((value.strip(' "') for name, _, value in parameters if name.strip() == "fhirversion"), VERSIONS[0])
    if named not in VERSIONS:
        said = f"The body is said to be FHIR {named[:20]}; we read {VERSIONS[0]} (R4)."
        raise Problem("unsupported-media-type", said)


def _refuse(constant: str) -> None:
    raise NotJson(f"{constant}, which JSON does not have")


def _members(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members with one name Python would drop the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        twice = next(name for name, often in counted.items() if often > 1)
        raise NotJson(f"the member '{twice[:60]}' stands twice in one object")
    return found


def _where(error: ValueError) -> str:
    """The position only: the text around it may be a patient's."""
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    if isinstance(error, NotJson):
        return str(error)
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else "a value that JSON does not have"
