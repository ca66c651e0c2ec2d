"""Which functions are built in? (DMN 1.5 §10.3.4), one file per group of the standard."""

from __future__ import annotations

from collections.abc import Mapping

from pathways.feel.builtins import booleans, contexts, conversion, dates, lists, numbers, ranges, strings
from pathways.feel.builtins.registry import Builtin, collected

BUILTINS: Mapping[str, Builtin] = collected(
    (
        booleans.FUNCTIONS,
        contexts.FUNCTIONS,
        conversion.FUNCTIONS,
        dates.FUNCTIONS,
        lists.FUNCTIONS,
        numbers.FUNCTIONS,
        ranges.FUNCTIONS,
        strings.FUNCTIONS,
    )
)
"""Every built-in function by name."""
