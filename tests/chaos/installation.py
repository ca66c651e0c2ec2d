"""What is struck? A whole installation: Temporal server, database, two workers, two APIs, and links between them."""

import asyncio
import contextlib
import os
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from cli.processes import Child, StartFailed, answers, listens, this_program
from cli.surroundings import Surroundings
from tests.chaos.link import Link, free_port
from tests.chaos.outside import Outside
from workflows.host.server import ServerOptions, command_line

HERE = Path(__file__).parent
PROGRAMS = ("worker-1", "worker-2", "api-1", "api-2")
PATIENCE = 90.0
PEOPLE = {
    "dr.wren": ("referrer",),
    "dr.owl": ("ent_triage",),
    "dr.kite": ("ent_triage",),
    "ms.falcon": ("ent_surgeon",),
    "dr.eagle": ("clinical_oncologist",),
    "ms.lark": ("key_worker",),
    "c.hazel": ("coordinator",),
    "dr.swift": ("radiologist",),
    "dr.jay": ("pathologist",),
    "gateway": ("integration",),
    "a.oak": ("admin",),
}
MAILED = ("coordinator", "booking_office", "key_worker")


@dataclass(slots=True)
class Kept:
    """A process that is started again whenever it ends, unless it is held down."""

    child: Child
    restarts: int = 0
    down: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, however often that takes, and keep it running."""
        await self._up()
        self.keeper = asyncio.create_task(self._keep(), name=f"keep {self.child.name}")

    async def _keep(self) -> None:
        while True:
            assert self.child.process is not None
            await self.child.process.wait()
            while self.down.is_set():
                await asyncio.sleep(0.05)
            self.restarts += 1
            await self._up()

    async def _up(self) -> None:
        while True:
            try:
                await self.child.start(within=PATIENCE)
            except StartFailed:
                self.restarts += 1
                self.child.kill()
                await asyncio.sleep(0.5)
                while self.down.is_set():
                    await asyncio.sleep(0.05)
            else:
                return

    async def kill(self, seconds: float) -> None:
        """End it as a crash would, and let it start again only after a while."""
        self.down.set()
        self.child.kill()
        await asyncio.sleep(seconds)
        self.down.clear()

    async def ready(self, within: float) -> bool:
        """Wait until it is up and answers."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not (self._runs() and await self.child.is_ready()):
                    await asyncio.sleep(0.2)
            return True
        return False

    def _runs(self) -> bool:
        return self.child.process is not None and self.child.process.returncode is None

    async def stop(self) -> None:
        if self.keeper is not None:
            self.keeper.cancel()
        await self.child.stop()


class Installation:
    """Everything that runs. `database`: `sqlite` or `postgres`."""

    def __init__(self, folder: Path, database: str, outside: Outside, chance: random.Random) -> None:
        self.folder = folder
        self.database = database
        self.outside = outside
        self.place = Surroundings(folder, free_port(), free_port(), free_port())
        self.database_port = free_port()
        self._postgres = Path(tempfile.mkdtemp(prefix="chaos-pg-"), "data")
        self._postgres.parent.chmod(0o755)
        self.api_ports = {"api-1": self.place.api_port, "api-2": free_port()}
        self.links = {link.name: link for link in self._links(chance)}
        self.kept: dict[str, Kept] = {}

    def _links(self, chance: random.Random) -> list[Link]:
        temporal = [Link(f"{name}→temporal", self.place.temporal_port, chance) for name in PROGRAMS]
        records = [Link(f"{name}→database", self.database_port, chance) for name in PROGRAMS]
        doors = [Link(f"client→{name}", port, chance) for name, port in self.api_ports.items()]
        return [*temporal, *doors, *(records if self.database == "postgres" else ())]

    @property
    def database_url(self) -> str:
        """The database, reached by no link: for the harness itself."""
        return self._url(self.database_port)

    @property
    def doors(self) -> tuple[str, ...]:
        """Where clients knock."""
        return tuple(f"http://127.0.0.1:{self.links[f'client→{name}'].port}" for name in self.api_ports)

    def environment(self) -> dict[str, str]:
        """What the harness itself reads and writes with."""
        return {**self.place.environment(), "PATHWAYS_DATABASE": self.database_url}

    def _url(self, port: int) -> str:
        if self.database == "postgres":
            return f"postgresql://postgres@127.0.0.1:{port}/pathways"
        return f"sqlite:///{self.folder.resolve() / 'pathways.sqlite'}"

    async def start(self) -> None:
        self.place.prepare()
        self._write_files()
        for link in self.links.values():
            await link.open()
        if self.database == "postgres":
            await self._start_postgres()
        await self._start("temporal", command_line(self._server()), listens(self.place.temporal_port), {})
        await self._run("publish", str(HERE / "pathway"))
        await asyncio.gather(*(self._start_program(name) for name in PROGRAMS if name != "api-2"))
        await self._start_program("api-2")  # the demo issuer's key is there now

    async def stop(self) -> None:
        for kept in reversed(self.kept.values()):
            await kept.stop()
        for link in self.links.values():
            await link.close()

    def clear_up(self, *, keep: bool) -> None:
        """Remove the files of PostgreSQL, or say where they are: where it may write, which is not `folder`."""
        if keep and self._postgres.exists():
            print(f"PostgreSQL's files are kept: {self._postgres}")
            return
        shutil.rmtree(self._postgres.parent, ignore_errors=True)

    async def everything_up(self, within: float) -> list[str]:
        """Wait until every process answers; name those that do not."""
        found = await asyncio.gather(*(kept.ready(within) for kept in self.kept.values()))
        return [name for name, ready in zip(self.kept, found, strict=True) if not ready]

    async def kill(self, name: str, seconds: float) -> None:
        """Kill a process; of two workers and of two APIs only one at a time."""
        twin = {"1": "2", "2": "1"}.get(name[-1])
        if twin is not None:
            await self.kept[f"{name[:-1]}{twin}"].ready(PATIENCE)
        await self.kept[name].kill(seconds)

    async def lock(self, seconds: float) -> None:
        """Keep everybody from writing to the SQLite file: the nearest to its being down."""
        with contextlib.closing(sqlite3.connect(self.folder / "pathways.sqlite", timeout=30)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(seconds)
            connection.rollback()

    def _server(self) -> ServerOptions:
        return ServerOptions(self.place.temporal_port, None, self.folder / "temporal.sqlite")

    async def _start_program(self, name: str) -> None:
        temporal = self.links[f"{name}→temporal"].port
        records = self.links[f"{name}→database"].port if self.database == "postgres" else 0
        environment = {
            **self.place.environment(),
            "PATHWAYS_TEMPORAL": f"127.0.0.1:{temporal}",
            "PATHWAYS_DATABASE": self._url(records),
            "PATHWAYS_DIRECTORY": str(self.folder / "directory.yaml"),
            "PATHWAYS_DEMO_PEOPLE": str(self.folder / "people.yaml"),
            "PATHWAYS_SMTP": f"smtp://127.0.0.1:{self.outside.mail_port}",
        }
        if name.startswith("worker"):
            await self._start(name, this_program("worker"), "worker is polling", environment)
            return
        environment["PATHWAYS_API_PORT"] = str(self.api_ports[name])
        door = f"http://127.0.0.1:{self.api_ports[name]}/health/ready"
        await self._start(name, this_program("api"), answers(door), environment)

    async def _start(self, name: str, command: list[str], ready: object, environment: Mapping[str, str]) -> None:
        kept = Kept(Child(name, command, self.place.log(name), ready, environment))  # type: ignore[arg-type]
        self.kept[name] = kept
        await kept.start()

    async def _run(self, *arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *this_program(*arguments), env={**os.environ, **self.environment()}
        )
        assert await process.wait() == 0, arguments

    async def _start_postgres(self) -> None:
        programs, data = postgres_programs(), self._postgres
        data.mkdir()
        as_whom = _unprivileged(data)
        made = await asyncio.create_subprocess_exec(
            *as_whom, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N",
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await made.wait() == 0
        settings = ("-p", str(self.database_port), "-k", str(data), "-c", "listen_addresses=127.0.0.1")
        command = [*as_whom, str(programs / "postgres"), "-D", str(data), *settings]
        await self._start("database", command, self._database_answers, {})
        created = await asyncio.create_subprocess_exec(
            *as_whom, programs / "psql", "-q", "-h", data, "-p", str(self.database_port), "-U", "postgres",
            "-c", "CREATE DATABASE pathways",
        )  # fmt: skip
        assert await created.wait() == 0

    async def _database_answers(self) -> bool:
        import asyncpg

        try:
            connection = await asyncpg.connect(
                host="127.0.0.1", port=self.database_port, user="postgres", database="postgres", timeout=3
            )
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True

    def _write_files(self) -> None:
        service = {"name": "Outside", "named_contact": "dr.jay", "deputy": "dr.swift"}
        endpoint = {"url": f"http://127.0.0.1:{self.outside.web_port}/", "format": "json"}
        directory = {
            "services": {
                "outside_imaging": {**service, "endpoint": endpoint},
                "outside_laboratory": {**service, "endpoint": endpoint},
            },
            "mail": {role: f"{role}@clinic.example" for role in MAILED},
        }
        people = [{"id": who, "name": who, "roles": list(roles), "team": ""} for who, roles in PEOPLE.items()]
        (self.folder / "directory.yaml").write_text(yaml.safe_dump(directory))
        (self.folder / "people.yaml").write_text(yaml.safe_dump({"people": people}))


def postgres_programs() -> Path:
    """Where `initdb` and `postgres` are: on the path, else in the wheel of `pgserver`."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    wheel = Path(sys.prefix) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages/pgserver/pginstall/bin"
    if not wheel.exists():
        raise SystemExit("No PostgreSQL: install it, or pip install pgserver, or say DATABASE=sqlite.")
    return wheel


def _unprivileged(data: Path) -> list[str]:
    """PostgreSQL refuses to run as root: run it as nobody then."""
    if os.getuid() != 0:
        return []
    user = "nobody"
    shutil.chown(data, user)
    return ["setpriv", f"--reuid={user}", "--clear-groups", "--regid=nogroup"]
