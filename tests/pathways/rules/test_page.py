"""Is `docs/check-rules.md` what the rules say today?"""

from pathlib import Path

from pathways.rules.page import page
from pathways.rules.registry import GROUPS, RULES

PAGE = Path(__file__).parents[3] / "docs" / "check-rules.md"


def test_the_page_is_current():
    assert PAGE.read_text("utf-8") == page(), "run: python -m pathways.rules > docs/check-rules.md"


def test_every_rule_has_its_own_id_and_a_sentence():
    assert sum(map(len, GROUPS.values())) == len(RULES)
    assert all(rule.doc.endswith(".") for rule in RULES.values())
