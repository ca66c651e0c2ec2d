"""Is what a patient writes down a red flag? By words in any language and by how bad it is: `red_flags.yaml`."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

OTHER = "other"


@dataclass(frozen=True, slots=True)
class RedFlags:
    """The table. `words`: by finding, in all languages; `severity`: by symptom, from which number on, which finding."""

    words: Mapping[str, tuple[str, ...]]
    severity: Mapping[str, tuple[int, str]]

    def finding(self, symptom: str, severity: int, text: str = "") -> str:
        """Give the finding that a symptom of this severity (0 to 10), described so, may be; empty when it is none."""
        told = " ".join(_plain(f"{symptom} {text}").split())
        for finding, words in self.words.items():
            if any(re.search(rf"\b{re.escape(word)}", told) for word in words):
                return finding
        least, finding = self.severity.get(_plain(symptom).strip(), self.severity[OTHER])
        return finding if severity >= least else ""


def _plain(text: str) -> str:
    """The text in small letters as the table writes them: phones write other apostrophes, and umlauts in two parts."""
    return unicodedata.normalize("NFKC", text).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


@cache
def red_flags(path: Path = Path(__file__).parent / "red_flags.yaml") -> RedFlags:
    """Read the table."""
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    words = {finding: tuple(word for told in by.values() for word in told) for finding, by in table["words"].items()}
    severity = {symptom: (int(row["from"]), str(row["finding"])) for symptom, row in table["severity"].items()}
    return RedFlags(words, severity)
