"""Who is compared with whom, and how is each one asked? A process of its own per contender, installed under bench/."""

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.drawing import BPMN_ENGINE, OURS, SPIFF, Dialect

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = str(ROOT / ".venv/bin/python")
VENV = str(ROOT / "bench/.venv/bin/python")
SECONDS_TO_ANSWER = 60.0


@dataclass(frozen=True, slots=True)
class Contender:
    """An engine, reader or evaluator, and the command that lets it answer."""

    name: str
    title: str
    command: tuple[str, ...]
    needs: Path
    dialect: Dialect = OURS
    most_rounds: int = 1_000

    @property
    def installed(self) -> bool:
        """Whether `bench/install.sh` has put it there."""
        return self.needs.exists()


def _python(interpreter: str, module: str) -> tuple[str, ...]:
    return interpreter, "-m", f"bench.engines.{module}"


def _node(file: str) -> tuple[str, ...]:
    return "node", "--max-old-space-size=4096", f"bench/engines/{file}.mjs"


_PACKAGES = ROOT / "bench/.venv/lib"
_MODULES = ROOT / "bench/node_modules"

OUR_ENGINE = Contender("ours", "ours", _python(PRODUCT, "ours"), ROOT, OURS, most_rounds=10_000)
ENGINES = (
    OUR_ENGINE,
    Contender("spiff", "SpiffWorkflow 3.2.0", _python(VENV, "spiff"), _PACKAGES, SPIFF),
    Contender("bpmn-engine", "bpmn-engine 25.0.1", _node("bpmn_engine"), _MODULES / "bpmn-engine", BPMN_ENGINE),
)
READERS = (
    OUR_ENGINE,
    Contender("moddle", "bpmn-moddle 10.3.1", _node("moddle"), _MODULES / "bpmn-moddle"),
    Contender("bpmn-io", "bpmn-io 0.2.2 (PyPI)", _python(VENV, "bpmn_io"), _PACKAGES),
    Contender("spiff", "SpiffWorkflow 3.2.0", _python(VENV, "spiff"), _PACKAGES, SPIFF),
)
EVALUATORS = (OUR_ENGINE, Contender("feelin", "feelin 8.2.0", _node("feelin"), _MODULES / "feelin"))


@dataclass(slots=True)
class Conversation:
    """A contender's running process. `failure`: why it could not answer the last question."""

    contender: Contender
    process: "subprocess.Popen[str] | None" = None
    failure: str = ""

    def ask(self, question: Mapping[str, Any], *, within: float = SECONDS_TO_ANSWER) -> dict[str, Any] | None:
        """Give the answer; None when the process died or took longer than `within` seconds."""
        process = self._running()
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        alarm = threading.Timer(within, give_up)
        alarm.start()
        answer = self._answer(process, json.dumps(question))
        alarm.cancel()
        if late.is_set():
            self.failure = f"no answer within {within:.0f} s"
        if answer is None:
            self.close()
        return answer

    def _answer(self, process: "subprocess.Popen[str]", question: str) -> dict[str, Any] | None:
        """Send the question and read lines until one is an answer; what it says before that may explain its end."""
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{question}\n")
        process.stdin.flush()
        self.failure = "it ended without a word"
        for line in process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
            if "Error" in line:
                self.failure = line.strip()[:160]
        return None

    def _running(self) -> "subprocess.Popen[str]":
        if self.process is None:
            self.process = subprocess.Popen(
                self.contender.command,
                cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": "random"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return self.process

    def close(self) -> None:
        """Let the process end."""
        if self.process is None:
            return
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.process = None
