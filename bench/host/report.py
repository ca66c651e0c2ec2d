"""What does the host's benchmark say? `docs/benchmarks-host.md`: both sides, ratios, and which aims are met."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bench.host.clinic import Tally, quantile
from bench.host.contenders import BY_ACTIVITY, BY_HAND, NOTHING, NOTHING_TITLE, OURS
from bench.host.measure import PAUSING, SATURATED, Cost, Replayed, Timers
from bench.host.pathways import TASKS
from bench.report import Aim, aims_table, machine, table_line

T = TypeVar("T")


@dataclass(slots=True)
class Results:
    """Everything that one run measured, by part and contender; a part that was not asked for is empty."""

    read_model: str
    server: str
    contenders: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
    loads: Mapping[str, Mapping[str, Tally]] = field(default_factory=dict)
    replays: Sequence[Mapping[str, Replayed]] = ()
    memory: Mapping[str, float] = field(default_factory=dict)
    timers: Mapping[str, Timers] = field(default_factory=dict)


def report(results: Results, *, date: str, before: float, after: float) -> str:
    """Write the whole page. `before`, `after`: the machine's load in the last minute before, the last 15 at the end."""
    parts = (
        "# Benchmarks of the host\n",
        f"Written by `make bench-host` on {date}; do not edit. {machine()}",
        f"Read model: {results.read_model}. Temporal: `temporal server start-dev`, kept in {results.server}. "
        f"Load of the machine: {before:.1f} when the run began, {after:.1f} over its last 15 minutes, which is "
        "partly this run; what was there before was somebody else, and slows both sides.",
        _METHOD,
        "## Aims\n",
        *aims_table(_aims(results)),
        *_section("What one completed task leaves in Temporal's history", _costs(results)),
        *_section("Completions per second, and milliseconds from complete to visible", _loads(results)),
        *_section("Replay", [line for each in results.replays for line in (*_replays(results, each), "")]),
        *_section("Memory of the worker", _memory(results)),
        *_section("Timers", _timers(results)),
        "",
    )
    return "\n".join(parts)


_METHOD = """
Each side has a worker process and a database of its own, with the same options; the sides take turns on one server, in
blocks, so that a busy machine slows all alike. `x` is ours compared with theirs: above 1, ours is better. What by hand
means, and how each figure is taken: [bench/host/README.md](../bench/host/README.md).
"""


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"\n## {title}\n", *lines] if lines else []


def _aims(results: Results) -> list[Aim]:
    return [
        *(_no_more_events(results, other) for other in (BY_HAND, BY_ACTIVITY) if other in results.costs),
        *_no_more_than_lean(results),
        *(
            _as_fast(title, tallies)
            for title, tallies in results.loads.items()
            if PAUSING not in title and tallies[BY_HAND].completions
        ),
        *(_visible(title, tallies) for title, tallies in results.loads.items() if _is_seen(title, tallies)),
        *(aim for each in results.replays for aim in _replay_aims(each)),
        *_below(
            "with {} armed timers, p99 of lateness under 2,000 ms",
            {timers.armed: 1000 * quantile(timers.lateness, 0.99) for timers in _ours(results.timers)},
            2_000,
        ),
    ]


def _ours(figures: Mapping[str, T]) -> list[T]:
    return [figures[OURS]] if OURS in figures else []


def _replay_aims(replays: Mapping[str, Replayed]) -> list[Aim]:
    """Say also what the SDK alone takes, which nobody's workflow gets under."""
    alone = f"{NOTHING_TITLE} take {1000 * replays[NOTHING].seconds:,.0f} ms"
    text = "replay of {} events under 200 ms; " + alone
    return _below(text, {r.events: 1000 * r.seconds for r in _ours(replays)}, 200)


def _no_more_events(results: Results, other: str) -> Aim:
    ours, theirs = results.costs[OURS].events, results.costs[other].events
    text = f"no more history events per completed task than {results.contenders[other]}"
    return Aim(text, f"{ours:.1f} and {theirs:.1f}", met=ours <= theirs)


def _no_more_than_lean(results: Results) -> list[Aim]:
    """By hand without the timers that find overdue tasks: of its timers, only the ladder's would be left."""
    if BY_HAND not in results.costs:
        return []
    ours, theirs = results.costs[OURS], results.costs[BY_HAND]
    timers = sum(theirs.kinds.get(kind, 0.0) for kind in ("TIMER_STARTED", "TIMER_CANCELED"))
    lean = theirs.events - timers * (TASKS - 1) / TASKS
    text = f"no more than {results.contenders[BY_HAND]} that never finds a task overdue"
    return [Aim(text, f"{ours.events:.1f} and {lean:.1f}", met=ours.events <= lean)]


def _as_fast(title: str, tallies: Mapping[str, Tally]) -> Aim:
    ratio = tallies[OURS].per_second / tallies[BY_HAND].per_second
    return Aim(f"at least 0.9 times the throughput by hand: {title}", f"{ratio:.2f} times", met=ratio >= 0.9)


def _is_seen(title: str, tallies: Mapping[str, Tally]) -> bool:
    return title.startswith(SATURATED) and bool(tallies[OURS].visible and tallies[BY_HAND].visible)


def _visible(title: str, tallies: Mapping[str, Tally]) -> Aim:
    ours, theirs = (1000 * quantile(tallies[who].visible, 0.99) for who in (OURS, BY_HAND))
    text = f"complete to visible p99 under 250 ms: {title}"
    return Aim(text, f"{ours:,.0f} ms (by hand {theirs:,.0f} ms)", met=ours < 250)


def _below(text: str, measured: Mapping[int, float], limit: float) -> list[Aim]:
    return [Aim(text.format(f"{n:,}"), f"{value:,.0f} ms", met=value < limit) for n, value in measured.items()]


def _costs(results: Results) -> list[str]:
    if not results.costs:
        return []
    kinds = sorted({kind for cost in results.costs.values() for kind in cost.kinds})
    rows: list[tuple[str, Callable[[Cost], str]]] = [
        ("events", lambda cost: f"**{cost.events:.1f}**"),
        ("bytes", lambda cost: f"**{cost.bytes:,.0f}**"),
        *((f"`{kind.lower()}`", lambda cost, kind=kind: f"{cost.kinds.get(kind, 0.0):.1f}") for kind in kinds),
    ]
    return [*_head(results, results.costs), *(_row(name, results.costs, show) for name, show in rows)]


def _loads(results: Results) -> list[str]:
    if not results.loads:
        return []
    some = next(iter(results.loads.values()))
    lines = _head(results, some)
    for title, tallies in results.loads.items():
        lines.append(_row(f"{title}: per second", tallies, _beside(tallies[OURS].per_second)))
        if any(tally.visible for tally in tallies.values()):
            lines.append(_row("… to visible, p50 / p99 ms", tallies, _two))
        lines.append(_row("… CPU of the worker, ms", tallies, lambda t: f"{1000 * t.cpu_each:.1f}"))
    return lines


def _beside(ours: float) -> Callable[[Tally], str]:
    def show(tally: Tally) -> str:
        theirs = tally.per_second
        return f"{theirs:.1f} ({ours / theirs:.2f} x)" if theirs and theirs != ours else f"{theirs:.1f}"

    return show


def _two(tally: Tally) -> str:
    return f"{1000 * quantile(tally.visible, 0.5):,.0f} / {1000 * quantile(tally.visible, 0.99):,.0f}"


def _replays(results: Results, replays: Mapping[str, Replayed]) -> list[str]:
    rows: list[tuple[str, Callable[[Replayed], str]]] = [
        ("events", lambda r: f"{r.events:,}"),
        ("completed tasks", lambda r: f"{r.tasks:,}"),
        ("bytes", lambda r: f"{r.bytes:,}"),
        ("milliseconds", lambda r: f"{1000 * r.seconds:,.0f}"),
        ("milliseconds per completed task", lambda r: f"{1000 * r.seconds / r.tasks:,.1f}"),
    ]
    return _small(results, replays, rows)


def _memory(results: Results) -> list[str]:
    rows: list[tuple[str, Callable[[float], str]]] = [("MB per 1,000 open cases", lambda each: f"{each / 1000:,.1f}")]
    return _small(results, results.memory, rows)


def _timers(results: Results) -> list[str]:
    rows: list[tuple[str, Callable[[Timers], str]]] = [
        ("armed", lambda timers: f"{timers.armed:,}"),
        ("fell due while measured", lambda timers: f"{len(timers.lateness):,}"),
        ("never fired", lambda timers: f"{timers.missing:,}"),
        ("late, p50 ms", lambda timers: f"{1000 * quantile(timers.lateness, 0.5):,.0f}"),
        ("late, p99 ms", lambda timers: f"{1000 * quantile(timers.lateness, 0.99):,.0f}"),
    ]
    return _small(results, results.timers, rows)


def _small(results: Results, figures: Mapping[str, T], rows: Sequence[tuple[str, Callable[[T], str]]]) -> list[str]:
    if not figures:
        return []
    return [*_head(results, figures), *(_row(name, figures, show) for name, show in rows)]


def _head(results: Results, figures: Mapping[str, object]) -> list[str]:
    titles = [results.contenders[name] for name in figures]
    return [table_line(["", *titles]), table_line(["---"] + ["---:"] * len(titles))]


def _row(name: str, figures: Mapping[str, T], show: Callable[[T], str]) -> str:
    return table_line([name, *(show(figure) for figure in figures.values())])
