"""What does a `.dmn` file say? XML in, the frozen model and findings out (DMN 1.1 to 1.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from pathways.bpmn.findings import Finding
from pathways.bpmn.reading.xml import Element, UnsafeXml, local_of, namespace_of, parse
from pathways.dmn import model
from pathways.dmn.boxed_reader import read_expression, read_function
from pathways.dmn.parts import check_parts
from pathways.dmn.source import MODEL_NAMESPACE, Source, declared_prefixes, one_line


@dataclass(frozen=True, slots=True)
class ModelReading:
    """What came of reading one file; no model when the file is no readable DMN at all."""

    model: model.Model | None
    findings: tuple[Finding, ...]


def read_model(source: bytes, *, file: str) -> ModelReading:
    """Read one file; whatever is wrong with it is a finding."""
    try:
        root = parse(source)
    except UnsafeXml as unsafe:
        finding = Finding(unsafe.rule, "error", file, unsafe.line, None, unsafe.message, unsafe.remedy)
        return ModelReading(None, (finding,))
    namespace = namespace_of(root.tag) or ""
    if local_of(root.tag) != "definitions" or not MODEL_NAMESPACE.fullmatch(namespace):
        message = f"The root element is {local_of(root.tag)} of namespace '{namespace}', not definitions of DMN."
        finding = Finding("dmn-root", "error", file, root.sourceline, None, message, "Save it as DMN 1.1 to 1.5.")
        return ModelReading(None, (finding,))
    return _read(
        root, Source(file, root, declared_prefixes(source.decode(errors="replace"))), sha256(source).hexdigest()
    )


def _read(root: Element, source: Source, digest: str) -> ModelReading:
    imports = tuple(_import(source, element) for element in source.children(root, "import"))
    source.imported = {item.namespace: item.name for item in imports}
    elements = tuple(
        element
        for child in source.children(root)
        if (read := _ELEMENTS.get(local_of(child.tag))) is not None
        for element in (read(source, child),)
    )
    _check_ids(source, root)
    check_parts(source, root)
    read_root = model.Model(
        file=source.file,
        namespace=source.namespace,
        name=one_line(root.get("name") or ""),
        types=tuple(_item_definition(source, element) for element in source.children(root, "itemDefinition")),
        elements=elements,
        imports=imports,
        digest=digest,
    )
    return ModelReading(read_root, tuple(source.findings))


def _import(source: Source, element: Element) -> model.Import:
    namespace = (element.get("namespace") or "").strip()
    prefixes = (prefix for prefix, uri in source.prefixes.items() if uri == namespace)
    written = element.get("name")
    name = one_line(written) if written is not None else next(prefixes, "")
    return model.Import(name, namespace, (element.get("locationURI") or "").strip(), element.sourceline)


def _check_ids(source: Source, root: Element) -> None:
    """Every id of a DMN element is there once: a reference must mean one thing."""
    seen: set[str] = set()
    for element in root.iter(f"{source.prefix}*"):
        identifier = element.get("id")
        if identifier and identifier in seen:
            source.find("dmn-duplicate-id", element, f"The id {identifier} is used twice.", "Give it an id of its own.")
        seen.add(identifier or "")


def _item_definition(source: Source, element: Element) -> model.ItemDefinition:
    function = source.child(element, "functionItem")
    return model.ItemDefinition(
        name=one_line(element.get("name") or ""),
        type_ref=source.type_ref(element),
        is_collection=source.flag(element, "isCollection"),
        components=_components(source, element),
        function=None if function is None else _function_item(source, function),
        allowed_values=source.text(source.child(element, "allowedValues")),
        type_constraint=source.text(source.child(element, "typeConstraint")),
        line=element.sourceline,
    )


def _components(source: Source, element: Element) -> tuple[model.ItemDefinition, ...]:
    with source.nested(element) as allowed:
        parts = source.children(element, "itemComponent") if allowed else ()
        return tuple(_item_definition(source, part) for part in parts)


def _function_item(source: Source, element: Element) -> model.FunctionItem:
    output = source.type_name(element.get("outputTypeRef") or "")
    return model.FunctionItem(source.items(element, "parameters"), output)


def _identity(source: Source, element: Element) -> tuple[str, str, model.InformationItem]:
    """The id, name and variable of an element of the graph; one of id and name may be missing."""
    identifier, name = element.get("id") or "", one_line(element.get("name") or "")
    if not identifier and not name:
        message = f"A {local_of(element.tag)} has neither id nor name."
        source.find("dmn-name", element, message, "Name it, so that it can be used.")
    name = name or identifier
    return identifier or name, name, source.variable(element, default=name)


def _input_data(source: Source, element: Element) -> model.Element:
    return model.InputData(*_identity(source, element), line=element.sourceline)


def _required(source: Source, element: Element, requirement: str, *tags: str) -> tuple[str, ...]:
    """The references inside all requirements of one kind."""
    found = (part for holder in source.children(element, requirement) for part in source.children(holder, *tags))
    return tuple(dict.fromkeys(map(source.reference, found)))


def _decision(source: Source, element: Element) -> model.Element:
    return model.Decision(
        *_identity(source, element),
        logic=read_expression(source, element),
        information=_required(source, element, "informationRequirement", "requiredDecision", "requiredInput"),
        knowledge=_required(source, element, "knowledgeRequirement", "requiredKnowledge"),
        declares_variable=source.child(element, "variable") is not None,
        line=element.sourceline,
    )


def _knowledge_model(source: Source, element: Element) -> model.Element:
    logic = source.child(element, "encapsulatedLogic")
    return model.BusinessKnowledgeModel(
        *_identity(source, element),
        logic=None if logic is None else read_function(source, logic),
        knowledge=_required(source, element, "knowledgeRequirement", "requiredKnowledge"),
        line=element.sourceline,
    )


def _service(source: Source, element: Element) -> model.Element:
    service = model.DecisionService(
        *_identity(source, element),
        outputs=source.references(element, "outputDecision"),
        encapsulated=source.references(element, "encapsulatedDecision"),
        input_decisions=source.references(element, "inputDecision"),
        input_data=source.references(element, "inputData"),
        line=element.sourceline,
    )
    if not service.outputs:
        source.find("dmn-service-output", element, "The decision service has no output decision.", "Add one.")
    return service


_ELEMENTS: Mapping[str, Callable[[Source, Element], model.Element]] = {
    "inputData": _input_data,
    "decision": _decision,
    "businessKnowledgeModel": _knowledge_model,
    "decisionService": _service,
}
