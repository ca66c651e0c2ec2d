"""What does a terminate end event do? It ends everything in its scope, and only there (§13.5.6)."""

from workflows.engine import lifecycle
from workflows.engine.run import Run
from workflows.engine.state import Activation


def terminate_scope(run: Run, at: Activation) -> None:
    """End every other activation and token of the scope around the end event `at`."""
    lifecycle.empty_scope(run, at.scope, but=at.id)
