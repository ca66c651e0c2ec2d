"""Is `docs/closed-loop.md` what the tables say today?"""

from pathlib import Path

from policy.referral_page import page

PAGE = Path(__file__).parents[2] / "docs" / "closed-loop.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m policy.referral_page > docs/closed-loop.md"
