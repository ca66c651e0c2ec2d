"""How do definitions, states, events and facts become JSON and come back? By their type hints, unions by `kind`.

msgspec writes everything, and reads types without a union of dataclasses (a state, a fact); the others need pydantic,
which reads the tag (docs/decisions/0013). Both write the same bytes; msgspec is several times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


_loaders: dict[type[Any], Callable[[bytes | str], Any]] = {}


def dump(value: object) -> bytes:
    """Give compact JSON with fields in declared order: equal values give equal bytes."""
    import msgspec

    return msgspec.json.encode(value)


def load(kind: type[T], text: bytes | str) -> T:
    """Read `kind` from JSON.

    Raises:
        ValueError: the text is not JSON of this type.
    """
    if kind not in _loaders:
        _loaders[kind] = _plain(kind) or _tagged(kind)
    value: T = _loaders[kind](text)
    return value


def _plain(kind: type[Any]) -> Callable[[bytes | str], Any] | None:
    import msgspec

    try:
        return msgspec.json.Decoder(kind).decode
    except TypeError:
        return None  # a union of dataclasses: msgspec has no tag for it


def _tagged(kind: type[Any]) -> Callable[[bytes | str], Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_json
