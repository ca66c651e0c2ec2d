"""Can what a request says be kept? By no database a NUL, half a character, a number without end: 400 at once."""

import json
import re
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""In JSON a NUL is always escaped; a backslash that is escaped itself escapes nothing."""

ESCAPE = b"\\u"
ENDLESS = re.compile(rb"NaN|Infinity|[0-9][eE]\+?[0-9]{3}|[0-9]{200}")
"""How a number is written that JSON does not have, or that is larger than a number can be; or a text that looks so.

With at most two digits behind its `e` such a number has 210 digits before it.
"""


def unreadable_address(scope: Scope) -> str:
    """Say what is wrong with the address of a request; empty: nothing."""
    for part, raw in (("path", scope.get("raw_path") or b""), ("query", scope.get("query_string") or b"")):
        plain = unquote_to_bytes(raw)
        if b"\x00" in plain:
            return f"The {part} holds a NUL character, which no text may hold."
        try:
            plain.decode("utf-8")
        except UnicodeDecodeError:
            return f"The {part} is not UTF-8."
    return ""


def unreadable_body(scope: Scope, body: bytes) -> str:
    """Say what is wrong with the texts of a JSON body; empty: nothing, or it is not JSON and its reader will say so."""
    media_type = dict(scope["headers"]).get(b"content-type") or b"application/json"
    if b"json" not in media_type.lower():
        return ""
    if b"\x00" in body or ESCAPED_NUL.search(body):
        return "A text of the body holds a NUL character, which no text may hold; or the body is not UTF-8."
    return _unkept(body) if ESCAPE in body or ENDLESS.search(body) else ""


def _unkept(body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):  # its reader will say so
        return ""
    try:
        json.dumps(said, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:
        return "A text of the body holds half a character (a lone surrogate)."
    except ValueError:
        return "A number of the body is infinite, or none."
    except RecursionError:
        return "The JSON is nested too deep."
    return ""
