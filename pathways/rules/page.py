"""How does `docs/check-rules.md` read? Every rule with its severity, made from the rules themselves."""

from collections.abc import Iterator

from pathways.bpmn import validate
from pathways.rules.registry import GROUPS
from pathways.rules.subject import Rule

_HEAD = """\
# What `pathways check` looks for

Made by `python -m pathways.rules > docs/check-rules.md`; a test fails when it is not current.

`pathways check PATH…` reads `.bpmn`, `.dmn` and `.form` files, pathway folders, and folders of these. It prints one
line per finding, `file:line: severity rule [element]: message Remedy`, or with `--json` a list of findings (`rule`,
`severity`, `file`, `line`, `element`, `message`, `remedy`), or with `--sarif` a SARIF 2.1.0 log.

| exit status | |
|---|---|
| 0 | no finding is an error |
| 2 | refused: at least one finding is an error |

**A diagram is a draft, a pathway folder is for publication.** A `.bpmn` file that can be executed has no errors; our
own rules warn. In a pathway folder (`pathway.bpmn` with its forms and decisions) the rules marked below are errors.
So are there the reader's remarks `task-type` (nobody would do the work) and `anonymous-event` (nobody would hear it), a
start that nobody brings about (`unscheduled-start`, `unwatched-start`, `parallel-start`, `unstarted-process`), and a
call of what is not published (`missing-process`).

`pathways simulate` runs whatever can be executed: it asks none of our own rules.
"""
_OURS = """
## Our own rules: {group}

| rule | in a draft | for publication | what it asks for |
|---|---|---|---|
"""
_STANDARD = """
## Rules of the standard: what cannot be executed

Applied whenever a diagram is read (`pathways/bpmn/validate.py`), by `simulate` too; the reader adds findings for
single elements and attributes, each with its line and what to do.

| rule | what it asks for |
|---|---|
"""


def page() -> str:
    """The whole page."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    yield _HEAD
    for group, rules in GROUPS.items():
        yield _OURS.format(group=group)
        yield from map(_row, rules)
    yield _STANDARD
    for name, check in validate.RULES.items():
        doc = (check.__doc__ or "").strip().splitlines()[0]
        yield f"| `{name}` | {doc} |\n"


def _row(rule: Rule) -> str:
    published = rule.severity_at("publication")
    return f"| `{rule.id}` | {rule.severity} | {published if published != rule.severity else ''} | {rule.doc} |\n"
