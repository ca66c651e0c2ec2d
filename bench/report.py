"""What does the benchmark say? `docs/benchmarks.md`: medians side by side, ratios, and which aims are met."""

import os
import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import Contender
from bench.measure import Figure, Row


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that one run measured."""

    in_memory: Sequence[Row]
    saved: Sequence[Row]
    same_bytes: Mapping[str, bool]
    long_runs: Sequence[Row]
    reading: Sequence[Row]
    compiled: Sequence[Row]
    parsed: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Aim:
    """A promise of ours, what was measured, and whether it is kept."""

    text: str
    measured: str
    met: bool


Show = Callable[[Row, Figure], str]


def report(results: Results, contenders: Mapping[str, Sequence[Contender]], *, date: str, load: float) -> str:
    """Write the whole page. `load`: the machine's load average of the last 15 minutes, when all was measured."""
    engines, readers, evaluators = contenders["engines"], contenders["readers"], contenders["evaluators"]
    return "\n".join(
        (
            "# Benchmarks\n",
            f"Written by `make bench-engine` on {date}; do not edit. {machine()}",
            _METHOD,
            _busy(load, os.cpu_count() or 1),
            _missing((*engines, *readers, *evaluators)),
            "## Aims\n",
            *aims_table(_aims(results)),
            "\n## Elements per second, saved and loaded at each wait\n",
            *_table(results.saved, engines, _per_second),
            "\n## Elements per second, in memory\n",
            *_table(results.in_memory, engines, _per_second),
            "\n## Milliseconds per step, saved and loaded (one step: an event, to the next wait)\n",
            *_table(results.saved, engines, _per_step),
            "\n## Bytes of state at the waits: median (largest)\n",
            *_table(results.saved, engines, _bytes),
            "\nOurs, byte for byte the same in two processes: "
            + ", ".join(f"{title}: {'yes' if same else 'NO'}" for title, same in results.same_bytes.items())
            + ".\n",
            "## A case that has run for long: milliseconds per step, saved and loaded, and bytes of state\n",
            *_table(results.long_runs, engines, _milliseconds_and_bytes),
            "\n## Milliseconds to read a file with its diagram\n",
            "Ours reads, checks every rule and compiles every expression; the others read.\n",
            *_table(results.reading, readers, _milliseconds),
            "\n## FEEL evaluations per second\n",
            "feelin has no public way to compile once, so it parses each time; below it stands ours doing the same.\n",
            *_table(results.compiled, evaluators, _rate),
            "\nOurs compiled anew each time:\n",
            *_table(results.parsed, evaluators, _rate),
            "",
        )
    )


_METHOD = """
Every contender runs in a process of its own and times itself. They take turns at each question, so that a busy machine
slows all alike; figures are medians after one answer to warm up, `x` is ours compared with theirs (above 1: ours is
better). What is measured and where the dialects differ: [bench/README.md](../bench/README.md).
"""


def machine() -> str:
    """Name the machine, its software and our commit."""
    commit = _said("git", "rev-parse", "--short", "HEAD")
    return (
        f"Machine: {_processor()}, {_said('nproc')} cores, {platform.system()}; Python {platform.python_version()}, "
        f"Node {_said('node', '--version')}; our commit {commit or 'unknown'}."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _said(*command: str) -> str:
    """Give what a command prints; empty when it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def _busy(load: float, cores: int) -> str:
    """One contender works at a time, so a load above 1 was somebody else: long answers suffer more than short ones."""
    if load <= 1.3:
        return f"Load of the machine while measuring: {load:.1f} on {cores} cores.\n"
    return (
        f"**The machine was busy**: load {load:.1f} on {cores} cores, 1 of it ours. Long answers were "
        "interrupted more often than short ones, so figures are rough and ratios too kind to the faster side.\n"
    )


def _missing(contenders: Sequence[Contender]) -> str:
    absent = sorted({contender.title for contender in contenders if not contender.installed})
    return f"Not installed, so not measured (`bash bench/install.sh`): {', '.join(absent)}.\n" if absent else ""


def _table(rows: Sequence[Row], contenders: Sequence[Contender], show: Show) -> list[str]:
    names = [contender for contender in contenders if contender.installed]
    head = ["", *(contender.title for contender in names)]
    lines = [table_line(head), table_line(["---"] + ["---:"] * len(names))]
    return [
        *lines,
        *(table_line([_code(row.title), *(_cell(row, contender, show) for contender in names)]) for row in rows),
    ]


def table_line(cells: Sequence[str]) -> str:
    """Give one line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def _code(title: str) -> str:
    return title.replace("|", "\\|")


def _cell(row: Row, contender: Contender, show: Show) -> str:
    figure = row.figures.get(contender.name)
    if figure is None:
        return "not asked"
    if figure.seconds is None:
        return f"fails: {figure.failure}".replace("|", "\\|")
    factor = ratio(row, contender.name)
    return show(row, figure) + (
        f" ({factor:.1f} x)" if factor and contender.name != "ours" and show is not _bytes else ""
    )


def ratio(row: Row, other: str) -> float | None:
    """How many times faster than `other` are we? None when one of the two has no figure."""
    ours, theirs = row.figures.get("ours"), row.figures.get(other)
    if ours is None or theirs is None or not ours.seconds or theirs.seconds is None:
        return None
    return theirs.seconds / ours.seconds


def _per_second(row: Row, figure: Figure) -> str:
    return f"{row.units / (figure.seconds or 1):,.0f}"


def _per_step(_row: Row, figure: Figure) -> str:
    return f"{1000 * (figure.seconds or 0) / max(len(figure.sizes), 1):,.2f}"


def _bytes(_row: Row, figure: Figure) -> str:
    ordered = sorted(figure.sizes)
    return f"{ordered[len(ordered) // 2]:,} ({ordered[-1]:,})" if ordered else "none"


def _milliseconds(_row: Row, figure: Figure) -> str:
    return f"{1000 * (figure.seconds or 0):,.2f}"


def _milliseconds_and_bytes(row: Row, figure: Figure) -> str:
    return f"{_milliseconds(row, figure)} ms, {figure.sizes[-1]:,} B" if figure.sizes else _milliseconds(row, figure)


def _rate(_row: Row, figure: Figure) -> str:
    return f"{1 / (figure.seconds or 1):,.0f}"


def _aims(results: Results) -> list[Aim]:
    return [
        _faster(
            "at least 10 times SpiffWorkflow's elements per second, saved at each wait", results.saved, "spiff", 10
        ),
        _small("linear-30 state under 2,000 bytes", results.saved, 2_000),
        _same("states byte-identical between runs", results.same_bytes),
        *_flat(results.long_runs),
        _faster("a 22 kB file faster than bpmn-moddle reads it", results.reading[:1], "moddle", 1),
        _faster("a 22 kB file faster than bpmn-io (PyPI) reads it", results.reading[:1], "bpmn-io", 1),
        *(_within("a 1 MB file in under a second", row, 1.0) for row in results.reading[1:]),
        _within("at least 200,000 evaluations per second of a compiled condition", results.compiled[1], 1 / 200_000),
        _faster("FEEL ahead of feelin", results.compiled, "feelin", 1),
    ]


def _faster(text: str, rows: Sequence[Row], other: str, factor: float) -> Aim:
    """The aim holds when it holds in every row that both finished."""
    ratios = [found for row in rows if (found := ratio(row, other)) is not None]
    if not ratios:
        return Aim(text, "not measured", met=False)
    return Aim(text, f"{min(ratios):.1f} to {max(ratios):.1f} times", met=min(ratios) >= factor)


def _small(text: str, rows: Sequence[Row], limit: int) -> Aim:
    largest = max(rows[0].figures["ours"].sizes)
    return Aim(text, f"{largest:,} bytes", met=largest < limit)


def _same(text: str, same: Mapping[str, bool]) -> Aim:
    return Aim(text, f"{sum(same.values())} of {len(same)} processes", met=all(same.values()))


def _flat(rows: Sequence[Row]) -> list[Aim]:
    """The last steps of the longest run cost at most half as much again as those of the shortest."""
    ours = [row.figures["ours"] for row in rows if row.figures["ours"].seconds]
    if len(ours) < 2:
        return []
    times = [figure.seconds or 0 for figure in ours]
    sizes = [figure.sizes[-1] for figure in ours]
    grown = times[-1] / times[0]
    text = f"cost per step the same after {rows[0].title} and {rows[-1].title}"
    shown = f"{1000 * times[0]:.2f} to {1000 * times[-1]:.2f} ms, {sizes[0]:,} to {sizes[-1]:,} bytes"
    return [Aim(text, shown, met=grown < 1.5 and sizes[-1] < sizes[0] + 100)]


def _within(text: str, row: Row, limit: float) -> Aim:
    seconds = row.figures["ours"].seconds
    if seconds is None:
        return Aim(text, row.figures["ours"].failure, met=False)
    shown = f"{1 / seconds:,.0f} per second" if limit < 0.001 else f"{1000 * seconds:,.0f} ms"
    return Aim(text, shown, met=seconds <= limit)


def aims_table(aims: Sequence[Aim]) -> list[str]:
    """Give the table of aims: what is promised, what was measured, whether it is kept."""
    head = [table_line(["aim", "measured", "met"]), table_line(["---"] * 3)]
    return head + [table_line([aim.text, aim.measured, "yes" if aim.met else "**no**"]) for aim in aims]
