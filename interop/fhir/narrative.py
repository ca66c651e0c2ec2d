"""What does the narrative of a FHIR resource say in plain words (XHTML, FHIR R4 §2.4.0.6)?"""

import re
from html.parser import HTMLParser

BLOCKS = frozenset({"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"})
CELLS = frozenset({"td", "th"})
BLANKS = re.compile(r"\s+")


class _Words(HTMLParser):
    """Collects text; a block begins and ends a line, a cell a word."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        """Begin a line or a word."""
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        """End a line or a word."""
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        """Keep the words; a line break in the markup is a blank."""
        self.found.append(BLANKS.sub(" ", data))

    def _separate(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in BLOCKS or name in CELLS:
            self.found.append("\n" if name in BLOCKS else " ")


def words(xhtml: str) -> str:
    """The text, a line for each paragraph or row, without blank ones."""
    parser = _Words()
    parser.feed(xhtml)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.found).split("\n"))
    return "\n".join(line for line in lines if line)
