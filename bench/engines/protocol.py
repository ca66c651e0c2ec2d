"""How does the benchmark talk to an engine? One process each; a JSON request on a line in, a JSON answer on a line out.

Every engine times itself, so that starting it and speaking with it cost nothing.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

Question = Callable[..., dict[str, Any]]


def serve(questions: Mapping[str, Question]) -> None:
    """Answer until the input ends. `do` names the question, the other members are its arguments."""
    for line in sys.stdin:
        asked = json.loads(line)
        answer = questions[asked.pop("do")](**asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
