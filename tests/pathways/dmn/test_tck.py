"""How does the runner of the TCK judge, and how do we do on the kit's cases that are at hand?"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cli.tck import main
from pathways.dmn.tck import Outcome, run_kit, same, tallies, total
from pathways.dmn.tck_report import page
from pathways.feel.moments import parse_at
from tests.pathways.dmn.small_models import NOW, decision, input_data, literal, model

KIT = Path("/work/shared/data/dmn-tck")
HEAD = (
    '<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
)
FOREIGN = 'function(x) external {java: {class: "java.lang.Math", method signature: "abs(double)"}}'


def value(text: str, kind: str = "decimal") -> str:
    return f'<value xsi:type="xsd:{kind}">{text}</value>'


def case(name: str, expected: str, *, inputs: str = "", error: bool = False) -> str:
    flag = ' errorResult="true"' if error else ""
    result = f'<resultNode name="{name}"{flag}><expected>{expected}</expected></resultNode>'
    return f'<testCase id="{name}">{inputs}{result}</testCase>'


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    folder = tmp_path / "level-x" / "0001-small"
    folder.mkdir(parents=True)
    parts = (
        input_data("a"),
        decision("sum", literal("a + 1"), needs="input:a"),
        decision("listed", literal('[1, {x: " "}, date("2026-01-01")]')),
        decision("nothing", literal('1 + "a"')),
        decision("foreign", literal(f"({FOREIGN})(-1)")),
    )
    (folder / "0001-small.dmn").write_bytes(model(*parts))
    given = f'<inputNode name="a">{value("2")}</inputNode>'
    items = (
        f"<item>{value('1')}</item><item><component name='x'>{value(' ', 'string')}</component></item>"
        f"<item>{value('2026-01-01', 'date')}</item>"
    )
    cases = (
        case("sum", value("3"), inputs=given),
        case("sum", value("4"), inputs=given),
        case("listed", f"<list>{items}</list>"),
        case("nothing", '<value xsi:nil="true"/>', error=True),
        case("sum", value("3"), inputs=given, error=True),
        case("foreign", value("1")),
        case("missing", value("1")),
        case("sum", value("one")),
    )
    text = f"{HEAD}<modelName>0001-small.dmn</modelName>{''.join(cases)}</testCases>"
    (folder / "0001-small-test-01.xml").write_text(text)
    return tmp_path


def verdicts(outcomes: list[Outcome]) -> list[str]:
    return [outcome.verdict for outcome in outcomes]


def test_every_expected_result_is_run_and_judged(kit: Path) -> None:
    outcomes = run_kit(kit, now=NOW)
    assert verdicts(outcomes) == [
        "passed",
        "failed",
        "passed",
        "passed",
        "failed",
        "unsupported",
        "failed",
        "failed",
    ]
    assert outcomes[1].expected == "4"
    assert outcomes[1].got == "3"
    assert "has no decision 'missing'" in outcomes[6].reason
    assert "no decimal" in outcomes[7].reason
    assert tallies(outcomes)["level-x"].passed == 3


def test_a_model_that_cannot_be_read_fails_each_of_its_cases(kit: Path) -> None:
    (kit / "level-x/0001-small/0001-small.dmn").write_bytes(b"<broken")
    assert verdicts(run_kit(kit, now=NOW)) == ["failed"] * 8


def test_the_command_prints_json_or_a_table_and_is_content_with_any_run(
    kit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(kit), "--json", "--docs", str(tmp_path / "page.md")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["folders"]["level-x"] == {"passed": 3, "failed": 4, "unsupported": 1, "total": 8, "percent": 37.5}
    assert told["failures"][0]["expected"] == "4"
    assert "| level-x | 3 | 4 | 1 | 8 | 37.50 |" in (tmp_path / "page.md").read_text()
    assert main([str(kit)]) == 0
    assert "level-x" in capsys.readouterr().out
    assert main([str(kit / "nowhere")]) == 2


def test_the_page_names_its_day_and_folder() -> None:
    assert "on 2026-03-02 from `kit`" in page([], day=date(2026, 3, 2), folder="kit")


@pytest.mark.parametrize(
    ("expected", "got", "verdict"),
    [
        (Decimal("1.0"), Decimal(1), True),
        (Decimal("1.1"), Decimal("1.10000000000001"), False),
        (Decimal("0.36787944"), Decimal("0.3678794411714423"), True),
        (Decimal("0.36787944"), Decimal("0.36787964"), False),
        (Decimal(1), "1", False),
        (Decimal(1), True, False),
        ([Decimal(1)], Decimal(1), False),
        ({"a": None}, {}, False),
        (None, False, False),
        (parse_at("10:00:00Z"), parse_at("10:00:00+00:00"), True),
        (parse_at("10:00:00Z"), parse_at("11:00:00+01:00"), False),
        (parse_at("10:00:00Z"), parse_at("10:00:00"), False),
    ],
)
def test_values_are_compared_strictly(expected: object, got: object, verdict: bool) -> None:
    assert same(expected, got) is verdict  # type: ignore[arg-type]  # values of any type are compared


@pytest.mark.skipif(not KIT.is_dir(), reason="the kit's files lie outside the repository and are not here")
def test_nothing_of_the_kit_fails_but_functions_in_java() -> None:
    outcomes = run_kit(KIT, now=NOW)
    counted = total(tallies(outcomes))
    assert [f"{outcome.test} {outcome.case}" for outcome in outcomes if outcome.verdict == "failed"] == []
    assert counted.passed >= 0.99 * counted.total
    assert counted.total > 1500
