"""How do definitions, states, events and facts become JSON and come back? By their type hints, unions by `kind`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def dump(value: object) -> bytes:
    """Give compact JSON with fields in declared order: equal values give equal bytes."""
    return _adapter(type(value)).dump_json(value)


def load(kind: type[T], text: bytes | str) -> T:
    """Read `kind` from JSON.

    Raises:
        pydantic.ValidationError: the text is not JSON of this type.
    """
    value: T = _adapter(kind).validate_json(text)
    return value


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Build the adapter of a type once per process; what builds it is loaded with the first one."""
    from pydantic import TypeAdapter

    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
