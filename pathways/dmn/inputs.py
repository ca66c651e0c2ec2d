"""What do the decisions of a pinned file ask for? The texts of their condition columns and expressions."""

from collections.abc import Iterator

from pathways.bpmn.model import DecisionFile
from pathways.dmn.model import DecisionTable, InputData, LiteralExpression
from pathways.dmn.pinned import decisions_in


def asked_in(pinned: DecisionFile) -> Iterator[tuple[str, frozenset[str]]]:
    """Give what is asked in the file itself, and what its own decisions and knowledge models give to it."""
    home = decisions_in(pinned).models[0]
    made = [element for element in home.elements if not isinstance(element, InputData)]
    given = frozenset(name for each in made for name in (each.name, each.id, each.variable.name))
    given |= {each.name for each in home.imports}
    for element in decisions_in(pinned).decisions:
        columns = element.logic.inputs if isinstance(element.logic, DecisionTable) else ()
        yield from ((column.expression.text, given) for column in columns if column.expression.text not in given)
        if isinstance(element.logic, LiteralExpression):
            yield element.logic.text, given
