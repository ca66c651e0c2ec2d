"""Which names does the one plan of a patient show, and is a mistake in the table refused?"""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from pathways.one_plan import TABLE, plan_names
from policy.data_classes import fields_of
from tests.library import published_library

AS_SHIPPED = yaml.safe_load(TABLE.read_text(encoding="utf-8"))


def table(folder: Path, **changed: object) -> Path:
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump({**AS_SHIPPED, **changed}))
    return path


def test_a_designer_adds_a_name_to_the_table(tmp_path: Path) -> None:
    assert plan_names(table(tmp_path, plan=[*AS_SHIPPED["plan"], "bite_plan"])).plan[-1] == "bite_plan"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"plan": ["plan", "reason"]}, "'reason'.*stand twice"),
        ({"problem": ["the reason"]}, "problem"),
        ({"problem": []}, "problem"),
        ({"problems": ["reason"]}, "problems"),
    ],
)
def test_a_table_with_a_mistake_is_refused_and_the_place_named(
    tmp_path: Path, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        plan_names(table(tmp_path, **changed))


def test_every_name_of_the_table_is_written_by_a_pathway_of_the_library() -> None:
    written = set[str]()
    for publication in published_library().values():
        nodes = publication.definition.nodes.values()
        written |= {mapping.target for node in nodes for mapping in (*node.inputs, *node.outputs)}
        written |= {name for form in publication.forms.values() for name in fields_of(form)}
    names = plan_names()
    assert {*names.problem, *names.plan, *names.booked_with} <= written
