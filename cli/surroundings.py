"""Where does a single machine keep what it needs? The run directory, its keys, ports and environment variables."""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

LOAD = "60000"
"""Requests a minute: on one machine everybody has the same address, and a demo or test may ask as fast as it can."""

DEMO_DIRECTORY = Path("deploy/demo/directory.yaml")
RESULTS_PORT = 8810
"""Where, as the directory of the demo says, reports are asked for."""

DEMO_ORGANISATION = "riverside_hospital"
"""Whose installation the demo is; its directory and the tokens of its people say so too."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Ports and files of one installation on one machine. `results_port`: of the stand-in that has reports, if any."""

    folder: Path
    temporal_port: int = 7233
    ui_port: int = 8233
    api_port: int = 8000
    results_port: int | None = None

    @property
    def ports(self) -> tuple[int, int, int]:
        """The ports of Temporal, its UI and the API."""
        return self.temporal_port, self.ui_port, self.api_port

    @property
    def api(self) -> str:
        """Base address of the API."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def ui(self) -> str:
        """Base address of the Temporal UI."""
        return f"http://127.0.0.1:{self.ui_port}"

    @property
    def results(self) -> str:
        """Base address of the systems in which reports lie."""
        return f"http://127.0.0.1:{self.results_port}"

    @property
    def directory(self) -> Path:
        """The directory of services: the demo's, or its copy that says where reports lie."""
        return DEMO_DIRECTORY if self.results_port is None else self.folder / "directory.yaml"

    def log(self, name: str) -> Path:
        """Give the log file of a process."""
        return self.folder / "logs" / f"{name}.log"

    def prepare(self) -> None:
        """Make the folder and, the first time, its keys; readable by nobody else."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self._secret_file("payload.keys", lambda: f"local-1:{base64.b64encode(secrets.token_bytes(32)).decode()}\n")
        self._secret_file("case-ids.secret", lambda: secrets.token_hex(32))
        self._secret_file("audit.key", lambda: secrets.token_hex(32))
        if self.results_port is not None and DEMO_DIRECTORY.exists():
            described = DEMO_DIRECTORY.read_text(encoding="utf-8")
            copied = described.replace(f"http://127.0.0.1:{RESULTS_PORT}/", f"{self.results}/")
            self.directory.write_text(copied, encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """Give the variables by which worker and API find everything; what is set outside wins."""
        folder = self.folder.resolve()
        defaults = {
            "PATHWAYS_KEY_FILE": str(folder / "payload.keys"),
            "PATHWAYS_CASE_ID_SECRET_FILE": str(folder / "case-ids.secret"),
            "PATHWAYS_AUDIT_KEY_FILE": str(folder / "audit.key"),
            "PATHWAYS_DATABASE": f"sqlite:///{folder / 'pathways.sqlite'}",
            "PATHWAYS_TEMPORAL": f"127.0.0.1:{self.temporal_port}",
            "PATHWAYS_CASE_PAGE": f"{self.api}/cases/{{case_id}}/page",
            "PATHWAYS_API_PORT": str(self.api_port),
            "PATHWAYS_BASE_URL": self.api,
            "PATHWAYS_DEMO_ISSUER": "1",
            "PATHWAYS_RUN_DIRECTORY": str(folder),
            "PATHWAYS_REQUESTS_PER_PERSON": LOAD,
            "PATHWAYS_REQUESTS_PER_ADDRESS": LOAD,
            **self._demo(),
        }
        return {name: os.environ.get(name, value) for name, value in defaults.items()}

    def _demo(self) -> dict[str, str]:
        """Where the files of the demo are: its directory of services, and whose installation that is."""
        if not DEMO_DIRECTORY.exists():
            return {}
        return {"PATHWAYS_DIRECTORY": str(self.directory.resolve()), "PATHWAYS_ORGANISATION": DEMO_ORGANISATION}

    def _secret_file(self, name: str, content: object) -> None:
        path = self.folder / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(content() if callable(content) else str(content))
