"""How do our dataclasses cross Temporal's boundary? As JSON by their type hints, then through the codec."""

from collections.abc import Sequence
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes

from workflows.host.codec import PUBLIC, EncryptedPayloads, KeyRing
from workflows.host.public import PublicText


class CasePayloadConverter(PydanticPayloadConverter):
    """JSON by type hints; marks what the administrator may read, so that the codec leaves it readable."""

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """Convert each value; mark labels and the current details of a workflow as public."""
        payloads = super().to_payloads(values)
        for value, payload in zip(values, payloads, strict=True):
            if isinstance(value, PublicText | WorkflowMetadata):
                payload.metadata[PUBLIC] = b"true"
        return payloads


def data_converter(ring: KeyRing) -> DataConverter:
    """Give the converter of every client and worker: failure messages and stack traces are encrypted too."""
    return DataConverter(
        payload_converter_class=CasePayloadConverter,
        payload_codec=EncryptedPayloads(ring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
