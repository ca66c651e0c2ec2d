"""Which function reads the answer of which component type?"""

from collections.abc import Callable, Mapping

from pathways.forms.answers import Question, read_files, read_text, read_tick
from pathways.forms.choices import read_choice, read_choices
from pathways.forms.moments import read_moment
from pathways.forms.numbers import read_number

READERS: Mapping[str, Callable[[Question, object], object]] = {
    "textfield": read_text,
    "textarea": read_text,
    "number": read_number,
    "checkbox": read_tick,
    "select": read_choice,
    "radio": read_choice,
    "checklist": read_choices,
    "taglist": read_choices,
    "datetime": read_moment,
    "filepicker": read_files,
}
