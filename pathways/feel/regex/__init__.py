"""Regular expressions of XPath (F&O §5.6.1), as `matches`, `replace` and `split` use them.

They have a matcher of their own because it counts its steps: no pattern can stop a workflow.
"""

from __future__ import annotations

from pathways.feel.regex.matcher import Groups, Pattern
from pathways.feel.regex.parser import RegexError, parse_pattern

__all__ = ["Groups", "Pattern", "RegexError", "compile_pattern"]


def compile_pattern(pattern: str, flags: str) -> Pattern:
    """The compiled pattern; flags are any of `s` (dot takes newlines), `m` (lines), `i` (case), `x` (spaces), `q`.

    Raises:
        RegexError: the pattern or a flag is not of XPath.
    """
    return Pattern(parse_pattern(pattern, flags))
