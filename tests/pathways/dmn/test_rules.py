"""Does the list of rules hold exactly the rules that findings carry?"""

import re
from pathlib import Path

import pathways.dmn
from pathways.dmn.rules import RULES

FOLDER = Path(pathways.dmn.__file__).parent


def test_every_rule_that_is_used_is_listed_and_every_listed_rule_is_used() -> None:
    sources = [path.read_text() for path in FOLDER.glob("*.py") if path.name != "rules.py"]
    assert {rule for text in sources for rule in re.findall(r'"(dmn-[a-z-]+)"', text)} == set(RULES)


def test_the_readme_says_where_every_module_is() -> None:
    readme = (FOLDER / "README.md").read_text()
    assert [path.name for path in FOLDER.glob("*.py") if f"`{path.name}`" not in readme] == []
