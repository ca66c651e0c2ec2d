"""What graph does bpmn-python find in a table or a diagram? A process of its own: `FILE.csv|FILE.bpmn …`.

bpmn-python 0.0.18 is GPLv3 and was last touched in 2017 (docs/decisions/0027). Nothing of ours imports it but this
script, and nothing imports this script. It prints JSON; what bpmn-python cannot make sense of goes to stderr, exit 2.
"""

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

SENSELESS = 2


def main(files: Sequence[str]) -> int:
    """Print a list with the graph of each file."""
    _make_it_run()
    wrong = import_module("bpmn_python.bpmn_diagram_exception").BpmnPythonError
    try:
        graphs = [_graph(file) for file in files]
    except (wrong, KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return SENSELESS
    sys.stdout.write(json.dumps(graphs))
    return 0


def _graph(file: str) -> dict[str, Any]:
    graph = import_module("bpmn_python.bpmn_diagram_rep").BpmnDiagramGraph()
    load = graph.load_diagram_from_csv_file if file.endswith(".csv") else graph.load_diagram_from_xml_file
    load(file)
    return _plain(graph)


def _make_it_run() -> None:
    """Give today's networkx and pandas the names of 2017 that bpmn-python calls."""
    networkx, pandas = import_module("networkx"), import_module("pandas")
    networkx.Graph.node = property(lambda graph: graph._node)
    networkx.Graph.edge = property(lambda graph: graph._adj)
    pandas.DataFrame.from_csv = staticmethod(lambda path: pandas.read_csv(path, index_col=0, dtype=str))
    diagram = import_module("bpmn_python.bpmn_diagram_rep").BpmnDiagramGraph
    found = diagram.get_nodes
    diagram.get_nodes = lambda graph, node_type="": list(found(graph, node_type))


def _plain(graph: Any) -> dict[str, Any]:
    flows = graph.sequence_flows.items()
    return {
        "nodes": [{"id": node, "type": values.get("type", "")} for node, values in graph.get_nodes()],
        "flows": [{"id": each, "source": flow["sourceRef"], "target": flow["targetRef"]} for each, flow in flows],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
