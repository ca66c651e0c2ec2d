"""Boolean functions (DMN 1.5 §10.3.4.2), and what Camunda 8 adds to deal with null."""

from __future__ import annotations

from pathways.feel.builtins.registry import Functions
from pathways.feel.values import Value

FUNCTIONS = Functions()


@FUNCTIONS.define("not(negand: boolean)")
def not_(value: bool) -> Value:
    """True for false, false for true; null for everything else."""
    return not value


@FUNCTIONS.define("is defined(value: Any)")
def is_defined(value: Value) -> Value:
    """Whether there is a value other than null (an addition of Camunda 8)."""
    return value is not None


@FUNCTIONS.define("get or else(value: Any, default: Any)")
def get_or_else(value: Value, default: Value) -> Value:
    """The value, or the default where it is null (an addition of Camunda 8)."""
    return default if value is None else value


@FUNCTIONS.define("is blank(string: string)")
def is_blank(text: str) -> Value:
    """Whether the text is empty or holds only spaces (an addition of Camunda 8)."""
    return not text.strip()


@FUNCTIONS.define("is empty(list: list)")
def is_empty(items: list[Value]) -> Value:
    """Whether the list has no item (an addition of Camunda 8)."""
    return not items


@FUNCTIONS.define("trim(string: string)")
def trim(text: str) -> Value:
    """The text without the spaces around it (an addition of Camunda 8)."""
    return text.strip()
