"""How does the Temporal UI show payloads to an administrator? It asks here, with the administrator's own token."""

from fastapi import APIRouter
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from pydantic import Field, JsonValue
from temporalio.api.common.v1 import Payload, Payloads

from api.deps import Asked
from api.problems import Problem
from api.shapes.base import Shape
from api.sides import side_of
from records.queries.standing import reachable
from workflows.host.codec import EncryptedPayloads, key_of
from workflows.host.keys import INSTALLATION
from workflows.host.keys_errors import PayloadError

OPERATIONS = "HOPERAT"

router = APIRouter(prefix="/codec", tags=["Temporal UI codec"])


class PayloadsBody(Shape):
    """Payloads as Temporal's JSON writes them."""

    payloads: list[dict[str, JsonValue]] = Field(max_length=10_000)


@router.post("/decode", summary="Decrypt payloads for the Temporal UI")
async def decode(asked: Asked, body: PayloadsBody) -> PayloadsBody:
    """Decrypt what the Temporal UI shows; administrators only, and every call is in the audit.

    In the place of payloads whose key was erased stands that it was. Those of cases of another organisation stay
    sealed, like those that nobody can read.
    """
    codec, payloads = _codec(asked), _read(body)
    mine = await _mine(asked, payloads)
    await asked.read("codec.decoded", payloads=len(body.payloads), keys=sorted(mine))
    try:
        revealed = iter(await codec.reveal([each for each in payloads if key_of(each) in mine]))
    except PayloadError as error:
        raise Problem("invalid", str(error)) from error
    return _written([next(revealed) if key_of(each) in mine else each for each in payloads])


@router.post("/encode", summary="Encrypt payloads for the Temporal UI")
async def encode(asked: Asked, body: PayloadsBody) -> PayloadsBody:
    """Encrypt what an administrator sends through the Temporal UI: with the key of the installation, not of a case."""
    codec = _codec(asked)
    asked.require(allowed=_operates(asked), what="encrypt with the key of the installation")
    await asked.read("codec.encoded", payloads=len(body.payloads))
    return _written(await codec.encode(_read(body)))


def _codec(asked: Asked) -> EncryptedPayloads:
    operating = asked.me.purpose in ("", OPERATIONS)
    asked.require(allowed=operating and asked.here.access.administers(asked.me), what="read what Temporal keeps")
    if asked.here.keys is None:
        raise Problem("not-found", "This API has no payload keys.")
    return EncryptedPayloads(asked.here.keys)


def _operates(asked: Asked) -> bool:
    """Whether they are of the installation's own organisation, which keeps its key."""
    return not asked.me.organisation


async def _mine(asked: Asked, payloads: list[Payload]) -> frozenset[str]:
    """The names of the keys that are theirs to open: of the cases of their organisation; and what needs none."""
    named = {key_of(each) for each in payloads} - {"", INSTALLATION}
    async with asked.here.database.reader() as session:
        found = await reachable(session, named, side_of(asked, any_age=True))
    return found | {""} | ({INSTALLATION} if _operates(asked) else frozenset[str]())


def _read(body: PayloadsBody) -> list[Payload]:
    try:
        return list(ParseDict({"payloads": body.payloads}, Payloads()).payloads)
    except ParseError as error:
        raise Problem("invalid", "These are no Temporal payloads.") from error


def _written(payloads: list[Payload]) -> PayloadsBody:
    return PayloadsBody(payloads=[MessageToDict(payload) for payload in payloads])
