"""What is a decision model? The frozen, typed content of a `.dmn` file (DMN 1.5 chapters 6 to 10).

A `Model` is one file; `Decisions` (in `evaluation.py`) are a file and the files it imports. Both travel as JSON
(`pathways.codec`), so a pathway pins its decisions. References are `namespace#id`; a type is named as FEEL names it
(`number`, `tPatient`, `imported.tPatient`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, Union

HitPolicy: TypeAlias = Literal["UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"]
Aggregation: TypeAlias = Literal["", "SUM", "COUNT", "MIN", "MAX"]
FunctionKind: TypeAlias = Literal["FEEL", "Java", "PMML"]


@dataclass(frozen=True, slots=True)
class InformationItem:
    """A variable, parameter or column: its name and the type it asks for (empty: any)."""

    name: str
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """FEEL text and the line it stands on: a unary test, or the allowed values of something."""

    text: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class LiteralExpression:
    """FEEL text that gives a value (§7.3.1); empty text gives null."""

    text: str
    type_ref: str = ""
    line: int = 0
    kind: Literal["literalExpression"] = "literalExpression"


@dataclass(frozen=True, slots=True)
class InputClause:
    """A condition column of a table: what is tested, and the values that may come."""

    label: str
    expression: LiteralExpression
    values: Text | None = None


@dataclass(frozen=True, slots=True)
class OutputClause:
    """A result column of a table: its name, the values it may give (in order of priority), and the default."""

    name: str
    type_ref: str = ""
    values: Text | None = None
    default: LiteralExpression | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a test per condition column and a value per result column."""

    id: str
    tests: tuple[Text, ...]
    outputs: tuple[LiteralExpression, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision table (chapter 8)."""

    id: str
    hit_policy: HitPolicy
    aggregation: Aggregation
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]
    type_ref: str = ""
    line: int = 0
    kind: Literal["decisionTable"] = "decisionTable"


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """An entry of a boxed context; the one without a name is the result."""

    variable: InformationItem | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Context:
    """A boxed context (§10.2.1.4): each entry sees the ones before it."""

    entries: tuple[ContextEntry, ...]
    type_ref: str = ""
    line: int = 0
    kind: Literal["context"] = "context"


@dataclass(frozen=True, slots=True)
class BoxedList:
    """A boxed list (§10.2.1.5)."""

    items: tuple[Expression, ...]
    type_ref: str = ""
    line: int = 0
    kind: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation (§10.2.1.6): every row becomes a context with an entry per column."""

    columns: tuple[InformationItem, ...]
    rows: tuple[tuple[Expression, ...], ...]
    type_ref: str = ""
    line: int = 0
    kind: Literal["relation"] = "relation"


@dataclass(frozen=True, slots=True)
class Binding:
    """The value an invocation gives to one parameter."""

    parameter: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Invocation:
    """A boxed invocation (§10.2.1.3)."""

    callee: Expression
    bindings: tuple[Binding, ...]
    type_ref: str = ""
    line: int = 0
    kind: Literal["invocation"] = "invocation"


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A boxed function (§10.2.1.7), also the logic of a business knowledge model; only FEEL is ever called."""

    language: FunctionKind
    parameters: tuple[InformationItem, ...]
    body: Expression | None
    type_ref: str = ""
    line: int = 0
    kind: Literal["functionDefinition"] = "functionDefinition"


@dataclass(frozen=True, slots=True)
class Conditional:
    """A boxed conditional (§10.2.1.8)."""

    condition: Expression
    consequence: Expression
    alternative: Expression
    type_ref: str = ""
    line: int = 0
    kind: Literal["conditional"] = "conditional"


@dataclass(frozen=True, slots=True)
class Filter:
    """A boxed filter (§10.2.1.9): the items of a list that match."""

    source: Expression
    match: Expression
    type_ref: str = ""
    line: int = 0
    kind: Literal["filter"] = "filter"


@dataclass(frozen=True, slots=True)
class Iterator:
    """A boxed `for`, `some` or `every` (§10.2.1.10)."""

    form: Literal["for", "some", "every"]
    variable: InformationItem
    source: Expression
    body: Expression
    type_ref: str = ""
    line: int = 0
    kind: Literal["iterator"] = "iterator"


Expression: TypeAlias = Union[  # noqa: UP007 (a recursive alias needs the quoted form)
    LiteralExpression,
    DecisionTable,
    Context,
    BoxedList,
    Relation,
    Invocation,
    FunctionDefinition,
    Conditional,
    Filter,
    Iterator,
]


@dataclass(frozen=True, slots=True)
class FunctionItem:
    """The parameters and the result of a type of functions."""

    parameters: tuple[InformationItem, ...]
    output_type_ref: str = ""


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A type (§7.3.2): another type, components, or a function; as a collection when it says so.

    `allowed_values` constrain each item of a collection, `type_constraint` the collection as a whole.
    """

    name: str
    type_ref: str = ""
    is_collection: bool = False
    components: tuple[ItemDefinition, ...] = ()
    function: FunctionItem | None = None
    allowed_values: Text | None = None
    type_constraint: Text | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class InputData:
    """Something the caller gives."""

    id: str
    name: str
    variable: InformationItem
    line: int = 0
    kind: Literal["inputData"] = "inputData"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: what it needs to know (`information`), which functions it calls (`knowledge`), and its logic.

    One that declares no variable is also known by its id, as Camunda does it.
    """

    id: str
    name: str
    variable: InformationItem
    logic: Expression | None
    information: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    declares_variable: bool = True
    line: int = 0
    kind: Literal["decision"] = "decision"


@dataclass(frozen=True, slots=True)
class BusinessKnowledgeModel:
    """A function that decisions call."""

    id: str
    name: str
    variable: InformationItem
    logic: FunctionDefinition | None
    knowledge: tuple[str, ...] = ()
    line: int = 0
    kind: Literal["businessKnowledgeModel"] = "businessKnowledgeModel"


@dataclass(frozen=True, slots=True)
class DecisionService:
    """A part of the graph with its own inputs and outputs, called as a function or directly (§6.2.7, §10.4)."""

    id: str
    name: str
    variable: InformationItem
    outputs: tuple[str, ...]
    encapsulated: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    input_data: tuple[str, ...] = ()
    line: int = 0
    kind: Literal["decisionService"] = "decisionService"


Element: TypeAlias = InputData | Decision | BusinessKnowledgeModel | DecisionService


@dataclass(frozen=True, slots=True)
class Import:
    """Another model: its elements are seen as `name.element`, or as they are when the name is empty."""

    name: str
    namespace: str
    location: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Model:
    """The content of one `.dmn` file."""

    file: str
    namespace: str
    name: str
    types: tuple[ItemDefinition, ...]
    elements: tuple[Element, ...]
    imports: tuple[Import, ...] = ()
    digest: str = ""
