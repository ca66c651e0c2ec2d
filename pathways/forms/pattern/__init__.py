"""Does a text match a pattern of a form? The regular expressions of JavaScript without flags, with counted steps.

form-js checks `pattern` in the browser with `new RegExp(pattern).test(value)`. Python's `re` reads other patterns
(`$`, `\\d`, `[^]`, named groups) and can be stopped by none, so the browser's language is executed here.
"""

from functools import lru_cache

from pathways.forms.pattern.matcher import TooCostly, found_in
from pathways.forms.pattern.parser import parse
from pathways.forms.pattern.program import Program, program_of
from pathways.forms.pattern.syntax import PatternError

__all__ = ["PatternError", "Program", "TooCostly", "compile_pattern", "matches"]


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Program:
    """Compile a pattern.

    Raises:
        PatternError: JavaScript would not read it, or would read it otherwise than its author meant.
    """
    return program_of(parse(_units(pattern)))


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches anywhere in the text.

    Raises:
        PatternError: the pattern is wrong.
        TooCostly: the answer would take too many steps.
    """
    return found_in(compile_pattern(pattern), _units(text))


def _units(text: str) -> str:
    """The text as JavaScript sees it: a character beyond the first plane counts as two."""
    if not any(sign > "\uffff" for sign in text):
        return text
    coded = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(coded[at] << 8 | coded[at + 1]) for at in range(0, len(coded), 2))
