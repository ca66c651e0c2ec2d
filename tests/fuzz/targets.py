"""What is fuzzed, and what must never happen? A target takes bytes; whatever it raises is a find."""

import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from cli.simulate import main as simulate
from pathways.bpmn.reader import read_bpmn
from pathways.dmn import read_decisions
from pathways.feel import FeelSyntaxError, compile_expression, compile_unary_tests, to_json
from pathways.forms import FormError, form_findings, validate_form
from pathways.ladders import library_calendars, library_ladders
from tests.fuzz.diagrams import Diagrams
from tests.fuzz.mutations import mutate

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
STATUSES = {"completed", "waiting", "incident", "terminated", "script-failed", "refused"}
VARIABLES: dict[str, Any] = {"x": 4, "xs": [1, 2, 3], "due": "P1D", "s": "text", "c": {"a": 1, "b": None}}
LIBRARY = Path(__file__).parents[2] / "pathways/library"


def bpmn(source: bytes) -> None:
    """The reader gives a definition or says why not, with a line and a message."""
    reading = read_bpmn(source, file="fuzz.bpmn", ladders=library_ladders(), calendars=library_calendars())
    refused = [finding for finding in reading.findings if finding.severity == "error"]
    assert (reading.definition is None) == bool(refused), "a file is read or refused with a reason"
    assert all(finding.message and finding.rule and finding.line >= 0 for finding in reading.findings)
    assert len(reading.findings) < 2_000, "findings are told briefly"


def simulated(source: bytes) -> None:
    """`pathways simulate --auto` prints one JSON object of the contract, whatever the file holds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "fuzz.bpmn")
        file.write_bytes(source)
        printed = StringIO()
        with redirect_stdout(printed):
            status = simulate([str(file), "--auto", "--json", "--variables", json.dumps(VARIABLES)])
    result = json.loads(printed.getvalue())
    assert result["status"] in STATUSES
    assert (status == 2) == (result["status"] == "refused")
    for finding in result.get("findings", ()):
        assert finding["rule"] != "engine-defect", finding["message"]


def feel(source: bytes) -> None:
    """An expression is refused with its place, or evaluates to a value that is JSON."""
    text = source.decode("utf-8", "replace")
    for compile_text in (compile_expression, compile_unary_tests):
        try:
            expression = compile_text(text)
        except FeelSyntaxError as error:
            place = error.position
        else:
            place = 0
            json.dumps(to_json(expression.evaluate({**VARIABLES, "?": 4}, now=NOW).value), default=str)
        assert 0 <= place <= len(text) + 1


def dmn(source: bytes) -> None:
    """A model is refused, or every decision of it evaluates."""
    reading = read_decisions(source, file="fuzz.dmn")
    assert reading.decisions is not None or reading.findings
    if reading.decisions is not None:
        for decision in reading.decisions.decisions:
            if reading.decisions.has(decision.name):  # two of one name have none
                reading.decisions.evaluate(decision.name, VARIABLES, now=NOW)


def forms(source: bytes) -> None:
    """A schema has findings or validates any answers."""
    try:
        schema = json.loads(source)
    except (ValueError, RecursionError):
        return
    if not isinstance(schema, dict):
        return
    form_findings(schema)
    try:
        validate_form(schema, {"a": 1, "b": "x", "list": [{"a": 1}]}, now=NOW, variables=VARIABLES)
    except FormError:
        return


def _diagram(random: Random) -> bytes:
    source = Diagrams(random).file().encode()
    return mutate(source, random) if random.random() < 0.5 else source


def _simulated_diagram(random: Random) -> bytes:
    source = Diagrams(random).file().encode()
    return mutate(source, random) if random.random() < 0.2 else source


_FEEL_SEEDS = (
    "if x > 3 then \"a\" else null", "for i in 1..3, j in xs return i * j", "some v in xs satisfies v > 2",
    "xs[item > 1]", "{a: 1, b: a + 1}.b", "date(\"2026-01-01\") + duration(\"P1M\")", "x between 1 and 4", "[1..5)",
    "function(a, b) a + b", "c.a", "string join(xs, \",\")", "x in (1, 2, [3..9])", "@\"2026-01-01T00:00:00Z\"",
    "replace(\"abc\", \"(b)\", \"[$1]\")", "not(x = 3)", "1.5e3 ** 2", "sort(xs, function(a,b) a > b)", "instance of",
    "get entries(c)", "< 5, > 3", "- 1", "\"\\u00e9\"", "time(\"10:00:00@Europe/Paris\")", "every v in xs satisfies v",
    "range(\"[1..2]\")", "-", "x instance of list<number>", "matches(s, \"(a+)+$\")", "round half up(x, 2)",
)  # fmt: skip


def _expression(random: Random) -> bytes:
    first, second = random.choice(_FEEL_SEEDS), random.choice(_FEEL_SEEDS)
    joined = random.choice(
        (first, f"{first} + ({second})", f"[{first}, {second}]", f"{{k: {first}}}", f"({first})[{second}]")
    )
    return mutate(joined.encode(), random) if random.random() < 0.7 else joined.encode()


_DMN_SEED = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="d" namespace="n">
<inputData id="i1" name="x"><variable name="x" typeRef="number"/></inputData>
<itemDefinition name="t"><typeRef>number</typeRef><allowedValues><text>[0..10]</text></allowedValues></itemDefinition>
<decision id="a" name="a"><variable name="a" typeRef="string"/>
<informationRequirement><requiredInput href="#i1"/></informationRequirement>
<decisionTable hitPolicy="%s" %s><input><inputExpression><text>x</text></inputExpression></input><output name="o"/>
<rule><inputEntry><text>&lt; 5</text></inputEntry><outputEntry><text>"low"</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"any"</text></outputEntry></rule>
</decisionTable></decision>
<decision id="b" name="b"><variable name="b"/>
<informationRequirement><requiredDecision href="#a"/></informationRequirement>
<context><contextEntry><variable name="p"/><literalExpression><text>a + "1"</text></literalExpression></contextEntry>
<contextEntry><list><literalExpression><text>1</text></literalExpression></list></contextEntry></context></decision>
<businessKnowledgeModel id="k" name="k"><encapsulatedLogic><formalParameter name="q"/>
<literalExpression><text>k(q) + 1</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decision id="c" name="c"><variable name="c"/>
<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
<invocation><literalExpression><text>k</text></literalExpression><binding><parameter name="q"/>
<literalExpression><text>1</text></literalExpression></binding></invocation></decision>
<decisionService id="s" name="s">
<outputDecision href="#b"/><encapsulatedDecision href="#a"/><inputData href="#i1"/></decisionService>
</definitions>"""
_POLICIES = ("UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER", "PRIORITY")


def _model(random: Random) -> bytes:
    aggregation = random.choice(("", 'aggregation="SUM"', 'aggregation="MIN"', 'aggregation="COUNT"'))
    return mutate((_DMN_SEED % (random.choice(_POLICIES), aggregation)).encode(), random)


def _form(random: Random) -> bytes:
    seeds = sorted(LIBRARY.rglob("*.form"))
    return mutate(random.choice(seeds).read_bytes(), random)


Target = Callable[[bytes], None]
TARGETS: Mapping[str, tuple[Target, Callable[[Random], bytes]]] = {
    "bpmn": (bpmn, _diagram),
    "simulate": (simulated, _simulated_diagram),
    "feel": (feel, _expression),
    "dmn": (dmn, _model),
    "forms": (forms, _form),
}
"""Every target by name, with what makes its inputs."""
