"""`pathways simulate`: run a diagram on the pure engine with a virtual clock (docs/simulate.md).

Whatever happens, one JSON object is printed: the run, or why there is none.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from pathways.bpmn.findings import DefinitionError, Finding, is_error
from pathways.bpmn.model import DecisionFile, Definition
from pathways.bpmn.reader import read_bpmn
from pathways.calendar import is_time_literal
from pathways.files import read_file
from pathways.ladders import library_calendars, library_ladders
from workflows.proof import headless

SUMMARY = "Run a diagram headless and print what happened; exit status 2 when the file is refused."
REFUSED = 2


@dataclass(frozen=True, slots=True)
class _Request:
    """The command line of one run."""

    file: Path
    processes: tuple[str, ...]
    variables: dict[str, Any]
    script: tuple[dict[str, Any], ...]
    auto: bool
    until: str | None
    called: tuple[Path, ...]


def main(arguments: Sequence[str]) -> int:
    """Print the JSON object of the run; give the exit status."""
    try:
        result = _run(_request(arguments))
        text = json.dumps(result, default=str)
    except DefinitionError as refused:
        return _print_refusal(refused.findings)
    except Exception as error:
        return _print_refusal([_defect(error)])
    sys.stdout.write(f"{text}\n")
    return 0


def _run(request: _Request) -> dict[str, Any]:
    definition = _read(request.file)
    others = list(_called(definition, request))
    decisions = _decisions([definition, *others], request)
    definition, *others = [replace(each, decisions=(*each.decisions, *decisions)) for each in (definition, *others)]
    return headless.simulate(
        definition,
        others,
        processes=_known(request.processes, definition, request.file),
        variables=request.variables,
        script=request.script,
        auto=request.auto,
        until=request.until,
    )


def _print_refusal(findings: Sequence[Finding]) -> int:
    """Say in the contract's words why nothing ran."""
    lines = [
        {
            "rule": finding.rule,
            "element": finding.element,
            "line": finding.line,
            "message": finding.message,
            "severity": finding.severity,
            "file": finding.file,
            "remedy": finding.remedy,
        }
        for finding in findings
        if is_error(finding)
    ]
    sys.stdout.write(json.dumps({"status": "refused", "findings": lines}) + "\n")
    return REFUSED


def _refuse(rule: str, message: str, remedy: str, *, file: object = "", line: int = 0) -> NoReturn:
    raise DefinitionError([Finding(rule, "error", str(file), line, None, message, remedy)])


def _defect(error: Exception) -> Finding:
    """An error of the engine itself, told with the place in its source where it happened."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else "an unknown place"
    message = f"The engine failed at {where}: {type(error).__name__}: {str(error)[:300]}."
    return Finding("engine-defect", "error", "", 0, None, message, "This is our mistake: report it with the file.")


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse in JSON, as everything that cannot be started."""
        _refuse("usage", f"{message[0].upper()}{message[1:]}.", self.format_usage().strip())


def _request(arguments: Sequence[str]) -> _Request:
    given = _parser().parse_args(arguments)
    return _Request(
        file=given.file,
        processes=tuple(given.process),
        variables=_variables(given.variables),
        script=_script(given.script) if given.script else (),
        auto=given.auto,
        until=_until(given.until),
        called=tuple(given.called),
    )


def _parser() -> _Arguments:
    parser = _Arguments("pathways simulate", description=SUMMARY, allow_abbrev=False)
    parser.add_argument("file", type=Path, metavar="FILE", help="the BPMN file")
    parser.add_argument(
        "--process", action="append", default=[], metavar="ID", help="process to start; may be repeated"
    )
    parser.add_argument("--variables", default="{}", metavar="JSON", help="start variables")
    parser.add_argument("--script", type=Path, metavar="FILE.json", help="JSON list of steps")
    parser.add_argument("--auto", action="store_true", help="complete every task, let time run")
    parser.add_argument("--until", metavar="DURATION", help="ISO 8601 duration after which time stops")
    parser.add_argument(
        "--with",
        action="append",
        default=[],
        dest="called",
        type=Path,
        metavar="FILE",
        help="file with a called process",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object: the only output there is")
    return parser


def _until(text: str | None) -> str | None:
    if text is not None and not is_time_literal(text, form="duration"):
        _refuse("until", f"--until {text!r} is no ISO 8601 duration.", "Write it like P30D or PT8H.")
    return text


def _variables(text: str) -> dict[str, Any]:
    values = _json(text, rule="variables", file="--variables")
    if not isinstance(values, dict):
        _refuse("variables", "The start variables are no JSON object.", "Write --variables '{\"name\": value}'.")
    return values


def _script(path: Path) -> tuple[dict[str, Any], ...]:
    source = read_file(path)
    if isinstance(source, Finding):
        raise DefinitionError([source])
    steps = _json(source, rule="script", file=path)
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        _refuse("script", "The script is no JSON list of steps.", 'Write [{"complete": "element"}, …].', file=path)
    return tuple(steps)


def _json(text: str | bytes, *, rule: str, file: object) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        _refuse(rule, f"This is not JSON: {str(error)[:200]}.", "Correct it.", file=file, line=line)


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _known(processes: Sequence[str], definition: Definition, file: Path) -> Sequence[str]:
    """The processes to start; one that the file does not hold is refused."""
    known = [process.id for process in definition.processes]
    for process in processes:
        if process not in known:
            message = f"The file has no executable process {process!r}."
            _refuse("unknown-process", message, f"It has: {', '.join(known)}.", file=file)
    return processes


def _read(path: Path) -> Definition:
    """Read a file that must be right."""
    source = read_file(path)
    if isinstance(source, Finding):
        raise DefinitionError([source])
    reading = read_bpmn(source, file=str(path), ladders=library_ladders(), calendars=library_calendars())
    if reading.definition is None:
        raise DefinitionError(reading.findings)
    return reading.definition


def _decisions(definitions: Sequence[Definition], request: _Request) -> tuple[DecisionFile, ...]:
    """The DMN files named with `--with`, then those beside the file, when any task calls a decision."""
    if not any(node.decision for definition in definitions for node in definition.nodes.values()):
        return ()
    named = [path for path in request.called if path.suffix == ".dmn"]
    return _pinned((*named, *sorted(request.file.parent.glob("*.dmn"))), request.file.parent)


def _pinned(paths: Sequence[Path], folder: Path) -> tuple[DecisionFile, ...]:
    sources: dict[str, bytes] = {}
    for path in paths:
        source = read_file(path)
        if isinstance(source, Finding):
            raise DefinitionError([source])
        sources.setdefault(path.name, source)
    from pathways.dmn.pinned import pin_all  # loaded where a task calls a decision: most diagrams do not

    decisions, _ = pin_all(sources, folder=folder)
    return decisions


def _called(definition: Definition, request: _Request) -> Iterator[Definition]:
    """The files with called processes: those named with `--with`, and those beside the file that hold one."""
    paths = [path for path in request.called if path.suffix not in (".dmn", ".form")]
    named = [_with_its_own(_read(path), path, request.file) for path in paths]
    yield from named
    known = {process.id for d in (definition, *named) for process in d.processes}
    missing = [call for d in (definition, *named) for call in _calls(d) if call not in known]
    beside = _Beside(request.file, request.called)
    while missing:
        process = missing.pop()
        found = beside.with_process(process) if process not in known else None
        known.add(process)
        if found is not None:
            known |= {process.id for process in found.processes}
            missing.extend(_calls(found))
            yield found


def _with_its_own(called: Definition, path: Path, file: Path) -> Definition:
    """A diagram of another folder asks the decisions beside it first: each folder may have a table of the same name."""
    if path.parent.resolve() == file.parent.resolve() or not any(node.decision for node in called.nodes.values()):
        return called
    return replace(called, decisions=_pinned(sorted(path.parent.glob("*.dmn")), path.parent))


def _calls(definition: Definition) -> list[str]:
    return [node.call.process_id for node in definition.nodes.values() if node.call]


class _Beside:
    """The diagrams beside a file. Only those whose text holds the process id are read; what is wrong is passed over."""

    def __init__(self, file: Path, named: Sequence[Path]) -> None:
        self._paths = [path for path in sorted(file.parent.glob("*.bpmn")) if path not in (file, *named)]

    def with_process(self, process: str) -> Definition | None:
        """Find the first file that defines the process; one that is named after it is tried first."""
        quoted = process.encode()
        for path in sorted(self._paths, key=lambda path: path.stem != process):
            source = read_file(path)
            if isinstance(source, bytes) and quoted in source:
                reading = read_bpmn(source, file=str(path), ladders=library_ladders(), calendars=library_calendars())
                if reading.definition and any(found.id == process for found in reading.definition.processes):
                    return reading.definition
        return None
