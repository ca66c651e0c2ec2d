"""What do the tables of a pinned file ask for? The texts of their condition columns."""

from collections.abc import Iterator

from pathways.bpmn.model import DecisionFile
from pathways.dmn.model import DecisionTable, InputData
from pathways.dmn.pinned import decisions_in


def inputs_of(pinned: DecisionFile) -> Iterator[str]:
    """Give what is asked in the file itself, but for what one of its own decisions or knowledge models gives."""
    home = decisions_in(pinned).models[0]
    given = {element.name for element in home.elements if not isinstance(element, InputData)}
    for element in decisions_in(pinned).decisions:
        columns = element.logic.inputs if isinstance(element.logic, DecisionTable) else ()
        yield from (column.expression.text for column in columns if column.expression.text not in given)
