"""What is known while one decision is being made? Inputs, decisions made so far, and the functions they may call."""

from __future__ import annotations

from collections.abc import Mapping

from pathways.dmn.boxed import CALL_HEIGHT, closure
from pathways.dmn.frame import Desk, Frame
from pathways.dmn.graph import Graph
from pathways.dmn.model import BusinessKnowledgeModel, Decision, DecisionService, InputData
from pathways.dmn.result import Decided
from pathways.dmn.source import one_line
from pathways.feel.inputs import accepted
from pathways.feel.run import Run
from pathways.feel.values import Function, NoValue, Value
from pathways.feel.writing import to_json


class Session:
    """One evaluation of one part of the graph; a call of a decision service has a session of its own."""

    def __init__(self, graph: Graph, desk: Desk, given: Mapping[str, object]) -> None:
        self.graph = graph
        self.desk = desk
        self.given = given
        self.values: dict[str, Value] = {}

    def value(self, key: str) -> Value:
        """The value of a decision or input; what it needs is evaluated first, each once, however deep the graph."""
        waiting, begun = [key], set[str]()
        while waiting:
            at = waiting[-1]
            missing = [] if at in self.values else self._missing(at)
            if at in self.values:
                waiting.pop()
            elif not missing:
                self.values[at] = self._evaluated(at)
            elif at in begun:
                self.desk.root.warn(f"'{self.graph.elements[at].name}' needs itself")
                self.values[at] = None
            else:
                begun.add(at)
                waiting.extend(missing)
        return self.values[key]

    def _missing(self, key: str) -> list[str]:
        needs = self.graph.requirements(key)
        elements = self.graph.elements
        return [need for need in needs if isinstance(elements[need], Decision) and need not in self.values]

    def _evaluated(self, key: str) -> Value:
        match self.graph.elements[key]:
            case InputData():
                return self._input(key)
            case Decision() as decision:
                return self._decision(key, decision)
            case DecisionService() | BusinessKnowledgeModel():
                return self.function(key)

    def _decision(self, key: str, decision: Decision) -> Value:
        logic = self.graph.logic(key)
        frame = self._frame(key)
        inputs = tuple((name, to_json(value)) for name, value in frame.names.items() if not _is_function(value))
        for name in logic.free:
            if name in self.given and name not in frame.names:
                frame.names[name] = self._accepted(self.given[name], name)
                inputs = (*inputs, (name, to_json(frame.names[name])))
        value = frame.fitted(logic.code(frame), decision.variable.type_ref, f"decision '{decision.name}'")
        self.desk.decided.append(Decided(decision.id, decision.name, inputs, to_json(value)))
        return value

    def _frame(self, key: str) -> Frame:
        """The frame of an element: everything it requires, under the names its model uses."""
        names: dict[str, Value] = {}
        for need in self.graph.requirements(key):
            space, name = self.graph.place(key, need)
            if need not in self.values:
                self.values[need] = self._evaluated(need)
            if not space:
                names[name] = self.values[need]
                names.setdefault(self.graph.alias(need) or name, self.values[need])
                continue
            imported = names.setdefault(space, {})
            if isinstance(imported, dict):
                imported[name] = self.values[need]
        return Frame(names, self.desk, self.graph.home(key).book)

    # --- inputs -------------------------------------------------------------------------------------

    def _input(self, key: str) -> Value:
        """The given value of an input, as its type asks for it."""
        home, variable = self.graph.home(key), self.graph.elements[key].variable
        return self._fitted(key, self._given(home.model.namespace, variable.name))

    def _fitted(self, key: str, value: Value) -> Value:
        book, variable = self.graph.home(key).book, self.graph.elements[key].variable
        frame = Frame({}, self.desk, book)
        return frame.fitted(book.from_json(value, variable.type_ref), variable.type_ref, f"input '{variable.name}'")

    def _given(self, namespace: str, name: str) -> Value:
        spelled = f"{{{namespace}}}{name}"
        if spelled in self.given:
            return self._accepted(self.given[spelled], name)
        space = self.graph.main.imports.get(namespace)
        inside = self.given.get(space) if space else None
        if isinstance(inside, Mapping) and name in inside:
            return self._accepted(inside[name], name)
        key = name if name in self.given else next((key for key in self.given if one_line(key) == name), None)
        if key is None:
            self.desk.root.warn(f"input '{name}' is not given")
            return None
        return self._accepted(self.given[key], name)

    def _accepted(self, given: object, name: str) -> Value:
        return accepted(given, name, self.desk.root.warn)

    # --- functions ----------------------------------------------------------------------------------

    def function(self, key: str) -> Function:
        """A knowledge model or decision service as a function."""
        element = self.graph.elements[key]
        if isinstance(element, DecisionService):
            return self._service(key, element)
        if isinstance(element, BusinessKnowledgeModel):
            return self._knowledge(key, element)
        raise NoValue(f"'{element.name}' is no function")

    def _knowledge(self, key: str, element: BusinessKnowledgeModel) -> Function:
        parameters = element.logic.parameters if element.logic else ()

        def body(inner: Frame) -> Value:
            frame = self._frame(key)
            frame.names = {element.variable.name: made, **frame.names, **inner.names}
            result = self.graph.logic(key).code(frame)
            return frame.fitted(result, _result_type(frame, element), f"the result of '{element.name}'")

        frame = Frame({}, self.desk, self.graph.home(key).book)
        made = closure(element.name, parameters, body, frame, height=self.graph.logic(key).height)
        return made

    def _service(self, key: str, service: DecisionService) -> Function:
        parameters = tuple(self.graph.parameters(service))
        names = tuple(item.name for _, item in parameters)

        def call(_run: Run, arguments: list[Value]) -> Value:
            if len(arguments) != len(parameters):
                raise NoValue(f"'{service.name}' takes {len(parameters)} arguments, not {len(arguments)}")
            inner = Session(self.graph, self.desk, {})
            for (need, item), value in zip(parameters, arguments, strict=True):
                book = self.graph.home(need).book
                inner.values[need] = book.fitted(value, item.type_ref, Frame({}, self.desk, book).run())
            self.desk.root.enter(CALL_HEIGHT * 4)
            result = inner.outputs(key, service)
            self.desk.root.leave(CALL_HEIGHT * 4)
            return result

        return Function(f"decision service {service.name}", names, call)

    def outputs(self, key: str, service: DecisionService) -> Value:
        """What the service gives: the value of its only output decision, or a context of all of them."""
        keys = [output for output in service.outputs if output in self.graph.elements]
        values = {self.graph.elements[output].variable.name: self.value(output) for output in keys}
        result: Value = next(iter(values.values())) if len(values) == 1 else values
        frame = Frame({}, self.desk, self.graph.home(key).book)
        return frame.fitted(result, _result_type(frame, service), f"service '{service.name}'")

    # --- called directly ----------------------------------------------------------------------------

    def service_result(self, key: str) -> Value:
        """Call a service with the variables that are given; an input that is missing or does not fit is null."""
        service = self.graph.elements[key]
        if not isinstance(service, DecisionService):
            raise NoValue(f"'{service.name}' is no decision service")
        for need, item in self.graph.parameters(service):
            self.values[need] = self._fitted(need, self._given(self.graph.home(need).model.namespace, item.name))
        return self.outputs(key, service)

    def knowledge_result(self, key: str) -> Value:
        """Call a knowledge model with the variables that have the names of its parameters."""
        element = self.graph.elements[key]
        function = self.function(key)
        arguments = [self._given(self.graph.home(key).model.namespace, name) for name in function.parameters]
        try:
            return function.call(self.desk.root, arguments)
        except NoValue as reason:
            self.desk.root.warn(f"'{element.name}': {reason}")
            return None


def _is_function(value: Value) -> bool:
    return isinstance(value, Function)


def _result_type(frame: Frame, element: BusinessKnowledgeModel | DecisionService) -> str:
    """The type of what a function gives: its variable has that type, or a function type that names it."""
    found = frame.book.find(element.variable.type_ref)
    if found is not None and found[1].function is not None:
        return found[1].function.output_type_ref
    return element.variable.type_ref
