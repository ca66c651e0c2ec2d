"""How do definitions, states, events and facts become JSON and come back? By their type hints, unions by `kind`."""

from functools import lru_cache
from typing import TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@lru_cache(maxsize=64)
def _adapter(kind: object) -> TypeAdapter[object]:
    return TypeAdapter(kind)


def dump(value: object) -> bytes:
    """Give compact JSON with fields in declared order: equal values give equal bytes."""
    return _adapter(type(value)).dump_json(value)


def load(kind: type[T], text: bytes | str) -> T:
    """Read `kind` from JSON.

    Raises:
        pydantic.ValidationError: the text is not JSON of this type.
    """
    value = _adapter(kind).validate_json(text)
    assert isinstance(value, kind)
    return value
