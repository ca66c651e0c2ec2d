"""How does the Temporal UI show payloads to an administrator? It asks here, with the administrator's own token."""

from fastapi import APIRouter
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from pydantic import Field, JsonValue
from temporalio.api.common.v1 import Payload, Payloads

from api.deps import Asked
from api.problems import Problem
from api.shapes.base import Shape
from workflows.host.codec import EncryptedPayloads
from workflows.host.keys_errors import PayloadError

router = APIRouter(prefix="/codec", tags=["Temporal UI codec"])


class PayloadsBody(Shape):
    """Payloads as Temporal's JSON writes them."""

    payloads: list[dict[str, JsonValue]] = Field(max_length=10_000)


@router.post("/decode", summary="Decrypt payloads for the Temporal UI")
async def decode(asked: Asked, body: PayloadsBody) -> PayloadsBody:
    """Decrypt what the Temporal UI shows; administrators only, and every call is in the audit.

    In the place of payloads whose key was erased stands that it was.
    """
    codec = _codec(asked)
    await asked.read("codec.decoded", payloads=len(body.payloads))
    try:
        return _written(await codec.reveal(_read(body)))
    except PayloadError as error:
        raise Problem("invalid", str(error)) from error


@router.post("/encode", summary="Encrypt payloads for the Temporal UI")
async def encode(asked: Asked, body: PayloadsBody) -> PayloadsBody:
    """Encrypt what an administrator sends through the Temporal UI: with the key of the installation, not of a case."""
    codec = _codec(asked)
    await asked.read("codec.encoded", payloads=len(body.payloads))
    return _written(await codec.encode(_read(body)))


def _codec(asked: Asked) -> EncryptedPayloads:
    asked.require(allowed=asked.here.access.administers(asked.me), what="read what Temporal keeps")
    if asked.here.keys is None:
        raise Problem("not-found", "This API has no payload keys.")
    return EncryptedPayloads(asked.here.keys)


def _read(body: PayloadsBody) -> list[Payload]:
    try:
        return list(ParseDict({"payloads": body.payloads}, Payloads()).payloads)
    except ParseError as error:
        raise Problem("invalid", "These are no Temporal payloads.") from error


def _written(payloads: list[Payload]) -> PayloadsBody:
    return PayloadsBody(payloads=[MessageToDict(payload) for payload in payloads])
