"""Are the deep links of the README those of the demo?"""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from demo.links import QUERIES, case_page, deep_links, workflows_link


def test_the_readme_shows_every_deep_link_of_the_demo() -> None:
    shown = set(re.findall(r"\]\((http://127\.0\.0\.1:8233/[^)]+)\)", Path("README.md").read_text()))
    assert shown == set(deep_links("http://127.0.0.1:8233").values())


def test_a_query_survives_its_way_through_the_address() -> None:
    for query in QUERIES.values():
        assert parse_qs(urlsplit(workflows_link("http://ui/", query)).query) == {"query": [query]}


def test_the_page_of_a_called_case_keeps_its_hash_in_the_path() -> None:
    assert case_page("http://api", "case-1/clr#1", "t") == "http://api/cases/case-1/clr%231/page?access_token=t"
