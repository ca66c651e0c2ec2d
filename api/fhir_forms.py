"""In which form does a FHIR client want its answer, JSON or XML (FHIR R4 §3.1.0.1.11)?

Routes say JSON; at the addresses of FHIR it is written as XML on its way out, when that was asked for. `_format` counts
before `Accept`; who says neither, or takes anything, gets JSON.
"""

import json
import re
from asyncio import to_thread
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qs

from fastapi.responses import JSONResponse
from starlette.types import Message, Scope, Send

from interop.fhir.xml import FHIR_XML
from interop.fhir.xml_writing import fhir_xml

FHIR_JSON = "application/fhir+json"
Form = Literal["json", "xml"]
NAMES: Mapping[Form, tuple[str, ...]] = {
    "json": (FHIR_JSON, "application/json", "text/json", "json"),
    "xml": (FHIR_XML, "application/xml", "text/xml", "xml"),
}
"""By which names each form is asked for; JSON where both are wanted alike."""

ANYTHING = ("application/*", "*/*")
VERSIONS = ("4.0", "4.0.1")
"""Of FHIR, as a media type says it by its parameter `fhirVersion`."""

QUALITY = re.compile(r"[01](\.[0-9]{0,3})?")


class FhirXml(JSONResponse):
    """A resource in its JSON form, answered as XML."""

    media_type = FHIR_XML

    def render(self, content: Any) -> bytes:
        """Write it."""
        return fhir_xml(content)


def is_fhir(path: str) -> bool:
    """Whether an address speaks FHIR."""
    return path.startswith("/fhir")


def form_of(scope: Scope) -> Form | None:
    """The form that a request asks for; None when it is none that we have."""
    named = parse_qs(scope["query_string"].decode("latin-1")).get("_format")
    accepted = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept")
    asked = named[-1].replace("fhir ", "fhir+") if named else accepted  # an unescaped plus is a blank
    if not asked.strip(" ,"):
        return "json"
    ranges = _ranges(asked)
    wanted = {form: _quality(ranges, names) for form, names in NAMES.items()}
    best = max(wanted, key=lambda form: wanted[form])
    return best if wanted[best] > 0 else None


def _ranges(asked: str) -> dict[str, float]:
    """How much each media type is wanted; one of another version of FHIR is not ours to give."""
    found: dict[str, float] = {}
    for text in asked.split(","):
        name, *rest = (part.strip().lower() for part in text.split(";"))
        said = {key.strip(): value.strip(' "') for key, _, value in (each.partition("=") for each in rest)}
        if said.get("fhirversion", VERSIONS[0]) in VERSIONS:
            quality = said.get("q", "1")
            found[name] = max(found.get(name, 0.0), float(quality) if QUALITY.fullmatch(quality) else 1.0)
    return found


def _quality(ranges: Mapping[str, float], names: tuple[str, ...]) -> float:
    """A name counts before what stands for any."""
    exactly = [ranges[name] for name in names if name in ranges]
    return max(exactly) if exactly else next((ranges[name] for name in ANYTHING if name in ranges), 0.0)


class InXml:
    """Sends an answer in JSON as XML, when it is whole; any other goes as it is."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start" and _is_json(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._give(self._start)

    async def _give(self, start: Message) -> None:
        body = await to_thread(lambda: fhir_xml(json.loads(self._body)))
        kept = [each for each in start["headers"] if each[0].lower() not in (b"content-type", b"content-length")]
        length = str(len(body)).encode()
        headers = [*kept, (b"content-type", FHIR_XML.encode()), (b"content-length", length)]
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _is_json(start: Message) -> bool:
    types = [value for name, value in start["headers"] if name.lower() == b"content-type"]
    return any(value.startswith(FHIR_JSON.encode()) for value in types)
