"""How is it measured? Contenders take turns at the same question; medians count, so a busy machine slows all alike."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.contenders import OUR_ENGINE, Contender, Conversation
from bench.processes import MEASURED, Process, graph, linear, loop


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to go on: at least `turns` answers, then until `seconds` are spent, and never more than `limit`."""

    turns: int = 5
    seconds: float = 1.0
    limit: float = 10.0
    most: int = 25
    processes: tuple[Process, ...] = MEASURED
    rounds: tuple[int, ...] = (10, 100, 1_000, 10_000)
    file_sizes: tuple[int, ...] = (22_000, 1_000_000)
    evaluations: int = 20_000


FULL = Effort()
QUICK = Effort(
    turns=1, seconds=0, most=1, processes=(linear(30, 5),), rounds=(10,), file_sizes=(22_000,), evaluations=50
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one contender gave for one question: median seconds of `turns` answers, or why there are none."""

    contender: str
    seconds: float | None
    turns: int = 0
    failure: str = ""
    sizes: tuple[int, ...] = ()
    digests: frozenset[str] = frozenset()
    value: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """One question and everybody's figures. `units`: what a second is divided into (elements, steps)."""

    title: str
    figures: Mapping[str, Figure]
    units: int = 1


@contextmanager
def conversations(contenders: Sequence[Contender]) -> Iterator[list[Conversation]]:
    """Talk to every contender that is installed; end their processes afterwards."""
    talks = [Conversation(contender) for contender in contenders if contender.installed]
    try:
        yield talks
    finally:
        for talk in talks:
            talk.close()


def compare(
    talks: Sequence[Conversation], questions: Mapping[str, Mapping[str, Any]], effort: Effort
) -> dict[str, Figure]:
    """Ask everybody in turns until each has been asked enough. The first answer of each only warms it up."""
    answers: dict[str, list[dict[str, Any]]] = {talk.contender.name: [] for talk in talks}
    waiting = [talk for talk in talks if talk.contender.name in questions]
    while waiting:
        for talk in tuple(waiting):
            name = talk.contender.name
            answer = talk.ask(questions[name])
            if answer is None:
                answers[name].clear()
                waiting.remove(talk)
                continue
            answers[name].append(answer)
            if _enough(answers[name], effort):
                waiting.remove(talk)
    return {
        talk.contender.name: _figure(talk, answers[talk.contender.name])
        for talk in talks
        if talk.contender.name in questions
    }


def _enough(answers: Sequence[Mapping[str, Any]], effort: Effort) -> bool:
    spent = sum(answer["seconds"] for answer in answers)
    counted = len(answers) - 1
    return spent >= effort.limit or counted >= effort.most or (counted >= effort.turns and spent >= effort.seconds)


def _figure(talk: Conversation, answers: Sequence[Mapping[str, Any]]) -> Figure:
    name = talk.contender.name
    if not answers:
        return Figure(name, None, failure=talk.failure)
    if any(answer.get("completed") is False for answer in answers):
        return Figure(name, None, failure="the case did not reach its end")
    counted = answers[1:] or answers
    return Figure(
        name,
        median(answer["seconds"] for answer in counted),
        len(counted),
        sizes=tuple(counted[0].get("sizes", ())),
        digests=frozenset(str(answer.get("digest")) for answer in answers),
        value=counted[0].get("value"),
    )


def engines(contenders: Sequence[Contender], effort: Effort, *, saved: bool, folder: Path) -> list[Row]:
    """Run every process from start to end, in memory or saved and loaded at each wait."""
    return [_engines_on(process, contenders, effort, saved=saved, folder=folder) for process in effort.processes]


def _engines_on(process: Process, contenders: Sequence[Contender], effort: Effort, *, saved: bool, folder: Path) -> Row:
    with conversations(contenders) as talks:
        questions = {
            talk.contender.name: {
                "do": "run",
                "file": _written(process, talk.contender, folder),
                "variables": process.variables,
                "saved": saved,
            }
            for talk in talks
        }
        return Row(process.title, compare(talks, questions, effort), process.visits)


def _written(process: Process, contender: Contender, folder: Path) -> str:
    file = folder / f"{process.name}.{contender.dialect.name}.bpmn"
    if not file.exists():
        file.write_text(process.bpmn(contender.dialect), "utf-8")
    return str(file)


def same_bytes(effort: Effort, *, folder: Path) -> dict[str, bool]:
    """Run each process in two fresh processes of ours: are the states of all waits the same, byte for byte?"""
    same = {}
    for process in effort.processes:
        question = {
            "do": "run",
            "file": _written(process, OUR_ENGINE, folder),
            "variables": process.variables,
            "saved": True,
        }
        digests = set()
        for _ in range(2):
            with conversations((OUR_ENGINE,)) as (talk,):
                answer = talk.ask(question)
                digests.add(answer["digest"] if answer else talk.failure)
        same[process.title] = len(digests) == 1
    return same


def long_runs(contenders: Sequence[Contender], effort: Effort, *, folder: Path) -> list[Row]:
    """Run a loop for long, and time its last steps, saved and loaded at each wait."""
    process = loop()
    rows = []
    for count in effort.rounds:
        with conversations([contender for contender in contenders if count <= contender.most_rounds]) as talks:
            questions = {
                talk.contender.name: {
                    "do": "rounds",
                    "file": _written(process, talk.contender, folder),
                    "variables": process.variables,
                    "count": count,
                    "window": min(count, 50) // 2,
                }
                for talk in talks
            }
            once = Effort(turns=3, seconds=0)
            rows.append(Row(f"{count:,} rounds", compare(talks, questions, once)))
    return rows


def reading(contenders: Sequence[Contender], effort: Effort, *, folder: Path) -> list[Row]:
    """Read a file with its diagram; the same file for all."""
    rows = []
    for size in effort.file_sizes:
        text = _file_of(size)
        file = folder / f"read-{size}.bpmn"
        file.write_text(text, "utf-8")
        with conversations(contenders) as talks:
            questions = {talk.contender.name: {"do": "read", "file": str(file)} for talk in talks}
            rows.append(Row(f"{len(text.encode()) / 1000:,.0f} kB", compare(talks, questions, effort)))
    return rows


def _file_of(size: int) -> str:
    """Draw a graph with its diagram of about this many bytes."""
    per_node = len(graph(1002, 10).bpmn(OUR_ENGINE.dialect, diagram=True)) / 1002
    nodes = round(size / per_node)
    return graph(nodes, max(nodes // 100, 1)).bpmn(OUR_ENGINE.dialect, diagram=True)


PATIENT: Mapping[str, Any] = {
    "age": 47,
    "symptom": "lump",
    "score": 7,
    "priority": "routine",
    "stage": "II",
    "name": "Ada",
    "due": "2026-05-01",
    "results": [{"value": value, "unit": "mg"} for value in (3, 9, 4, 1, 5)],
}
CONDITIONS = (
    "score > 3",
    'age >= 45 and symptom = "lump"',
    'priority = "urgent" or (score > 3 and score <= 9)',
    'if stage in ["I", "II"] then "surgery" else "board"',
    "some r in results satisfies r.value > 8",
    "sum(results.value) / count(results) > 4",
    'contains(lower case(name), "a") and string length(name) < 20',
    'date(due) < date("2026-06-01")',
)


def feel(contenders: Sequence[Contender], effort: Effort, *, compiled: bool) -> list[Row]:
    """Evaluate conditions: ours compiled once or anew each time; feelin can only parse each time."""
    turns = Effort(turns=effort.turns, seconds=0, most=effort.turns)
    with conversations(contenders) as talks:
        return [Row(text, compare(talks, _asked(talks, text, effort, compiled=compiled), turns)) for text in CONDITIONS]


def _asked(talks: Sequence[Conversation], text: str, effort: Effort, *, compiled: bool) -> dict[str, Mapping[str, Any]]:
    question = {"do": "feel", "text": text, "context": PATIENT}
    ours = {**question, "times": effort.evaluations if compiled else effort.evaluations // 40, "compiled": compiled}
    other = {**question, "times": effort.evaluations // 40}
    return {talk.contender.name: ours if talk.contender is OUR_ENGINE else other for talk in talks}
