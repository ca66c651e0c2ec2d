"""How is a document from outside read, JSON or XML? Whole, bounded, and never into a shape before it was looked at."""

import json
from asyncio import to_thread
from typing import Any

from fastapi import Request

from api.problems import Problem
from interop.errors import InteropError
from interop.fhir.xml import parse_fhir

JSON_TYPES = ("application/json", "application/fhir+json", "text/json")
XML_TYPES = ("application/fhir+xml", "application/xml", "text/xml")


async def json_body(request: Request) -> tuple[bytes, Any]:
    """Give the body as it came and as JSON.

    Raises:
        Problem: it is not JSON (400), or it says that it is something else (415).
    """
    media_type = _media_type(request)
    if media_type not in JSON_TYPES and not media_type.endswith("+json"):
        raise Problem("unsupported-media-type", f"The body is said to be {media_type[:60]}, not JSON.")
    raw = await request.body()
    try:
        return raw, json.loads(raw, parse_constant=_refuse)
    except RecursionError as error:
        raise Problem("malformed", "The JSON is nested too deep.") from error
    except ValueError as error:
        raise Problem("malformed", f"The body is not JSON: {_where(error)}.") from error


async def fhir_body(request: Request) -> tuple[bytes, Any]:
    """Give the body as it came, and as JSON or parsed XML, whichever it says that it is.

    Raises:
        Problem: it is neither (400), or it says so (415).
    """
    if _media_type(request) not in XML_TYPES:
        return await json_body(request)
    raw = await request.body()
    try:
        return raw, await to_thread(parse_fhir, raw)
    except InteropError as error:
        raise Problem("malformed", f"The body {error.what}. {error.remedy}") from error


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _where(error: ValueError) -> str:
    """The position only: the text around it may be a patient's."""
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else "a value that JSON does not have"
