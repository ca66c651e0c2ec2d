"""How is shown what a request has done to a case, or would do to it?"""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from cli.remote import Remote, table


def show_done(remote: Remote, answer: dict[str, Any], *, dry_run: bool) -> None:
    """Print what a request has done, or, after a dry run, would do."""
    remote.show(answer, *(_foreseen(answer) if dry_run else _done(answer)))


def _done(answer: dict[str, Any]) -> list[RenderableType]:
    opened = [f"opened: {task['title']} for {', '.join(task['roles'])}" for task in answer["opened"]]
    return [f"{answer['case_id']} is {answer['status']}", *opened]


def _foreseen(answer: dict[str, Any]) -> list[RenderableType]:
    shown: list[RenderableType] = [f"{answer['case_id']} would be {answer['status']}; nothing was changed"]
    shown += [f"  {line}" for line in answer["happens"]]
    shown += [f"  it would set: {', '.join(answer['variables'])}"] if answer["variables"] else []
    clocks = [
        [done, clock["timer"], clock["activation"], clock["due_at"]]
        for done in ("started", "moved", "cancelled")
        for clock in answer[f"timers_{done}"]
    ]
    if clocks:
        shown.append(table("timer would be", "", "of", "due", rows=clocks))
    waits = [[w["step"], w["activation"], ", ".join(w["of"]), w["until"] or ""] for w in answer["waits"]]
    shown.append(table("it would wait at", "", "of", "until", rows=waits))
    shown += [Text(f"  incident: {reason}", style="red") for reason in answer["incidents"]]
    return shown
