"""How does `docs/check-rules.md` read? Every rule with its severity, made from the rules themselves."""

from collections.abc import Iterator

from pathways.bpmn import validate
from pathways.dmn import rules as decisions
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

## Refused, or only told?

Refused at publication is what can never run as it is drawn, whatever a case brings, and what nobody would be told of.
Told as a warning is what may be right when a case comes there, or what somebody is told of then.

- **A task type that the worker does not have** (`unknown-work`): refused. The worker comes with this package; what it
  does not do now it does not do later, and the case would stop there with an incident.
- **Headers, properties, priorities, studies, modes, levels** of which only certain words are understood
  (`unknown-word`, `misspelt-name`): refused. What is not understood is not done: an alert that pages nobody, a step
  without its ladder.
- **An expression in a header** (`header-computed`): refused. Headers are never evaluated: `=role` would be a role's
  name.
- **A role almost like a known one** (`misspelt-role`): refused, for a task offered to it is on nobody's worklist. A
  role unlike any other (`unknown-role`): told. The site's issuer may give it; roles.yaml and the matrix should know
  it, too. A known role without quotes (`role-as-variable`): told, for there may be a variable of that name.
- **A service almost like a known one** (`unknown-service`): told. Services are the site's, and its directory may name
  it later; until then it has an inbox in this system, and the ladder of the referral tells when nobody answers there.
  `--directory FILE` compares with every service of that file.
- **A pathway that a step begins** (`pathway.start`) and that is not published (`unpublished-pathway`): told. It may
  be published before a case comes there; if not, an administrator gets an incident and tries again. A *called*
  process that is not published (`missing-process`): refused, for a call is pinned to a version at publication.
- **A text that is no time** (`no-time`, `always-null`: `duration("P3")`), **a time that is past at once**
  (`timer-not-ahead`): refused. The clock would never start, or strike before anybody could do the step.
- **What nothing leads to** (`unreachable`), **a join that waits for a branch that is not taken**
  (`join-waits-for-ever`, `join-may-wait`), **a gateway that leads nowhere** (`gateway-to-nowhere`), **a circle that
  nothing ends and in which nothing waits** (`runs-away`): refused. The first is never executed, a token at the join or
  gateway waits for nobody, the circle tells people without end. A way that never ends and waits, a condition that is
  never true, a decision with a gap: told. Every wait tells somebody; a decision without a way is an incident.
- **A user task without a role** (`task-without-role`): refused, for it is on nobody's worklist. Without a form
  (`task-without-form`): told. People can still say that it is done; nothing is asked.

What an expression computes (`=kind`) is not foreseen: what is wrong with it is an incident when a case comes there.
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
_DECISIONS = """
## Decisions: `.dmn` files

What is found in forms: [forms.md](forms.md).

| rule | severity | what it asks for |
|---|---|---|
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
    yield _DECISIONS
    for name, rule in decisions.RULES.items():
        yield f"| `{name}` | {rule.severity} | {rule.asks_for} |\n"


def _row(rule: Rule) -> str:
    published = rule.severity_at("publication")
    return f"| `{rule.id}` | {rule.severity} | {published if published != rule.severity else ''} | {rule.doc} |\n"
