"""Write the decision tables of a specification: `.venv/bin/python tools/draw/decisions.py SPEC.py FOLDER`.

A spec's `decisions` names one file per table: `{"track": {"name": "Which track?", "hit": "FIRST", "inputs": {"Days to
radiotherapy": "days_to_rt"}, "outputs": {"track": "string"}, "rules": [[">= 21", '"standard"'], ...]}}`. The cells of a
rule are FEEL: first the inputs' tests, then the outputs; a last cell more is the rule's annotation.
"""

import runpy
import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"\
 xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"\
 id="Definitions_{id}" name={name} namespace="https://referral-pathways.example/decisions/{id}"\
 exporter="referral-pathways draw" exporterVersion="1.0.0">
  <decision id="{id}" name={name}>
    <variable id="{id}_value" name={name} />
    <decisionTable id="{id}_table" hitPolicy="{hit}">
"""
FOOT = """    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram id="{id}_diagram">
      <dmndi:DMNShape id="{id}_di" dmnElementRef="{id}">
        <dc:Bounds height="80" width="180" x="160" y="100" />
      </dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
"""


def decision(id: str, table: dict[str, Any]) -> str:
    """The DMN file of one decision table."""
    named = {"id": id, "name": quoteattr(table["name"]), "hit": table.get("hit", "UNIQUE")}
    lines = [*_clauses(id, table), *_rules(id, table)]
    return HEAD.format(**named) + "\n".join(lines) + "\n" + FOOT.format(**named)


def _clauses(id: str, table: dict[str, Any]) -> list[str]:
    inputs = [
        f'      <input id="{id}_in_{n}" label={quoteattr(label)}>\n        <inputExpression id="{id}_read_{n}">'
        f"<text>{escape(text)}</text></inputExpression>\n      </input>"
        for n, (label, text) in enumerate(table["inputs"].items(), start=1)
    ]
    outputs = [
        f'      <output id="{id}_out_{n}" name="{name}" typeRef="{type_}" />'
        for n, (name, type_) in enumerate(table["outputs"].items(), start=1)
    ]
    notes = [f'      <annotation name="{note}" />' for note in table.get("annotations", ())]
    return [*inputs, *outputs, *notes]


def _rules(id: str, table: dict[str, Any]) -> list[str]:
    wide, out = len(table["inputs"]), len(table["inputs"]) + len(table["outputs"])
    return [line for n, cells in enumerate(table["rules"], start=1) for line in _rule(f"{id}_{n}", cells, wide, out)]


def _rule(id: str, cells: list[str], wide: int, out: int) -> list[str]:
    tags = ["inputEntry" if n < wide else "outputEntry" if n < out else "annotationEntry" for n in range(len(cells))]
    entries = [
        f"        <{tag}{_entry_id(tag, id, n)}><text>{escape(cell)}</text></{tag}>"
        for n, (tag, cell) in enumerate(zip(tags, cells, strict=True), start=1)
    ]
    return [f'      <rule id="{id}">', *entries, "      </rule>"]


def _entry_id(tag: str, rule: str, number: int) -> str:
    return "" if tag == "annotationEntry" else f' id="{rule}_{number}"'


def main() -> None:
    """Write one file per table; its id is the decision's."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    for id, table in runpy.run_path(sys.argv[1])["decisions"].items():
        (Path(sys.argv[2]) / f"{id}.dmn").write_text(decision(id, table))


if __name__ == "__main__":
    main()
