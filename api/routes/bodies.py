"""How is the JSON of a document from outside read? Whole, bounded, and never into a shape before it was looked at."""

import json
from typing import Any

from fastapi import Request

from api.problems import Problem

JSON_TYPES = ("application/json", "application/fhir+json", "text/json")


async def json_body(request: Request) -> tuple[bytes, Any]:
    """Give the body as it came and as JSON.

    Raises:
        Problem: it is not JSON (400), or it says that it is something else (415).
    """
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type not in JSON_TYPES and not media_type.endswith("+json"):
        raise Problem("unsupported-media-type", f"The body is said to be {media_type[:60]}, not JSON.")
    raw = await request.body()
    try:
        return raw, json.loads(raw, parse_constant=_refuse)
    except RecursionError as error:
        raise Problem("malformed", "The JSON is nested too deep.") from error
    except ValueError as error:
        raise Problem("malformed", f"The body is not JSON: {_where(error)}.") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _where(error: ValueError) -> str:
    """The position only: the text around it may be a patient's."""
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else "a value that JSON does not have"
