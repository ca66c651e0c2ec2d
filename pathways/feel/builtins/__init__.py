"""Which functions are built in? (DMN 1.5 §10.3.4), one file per group of the standard."""

from __future__ import annotations

from collections.abc import Mapping

from pathways.feel.builtins import conversion
from pathways.feel.builtins.registry import Builtin, collected

BUILTINS: Mapping[str, Builtin] = collected((conversion.FUNCTIONS,))
"""Every built-in function by name."""
