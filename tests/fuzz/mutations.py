"""How is a good file spoilt? Elements and attributes deleted, doubled, renamed and moved; bytes swapped; text cut."""

import re
from collections.abc import Callable
from random import Random

_ATTRIBUTE = re.compile(rb"""\s[\w:.-]+="[^"]*\"""")
_TAG = re.compile(rb"<[^<>]{1,400}>")
_NASTY = (
    b"\0", b"\xff", b"\xfe\xff", b"]]>", b"<!--", b"&", b"&#0;", b"&#x10FFFF;", b'"', b"<",
    b"\xe2\x80\xae", b"\xed\xa0\x80", b"<![CDATA[", b"<?x?>", b"{}", b"1e999", b"9" * 400, b"(" * 300, b"[" * 300,
    b" " * 300,
    b"-", b"=", b"\xf0\x9f\x92\xa9",
)  # fmt: skip


def mutate(source: bytes, random: Random) -> bytes:
    """Spoil a file in one to four ways."""
    for _ in range(random.randrange(1, 5)):
        source = random.choice(_WAYS)(source, random)
    return source


def _spans(pattern: re.Pattern[bytes], source: bytes) -> list[tuple[int, int]]:
    return [found.span() for found in pattern.finditer(source)]


def _drop(pattern: re.Pattern[bytes]) -> Callable[[bytes, Random], bytes]:
    def way(source: bytes, random: Random) -> bytes:
        spans = _spans(pattern, source)
        start, end = random.choice(spans) if spans else (0, 0)
        return source[:start] + source[end:]

    return way


def _repeat(pattern: re.Pattern[bytes]) -> Callable[[bytes, Random], bytes]:
    def way(source: bytes, random: Random) -> bytes:
        spans = _spans(pattern, source)
        start, end = random.choice(spans) if spans else (0, 0)
        place = random.choice(spans)[0] if spans else 0
        return source[:place] + source[start:end] + source[place:]

    return way


def _rename(source: bytes, random: Random) -> bytes:
    """Exchange a word for another word of the file, everywhere or once."""
    words = sorted(set(re.findall(rb"[A-Za-z_]\w{0,40}", source)))
    if not words:
        return source
    return source.replace(random.choice(words), random.choice(words), random.choice((1, 1, 2, -1)))


def _swap_bytes(source: bytes, random: Random) -> bytes:
    spoilt = bytearray(source)
    for _ in range(random.randrange(1, 4)):
        if spoilt:
            spoilt[random.randrange(len(spoilt))] = random.randrange(256)
    return bytes(spoilt)


def _insert(source: bytes, random: Random) -> bytes:
    place = random.randrange(len(source) + 1)
    return source[:place] + random.choice(_NASTY) + source[place:]


def _cut(source: bytes, random: Random) -> bytes:
    start = random.randrange(len(source) + 1)
    return source[:start] + source[start + random.choice((1, 10, 100, 10_000)) :]


_WAYS = (
    _drop(_ATTRIBUTE), _drop(_TAG), _repeat(_ATTRIBUTE), _repeat(_TAG), _rename, _rename, _swap_bytes, _insert, _cut,
)  # fmt: skip
