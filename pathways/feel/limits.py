"""How much may one expression cost? Every bound of the language, in one place.

The bounds are counts, never seconds, so that a replayed workflow stops at the same place.
"""

MAX_TEXT = 20_000
"""Characters of one expression."""

MAX_NESTING = 40
"""Brackets, `if`s, `for`s and functions opened inside one another."""

MAX_HEIGHT = 120
"""Height of the syntax tree, which also bounds chains such as `a + b + c …`."""

MAX_CALL_HEIGHT = 240
"""Summed height of the syntax trees that are being evaluated (recursion of functions)."""

MAX_STEPS = 100_000
"""Items visited, functions called and characters produced in one evaluation."""

CHARACTERS_PER_STEP = 16
"""Characters that are produced in one step of the budget."""

ITEMS_PER_STEP = 4
"""Items of a list or context that are looked at in one step of the budget."""

MAX_DEPTH_OF_DATA = 60
"""Lists and contexts inside one another in a variable or a result."""

MAX_WARNINGS = 50
"""Warnings kept of one evaluation; the first ones name the cause."""

MAX_MESSAGE = 400
"""Characters of one warning; the rest is left out."""

MAX_TRACE = 2_000
"""Sub-expressions that the trace of one evaluation keeps."""

MAX_SHOWN = 200
"""Characters of a value that a trace shows."""


class LimitExceeded(Exception):
    """The evaluation was stopped because it reached a bound of `pathways.feel.limits`."""
