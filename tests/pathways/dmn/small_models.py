"""How are the small models of these tests written? As pieces of DMN 1.5 XML put together."""

from collections.abc import Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from pathways.dmn import DecisionReading, DecisionResult, Decisions, read_decisions

DMN15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def model(*parts: str, namespace: str = "urn:test", dmn: str = DMN15, attributes: str = "") -> bytes:
    """A whole file."""
    body = "\n".join(parts)
    text = f'<definitions xmlns="{dmn}" namespace="{namespace}" name="test" {attributes}>\n{body}\n</definitions>'
    return text.encode()


def reading(*parts: str, others: Mapping[str, bytes] | None = None) -> DecisionReading:
    return read_decisions(model(*parts), file="test.dmn", others=others)


def decisions(*parts: str, others: Mapping[str, bytes] | None = None) -> Decisions:
    """The decisions of a file that has no finding."""
    read = reading(*parts, others=others)
    assert read.decisions is not None
    assert not read.findings, read.findings
    return read.decisions


def evaluate(found: Decisions, wanted: str, **variables: object) -> DecisionResult:
    return found.evaluate(wanted, variables, now=NOW)


def literal(text: str, *, type_ref: str = "") -> str:
    typed = f' typeRef="{type_ref}"' if type_ref else ""
    return f"<literalExpression{typed}><text>{escape(text)}</text></literalExpression>"


def decision(name: str, logic: str, *, needs: str = "", type_ref: str = "") -> str:
    """A decision; `needs` such as `input:age decision:risk knowledge:rate` (ids are `_name`)."""
    typed = f" typeRef={quoteattr(type_ref)}" if type_ref else ""
    requirements = "".join(map(_requirement, needs.split()))
    variable = f'<variable name="{name}"{typed}/>'
    return f'<decision id="_{name}" name="{name}">{variable}{requirements}{logic}</decision>'


def _requirement(need: str) -> str:
    kind, _, target = need.partition(":")
    href = target if "#" in target else f"#_{target}"
    match kind:
        case "knowledge":
            return f'<knowledgeRequirement><requiredKnowledge href="{href}"/></knowledgeRequirement>'
        case "decision":
            return f'<informationRequirement><requiredDecision href="{href}"/></informationRequirement>'
        case _:
            return f'<informationRequirement><requiredInput href="{href}"/></informationRequirement>'


def input_data(name: str, type_ref: str = "") -> str:
    typed = f' typeRef="{type_ref}"' if type_ref else ""
    return f'<inputData id="_{name}" name="{name}"><variable name="{name}"{typed}/></inputData>'


def knowledge(name: str, parameters: Mapping[str, str], body: str, *, needs: str = "", type_ref: str = "") -> str:
    typed = f' typeRef="{type_ref}"' if type_ref else ""
    formal = "".join(f'<formalParameter name="{key}" typeRef="{value}"/>' for key, value in parameters.items())
    return (
        f'<businessKnowledgeModel id="_{name}" name="{name}"><variable name="{name}"{typed}/>'
        f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic>{''.join(map(_requirement, needs.split()))}"
        f"</businessKnowledgeModel>"
    )


def item(name: str, inside: str = "", *, type_ref: str = "", allowed: str = "", collection: bool = False) -> str:
    """An item definition; `inside` holds components or a constraint."""
    return _item("itemDefinition", name, inside, type_ref=type_ref, allowed=allowed, collection=collection)


def component(name: str, inside: str = "", *, type_ref: str = "", allowed: str = "", collection: bool = False) -> str:
    return _item("itemComponent", name, inside, type_ref=type_ref, allowed=allowed, collection=collection)


def _item(tag: str, name: str, inside: str, *, type_ref: str, allowed: str, collection: bool) -> str:
    typed = f"<typeRef>{type_ref}</typeRef>" if type_ref else ""
    values = f"<allowedValues><text>{escape(allowed)}</text></allowedValues>" if allowed else ""
    return f'<{tag} name="{name}" isCollection="{str(collection).lower()}">{typed}{values}{inside}</{tag}>'


def table(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    rules: list[str],
    *,
    hit: str = "UNIQUE",
    aggregation: str = "",
    defaults: tuple[str, ...] = (),
) -> str:
    """A decision table; keys are input expressions and output names, values their allowed values (`""`: any).

    Rules are written as `test | test => output | output`.
    """
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    parts = [f'<decisionTable id="t" hitPolicy="{hit}"{aggregated}>']
    for text, allowed in inputs.items():
        tested = f"<inputExpression><text>{escape(text)}</text></inputExpression>"
        parts.append(f"<input>{tested}{_values('inputValues', allowed)}</input>")
    for place, (name, allowed) in enumerate(outputs.items()):
        default = f"<defaultOutputEntry><text>{escape(defaults[place])}</text></defaultOutputEntry>" if defaults else ""
        parts.append(f'<output name="{name}">{_values("outputValues", allowed)}{default}</output>')
    parts += [_rule(number, rule) for number, rule in enumerate(rules, 1)]
    return "\n".join([*parts, "</decisionTable>"])


def _values(tag: str, allowed: str) -> str:
    return f"<{tag}><text>{escape(allowed)}</text></{tag}>" if allowed else ""


def _rule(number: int, rule: str) -> str:
    tests, _, outputs = rule.partition(" => ")
    cells = [f"<inputEntry><text>{escape(cell.strip())}</text></inputEntry>" for cell in tests.split(" | ") if tests]
    cells += [f"<outputEntry><text>{escape(cell.strip())}</text></outputEntry>" for cell in outputs.split(" | ")]
    return f'<rule id="r{number}">{"".join(cells)}</rule>'
