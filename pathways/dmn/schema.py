"""What becomes of each attribute and child element of DMN's schema (1.3 to 1.5)? THE table of record of the reader.

It says of DMN what `pathways/bpmn/schema_types.py` says of BPMN; `parts.py` walks over a file by it.
"""

from collections.abc import Mapping
from functools import cache

from pathways.bpmn.schema_parts import Part, Type, make_type, parts_in, rows

_SHOWN = "for people"
_WHY = "says who answers for a decision, and why; no value comes of it"
_BUSINESS = "says what a decision is for in an organization; no value comes of it"
_TOOLS = "what other tools keep for themselves: nothing of a decision is read from it"
_TESTS = "a test is true or false: it has no type of its own"
_LANGUAGE = "only FEEL is executed. Remove it, or write `FEEL`"

_BOXED = (
    "literalExpression decisionTable context list relation invocation functionDefinition conditional filter for some "
    "every"
)
EXPRESSIONS = frozenset(_BOXED.split())
"""What may be logic: an element holds one of them."""
_REPEATED = (
    "import itemDefinition inputData decision businessKnowledgeModel decisionService informationRequirement "
    "knowledgeRequirement requiredDecision requiredInput requiredKnowledge outputDecision encapsulatedDecision "
    "inputDecision itemComponent parameters formalParameter binding contextEntry column row input output rule "
    "inputEntry outputEntry"
)
REPEATED = frozenset(_REPEATED.split())
"""Elements of which all are read; of any other one is."""

TYPES: Mapping[str, Type] = {
    "element": make_type(executed="@id", documentation={"@label description": _SHOWN, "extensionElements": _TOOLS}),
    "definitions": make_type(
        "element",
        "@name @namespace import itemDefinition inputData decision businessKnowledgeModel decisionService",
        documentation={
            "@exporter @exporterVersion textAnnotation association group": _SHOWN,
            "elementCollection": "groups elements for people",
            "knowledgeSource": _WHY,
            "organizationUnit performanceIndicator": _BUSINESS,
        },
        refused={"@expressionLanguage @typeLanguage": _LANGUAGE},
        unless={"@expressionLanguage": ("feel",), "@typeLanguage": ("feel",)},
    ),
    "import": make_type(
        "element",
        "@name @namespace @locationURI",
        refused={"@importType": "only other DMN files are read"},
        unless={"@importType": ("dmn",)},
    ),
    # types, variables, requirements
    "itemDefinition": make_type(
        "element",
        "@name @isCollection @typeRef typeRef allowedValues typeConstraint itemComponent functionItem",
        refused={"@typeLanguage": _LANGUAGE},
        unless={"@typeLanguage": ("feel",)},
    ),
    "functionItem": make_type("element", "@outputTypeRef parameters"),
    "informationItem": make_type("element", "@name @typeRef"),
    "inputData": make_type("element", "@name variable"),
    "decision": make_type(
        "element",
        f"@name variable informationRequirement knowledgeRequirement {_BOXED}",
        documentation={
            "question allowedAnswers": _SHOWN,
            "authorityRequirement decisionMaker decisionOwner": _WHY,
            "supportedObjective impactedPerformanceIndicator usingProcess usingTask": _BUSINESS,
        },
    ),
    "businessKnowledgeModel": make_type(
        "element",
        "@name variable encapsulatedLogic knowledgeRequirement",
        documentation={"authorityRequirement": _WHY},
    ),
    "decisionService": make_type(
        "element", "@name variable outputDecision encapsulatedDecision inputDecision inputData"
    ),
    "informationRequirement": make_type("element", "requiredDecision requiredInput"),
    "knowledgeRequirement": make_type("element", "requiredKnowledge"),
    "reference": make_type(executed="@href"),
    # decision tables
    "decisionTable": make_type(
        "element",
        "@typeRef @hitPolicy @aggregation input output rule",
        documentation={
            "@preferredOrientation": "rules are stored one by one whatever way the table is drawn",
            "@outputLabel annotation": _SHOWN,
        },
    ),
    "input": make_type("element", "@label inputExpression inputValues"),
    "output": make_type("element", "@name @typeRef outputValues defaultOutputEntry"),
    "rule": make_type("element", "inputEntry outputEntry", documentation={"annotationEntry": _SHOWN}),
    "inputEntry": make_type("element", "@expressionLanguage text", documentation={"@typeRef": _TESTS}),
    "unaryTests": make_type(
        "element",
        "text",
        documentation={"@typeRef": _TESTS},
        refused={"@expressionLanguage": _LANGUAGE},
        unless={"@expressionLanguage": ("feel",)},
    ),
    # boxed expressions
    "expression": make_type("element", "@typeRef"),
    "literalExpression": make_type("expression", "@expressionLanguage text importedValues"),
    "importedValues": make_type(
        "element",
        documentation={
            "@name @namespace @locationURI @importType @expressionLanguage importedElement": "refused as a whole"
        },
    ),
    "context": make_type("expression", "contextEntry"),
    "contextEntry": make_type("element", f"variable {_BOXED}"),
    "list": make_type("expression", _BOXED),
    "relation": make_type("expression", "column row"),
    "row": make_type(
        "element", _BOXED, documentation={"@typeRef": "a row is a context of its columns, which have types"}
    ),
    "invocation": make_type("expression", f"binding {_BOXED}"),
    "binding": make_type("element", f"parameter {_BOXED}"),
    "parameter": make_type(
        "element", "@name", documentation={"@typeRef": "the type that the function gives its parameter counts"}
    ),
    "functionDefinition": make_type("expression", f"@kind formalParameter {_BOXED}"),
    "conditional": make_type("expression", "if then else"),
    "filter": make_type("expression", "in match"),
    "for": make_type("expression", "@iteratorVariable in return"),
    "quantified": make_type("expression", "@iteratorVariable in satisfies"),
    "child": make_type("element", _BOXED),
    "typedChild": make_type("child", "@typeRef"),
    "text": make_type(),
}
"""Every type of the schema that is looked into, by the name of its element."""

_KINDS: Mapping[str, str] = {
    name: kind
    for kind, names in {
        "informationItem": "variable parameters formalParameter column",
        "itemDefinition": "itemComponent",
        "unaryTests": "allowedValues typeConstraint inputValues outputValues",
        "literalExpression": "inputExpression outputEntry defaultOutputEntry",
        "functionDefinition": "encapsulatedLogic",
        "quantified": "some every",
        "child": "if then else match return satisfies filter/in",
        "typedChild": "in",
        "text": "typeRef",
        "reference": (
            "requiredDecision requiredInput requiredKnowledge outputDecision encapsulatedDecision inputDecision "
            "decisionService/inputData"
        ),
    }.items()
    for name in names.split()
}
"""The type of elements that have another name than their type, here and there only inside of a certain element."""


@cache
def parts_of(element: str, *, inside: str = "") -> Mapping[str, Part]:
    """Give all parts of an element that stands inside another; KeyError when the schema has no such element."""
    return parts_in(TYPES, _KINDS.get(f"{inside}/{element}") or _KINDS.get(element, element))


ANYWHERE = frozenset(name for kind in TYPES.values() for name in kind.parts)
"""The names of all parts that any element has."""


def table() -> str:
    """Give every type and its parts as the Markdown of docs/dmn-parts.md."""
    return "\n".join((_HEAD, *rows(TYPES), ""))


_HEAD = """\
# What becomes of each part of DMN's schema (1.3 to 1.5)

Made by `python -c "from pathways.dmn.schema import table; print(table(), end='')" > docs/dmn-parts.md` from the table
that the reader goes by (`pathways/dmn/schema.py`); a test fails when it is not current. Every attribute (`@name`) and
child element of the schema stands here at the type that declares it; what the type in brackets has counts, too.

- **executed**: it is read, and does what the standard says, or is refused with a line.
- **documentation**: it changes nothing, for the reason beside it. So does whatever stands inside of it.
- **refused**: an error (`dmn-unsupported`). A value that contains what stands in square brackets is executed.

Any other element of DMN is refused (`dmn-unknown-element`), also where it stands in the wrong place, and so is a second
one where one is read (`dmn-duplicate-element`). Any other attribute is refused when it is a slip for one of these, else
told (`dmn-unknown-attribute`). The drawing and the namespaces of other tools are passed over.

| type | part | here | why |
|---|---|---|---|"""
