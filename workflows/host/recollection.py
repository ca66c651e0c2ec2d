"""Which facts did a case tell? While a history of it is replayed, what its ledger is given is written down here.

This module is passed through the workflow sandbox: the replay and whoever asked for it share the notebook. As long as
no notebook is open, a case pays for one look into an empty table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from temporalio import workflow

from workflows.contract.requests import StartCase
from workflows.engine.facts import Fact


@dataclass(slots=True)
class Notebook:
    """What is known again of one case: how it was started, and its facts by number."""

    start: StartCase | None = None
    facts: dict[int, Fact] = field(default_factory=dict)


_open: dict[str, Notebook] = {}


@contextmanager
def notebook(case_id: str) -> Iterator[Notebook]:
    """Write down the facts of this case for as long as the block runs; one notebook per case at a time.

    Raises:
        RuntimeError: the case is being recollected already.
    """
    if case_id in _open:
        raise RuntimeError(f"The facts of case '{case_id}' are being recollected already: wait for that.")
    _open[case_id] = Notebook()
    try:
        yield _open[case_id]
    finally:
        del _open[case_id]


def note(case: StartCase, facts: tuple[Fact, ...]) -> None:
    """Write down what is replayed; what a case tells for the first time is not history yet."""
    found = _open.get(case.case_id)
    if found is not None and workflow.unsafe.is_replaying():
        found.start = case
        found.facts.update({fact.seq: fact for fact in facts})
