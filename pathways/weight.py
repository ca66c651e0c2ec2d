"""How large may a pathway be? What every worker is sent when a case begins must pass Temporal, which refuses 2 MB."""

import zlib
from collections.abc import Sequence

from pathways import codec
from pathways.bpmn.findings import Finding
from pathways.bundle import Bundle

LARGEST = 1_500_000
"""Bytes of a whole definition, compressed as it travels."""


def weight_findings(bundles: Sequence[Bundle], *, most: int = LARGEST) -> list[Finding]:
    """Refuse definitions that no case could load."""
    remedy = "Split the pathway by call activities, and keep long texts and tables elsewhere."
    weighed = ((bundle, _weight(bundle)) for bundle in bundles)
    return [
        Finding("too-large", "error", bundle.file, 1, None, _message(weight, most), remedy)
        for bundle, weight in weighed
        if weight > most
    ]


def _weight(bundle: Bundle) -> int:
    return len(zlib.compress(codec.dump(bundle.definition), 1)) if bundle.definition else 0


def _message(weight: int, most: int) -> str:
    return (
        f"The pathway has {weight / 1e6:.1f} MB when compressed; at most {most / 1e6:.1f} MB can be sent to a worker."
    )
