"""How do API, worker and CLI reach Temporal? One client with our data converter, and our search attributes known."""

from collections.abc import AsyncIterator, Container, Sequence
from contextlib import asynccontextmanager

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client, Interceptor
from temporalio.common import HeaderCodecBehavior
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode

from records.database import Database
from workflows.contract import names
from workflows.host.converter import data_converter
from workflows.host.keys import DataKeys
from workflows.host.settings import Settings
from workflows.host.visibility import SEARCH_ATTRIBUTES, search_key


class TemporalAway(Exception):
    """Temporal does not answer; the message says where it was looked for, and what to do."""


async def connect(
    settings: Settings, keys: DataKeys, *, interceptors: Sequence[Interceptor] = (), runtime: Runtime | None = None
) -> Client:
    """Connect a client that reads and writes our payloads. `interceptors`: who sees every call, such as the traces.

    What they hang onto a call is encrypted too.

    Raises:
        TemporalAway: the server cannot be reached.
    """
    try:
        return await Client.connect(
            settings.temporal,
            namespace=settings.namespace,
            data_converter=data_converter(keys),
            header_codec_behavior=HeaderCodecBehavior.CODEC,
            interceptors=interceptors,
            runtime=runtime,
        )
    except RuntimeError as error:
        where = f"Temporal does not answer at {settings.temporal}"
        raise TemporalAway(f"{where}: start it, or name its address in PATHWAYS_TEMPORAL.") from error


@asynccontextmanager
async def data_keys_of(settings: Settings) -> AsyncIterator[DataKeys]:
    """Open the data keys, on connections of their own: they must be had while the others are all taken."""
    database = Database(settings.database)
    try:
        yield DataKeys(database, settings.keys)
    finally:
        await database.close()


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Client]:
    """Connect a client with keys of its own until the block ends: for a command that asks and is done.

    Raises:
        TemporalAway: the server cannot be reached.
    """
    async with data_keys_of(settings) as keys:
        yield await connect(settings, keys)


async def ensure_search_attributes(client: Client) -> None:
    """Register those of our search attributes that the namespace does not know yet."""
    known = await _known(client)
    missing = {name: index_type(name) for name in SEARCH_ATTRIBUTES if name not in known}
    if not missing:
        return
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def _known(client: Client) -> Container[str]:
    """Ask for the attributes of the namespace; the time-skipping test server cannot say and starts with none."""
    try:
        answer = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.UNIMPLEMENTED:
            raise
        return ()
    return answer.custom_attributes


def index_type(name: str) -> IndexedValueType.ValueType:
    """Give the server's type of one of our search attributes."""
    return IndexedValueType.ValueType(search_key(name).indexed_value_type)


def attribute_options() -> list[str]:
    """Give the options that make `temporal server start-dev` know our search attributes."""
    titles = {
        **dict.fromkeys(names.SEARCH_KEYWORDS, "Keyword"),
        **dict.fromkeys(names.SEARCH_KEYWORD_LISTS, "KeywordList"),
        **dict.fromkeys(names.SEARCH_DATETIMES, "Datetime"),
        **dict.fromkeys(names.SEARCH_INTS, "Int"),
        **dict.fromkeys(names.SEARCH_BOOLS, "Bool"),
    }
    return [part for name, title in titles.items() for part in ("--search-attribute", f"{name}={title}")]
