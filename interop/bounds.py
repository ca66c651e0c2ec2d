"""Is a JSON document small, shallow and storable enough to be looked at?"""

from collections.abc import Iterator, Mapping, Sequence

from interop.errors import InteropError

MAX_DEPTH = 40
MAX_VALUES = 200_000
MAX_CHARACTERS = 8_000_000


def check_bounds(document: object, *, name: str) -> None:
    """Refuse a JSON value that is too deep, too large, or holds text that no database can store.

    Walks without recursion, so depth cannot exhaust the stack. `name` is the first word of positions.

    Raises:
        InteropError: deeper than 40 levels, more than 200 000 values or 8 000 000 characters, a NUL
            character, half of a surrogate pair, or a Python value that JSON does not have.
    """
    open_values: list[tuple[object, str, int]] = [(document, name, 1)]
    values = characters = 0
    while open_values:
        value, where, depth = open_values.pop()
        values += 1
        characters += _check_value(value, where)
        if depth > MAX_DEPTH:
            raise _too_big(f"nested deeper than {MAX_DEPTH} levels", name)
        if values > MAX_VALUES or characters > MAX_CHARACTERS:
            raise _too_big(f"more than {MAX_VALUES} values or {MAX_CHARACTERS} characters", name)
        open_values.extend((child, path, depth + 1) for child, path in _children(value, where))


def _check_value(value: object, where: str) -> int:
    """The number of characters of this value's own text."""
    match value:
        case str():
            _check_text(value, where)
            return len(value)
        case Mapping():
            return sum(_check_key(key, where) for key in value)
        case bool() | int() | float() | None | list():
            return 0
        case _:
            raise InteropError("not a JSON value", where=where, remedy="Send JSON only.")


def _check_key(key: object, where: str) -> int:
    if not isinstance(key, str):
        raise InteropError("a member name is not text", where=where, remedy="Send JSON only.")
    _check_text(key, where)
    return len(key)


def _check_text(text: str, where: str) -> None:
    if "\x00" in text:
        raise InteropError("the text holds a NUL character", where=where, remedy="Remove the character.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InteropError(
            f"character {error.start} is half of a surrogate pair", where=where, remedy="Send valid UTF-8."
        ) from error


def _children(value: object, where: str) -> Iterator[tuple[object, str]]:
    if isinstance(value, Mapping):
        return ((child, f"{where}.{str(key)[:60]}") for key, child in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ((child, f"{where}[{index}]") for index, child in enumerate(value))
    return iter(())


def _too_big(what: str, name: str) -> InteropError:
    return InteropError(what, where=name, remedy="Send one referral at a time and leave out what it does not need.")
