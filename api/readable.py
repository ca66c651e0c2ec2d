"""Can the texts of a request be kept? A NUL and half a character (a lone surrogate) can by no database: 400 at once."""

import json
import re
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""In JSON a NUL is always escaped; a backslash that is escaped itself escapes nothing."""

ESCAPE = b"\\u"


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
    media_type = dict(scope["headers"]).get(b"content-type", b"application/json")
    if ESCAPE not in body or b"json" not in media_type:
        return ""
    if ESCAPED_NUL.search(body):
        return "A text of the body holds a NUL character, which no text may hold."
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return "A text of the body holds half a character (a lone surrogate)."
    except (ValueError, RecursionError):
        return ""
    return ""
