"""What does the host's benchmark say? `docs/benchmarks-host.md`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.host.clinic import Tally
from bench.host.measure import Cost, Replayed


@dataclass(slots=True)
class Results:
    """Everything that one run measured, by part and contender."""

    read_model: str
    server: str
    contenders: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
    loads: Mapping[str, Mapping[str, Tally]] = field(default_factory=dict)
    replays: Mapping[str, Replayed] = field(default_factory=dict)
    memory: Mapping[str, float] = field(default_factory=dict)
    timers: Mapping[str, list[float]] = field(default_factory=dict)
    armed: int = 0


def report(results: Results, *, date: str, load: float) -> str:
    lines = [date, str(load)]
    for n, c in results.costs.items():
        lines.append(f"{n} {c.events} {c.bytes} {Counter(c.kinds)}")
    for title, t in results.loads.items():
        for n, x in t.items():
            lines.append(f"{title} {n} {x.completions/x.seconds:.1f}/s p50 {quantile(x.visible,.5)*1000:.0f} p99 {quantile(x.visible,.99)*1000:.0f}")
    for n, r in results.replays.items():
        lines.append(f"{n} {r}")
    for n, m in results.memory.items():
        lines.append(f"{n} {m}")
    for n, t in results.timers.items():
        lines.append(f"{n} {len(t)} {quantile(t,.5)} {quantile(t,.99)}")
    return "\n".join(lines)

def quantile(values: list[float], part: float) -> float:
    """Give the value below which this part of them lies."""
    return sorted(values)[min(int(part * len(values)), len(values) - 1)] if values else float("nan")
