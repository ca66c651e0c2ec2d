"""How wide is a text, and where does it break? (Arial's advance widths, so no font has to be installed)."""

from collections.abc import Iterator

LINE_HEIGHT = 1.2
"""Distance of two baselines as a multiple of the font size: the one bpmn-js draws with."""

_WIDTHS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[]\\ft·",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckvsxyz",
    556: "#$0123456789?L_abdeghnopqu–",
    584: "+<=>~≥≤",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "—…→",
    1015: "@",
}
_ADVANCE = {character: width for width, characters in _WIDTHS.items() for character in characters}


def text_width(text: str, size: float) -> float:
    """Width of one line in pixels at a font size in pixels; unknown characters count as a digit."""
    return sum(_ADVANCE.get(character, 556) for character in text) * size / 1000


def wrap(text: str, width: float, size: float) -> tuple[str, ...]:
    """Lines of at most `width` pixels: broken at line ends, spaces and after hyphens, then inside words."""
    lines = [line for part in text.splitlines() for line in _wrap_paragraph(part, width, size)]
    return tuple(lines)


def _wrap_paragraph(text: str, width: float, size: float) -> Iterator[str]:
    line = ""
    for piece in _pieces(text, width, size):
        if line and text_width((line + piece).rstrip(), size) > width:
            yield line.rstrip()
            line = ""
        line += piece
    if line.strip():
        yield line.rstrip()


def _pieces(text: str, width: float, size: float) -> Iterator[str]:
    for word in text.split():
        parts = word.replace("-", "-\0").split("\0")
        for part in parts[:-1]:
            yield from _fitting(part, width, size)
        yield from _fitting(parts[-1] + " ", width, size)


def _fitting(word: str, width: float, size: float) -> Iterator[str]:
    while text_width(word.rstrip(), size) > width and len(word.rstrip()) > 1:
        cut = next(n for n in range(len(word), 0, -1) if n == 1 or text_width(word[:n], size) <= width)
        yield word[:cut]
        word = word[cut:]
    yield word
