"""How do our dataclasses cross Temporal's boundary? As JSON by their type hints, then through the codec."""

from collections.abc import Sequence
from typing import Any, Self

import msgspec
from pydantic_core import to_jsonable_python
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    JSONPlainPayloadConverter,
    SerializationContext,
)

from pathways.codec import load
from workflows.contract import names
from workflows.host.codec import PUBLIC, EncryptedPayloads
from workflows.host.keys import DataKeys
from workflows.host.keys_errors import KeysUnavailable
from workflows.host.public import PublicText

_JSON = JSONPlainPayloadConverter().encoding
_encoder = msgspec.json.Encoder(enc_hook=to_jsonable_python)


class CaseJson(EncodingPayloadConverter):
    """JSON by type hints. Its readers are made once per process: a converter is made for every run of a workflow."""

    @property
    def encoding(self) -> str:
        """See base class."""
        return _JSON

    def to_payload(self, value: Any) -> Payload:
        """See base class."""
        return Payload(metadata={"encoding": _JSON.encode()}, data=_encoder.encode(value))

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        """See base class."""
        return load(object if type_hint is None else type_hint, payload.data)


_CONVERTERS = tuple(
    CaseJson() if each.encoding == _JSON else each
    for each in DefaultPayloadConverter.default_encoding_payload_converters
)
"""Made once: the SDK makes a payload converter twice for every activation of a workflow."""


class CasePayloadConverter(CompositePayloadConverter):
    """JSON by type hints; marks what the administrator may read, so that the codec leaves it readable."""

    def __init__(self) -> None:
        super().__init__(*_CONVERTERS)

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """Convert each value; mark labels and the current details of a workflow as public."""
        payloads = super().to_payloads(values)
        for value, payload in zip(values, payloads, strict=True):
            if isinstance(value, PublicText | WorkflowMetadata):
                payload.metadata[PUBLIC] = b"true"
        return payloads


class CaseDataConverter(DataConverter):
    """The converter of cases: only its codec has to know which case it is."""

    async def encode_failure(self, exception: BaseException, failure: Failure) -> None:
        """Write a failure; of an activity whose key is away only that is said, so that it uses up no tries."""
        try:
            await super().encode_failure(exception, failure)
        except KeysUnavailable as error:
            codec = self.payload_codec
            if not (isinstance(codec, EncryptedPayloads) and codec.of_activity):
                raise
            failure.Clear()
            failure.message = str(error)
            failure.application_failure_info.type = names.DATABASE_AWAY

    def with_context(self, context: SerializationContext) -> Self:
        """Give the converter for a case; the base class would also build every converter to JSON anew each time."""
        codec = self.payload_codec
        if not isinstance(codec, EncryptedPayloads):
            return self
        bound = object.__new__(type(self))
        vars(bound).update(vars(self), payload_codec=codec.with_context(context))
        return bound


def data_converter(keys: DataKeys) -> DataConverter:
    """Give the converter of every client and worker: failure messages and stack traces are encrypted too."""
    return CaseDataConverter(
        payload_converter_class=CasePayloadConverter,
        payload_codec=EncryptedPayloads(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
