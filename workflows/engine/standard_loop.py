"""How often does a looping activity run? Again while its condition holds (BPMN 2.0.2 §10.3.8, §13.3.6).

Do-while unless `testBefore`. The condition sees `loopCounter`, the number of rounds completed so far; `loopMaximum`
ends the loop whatever the condition says.
"""

from pathways.bpmn.model import StandardLoop
from workflows.engine.expressions import decides
from workflows.engine.run import Run
from workflows.engine.state import Activation


def first_count(run: Run, holder: Activation, loop: StandardLoop) -> int:
    """Give how many rounds begin at once: none when the condition is tested before and does not hold."""
    if loop.maximum == 0:
        return 0
    return 1 if not loop.test_before or _holds(run, holder, loop, 0) else 0


def again(run: Run, at: Activation, loop: StandardLoop) -> bool:
    """Say whether another round follows the one that has completed."""
    done = at.instance or 1
    if loop.maximum is not None and done >= loop.maximum:
        return False
    return _holds(run, at, loop, done)


def _holds(run: Run, at: Activation, loop: StandardLoop, done: int) -> bool:
    return loop.condition is None or decides(run, at, loop.condition, "loop condition", {"loopCounter": done})
