"""How do definitions, states, events and facts become JSON and come back? By their type hints, unions by `kind`.

Types without a union of dataclasses (a state, a fact) go through msgspec, which gives the same bytes several times
faster; the others need pydantic, which reads the tag (docs/decisions/0013).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Codec:
    dump: Callable[[Any], bytes]
    load: Callable[[bytes | str], Any]


_codecs: dict[type[Any], _Codec] = {}


def dump(value: object) -> bytes:
    """Give compact JSON with fields in declared order: equal values give equal bytes."""
    return _codec(type(value)).dump(value)


def load(kind: type[T], text: bytes | str) -> T:
    """Read `kind` from JSON.

    Raises:
        ValueError: the text is not JSON of this type.
    """
    value: T = _codec(kind).load(text)
    return value


def _codec(kind: type[Any]) -> _Codec:
    """Build the codec of a type once per process; what builds it is loaded with the first one."""
    if kind not in _codecs:
        _codecs[kind] = _plain(kind) or _tagged(kind)
    return _codecs[kind]


def _plain(kind: type[Any]) -> _Codec | None:
    import msgspec

    try:
        return _Codec(msgspec.json.Encoder().encode, msgspec.json.Decoder(kind).decode)
    except TypeError:
        return None  # a union of dataclasses: msgspec has no tag for it


def _tagged(kind: type[Any]) -> _Codec:
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return _Codec(adapter.dump_json, adapter.validate_json)
