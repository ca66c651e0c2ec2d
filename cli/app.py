"""Which commands are there? One file each; a command starts without the modules that only others need."""

from collections.abc import Callable
from importlib import import_module
from typing import Annotated

import typer

from cli import QUICK

GROUPS = ("keys", "audit", "cases", "incidents", "dead-letters", "batches", "messages", "deployments", "migrate")
"""Names with commands of their own below them: `app` of the file."""

COMMANDS = {
    "pack": "pack.pack_command",
    "publish": "publish.publish",
    "database": "publish.database_app",
    "diff": "diff.diff_command",
    "draft": "draft.draft_command",
    "versions": "versions.versions",
    "shadow": "shadow.shadow",
    "rollback": "versions.rollback",
    "worker": "serve.worker",
    "api": "serve.api",
    "watchdog": "watchdog.watchdog",
    "up": "up.up",
    "demo": "demo.demo",
}
"""All others: file and function."""

Arguments = Annotated[list[str] | None, typer.Argument()]
_AS_THEY_ARE = {"ignore_unknown_options": True, "help_option_names": []}


def command_line(name: str = "") -> typer.Typer:
    """Give the command line: all of it, or of a command that there is only what it needs."""
    app = typer.Typer(
        no_args_is_help=True, pretty_exceptions_enable=False, help="Referral pathways: design, prove, run."
    )
    app.callback()(_nothing_before)
    known = (*QUICK, *GROUPS, *COMMANDS)
    for each in (name,) if name in known else known:
        _add(app, each)
    return app


def _nothing_before() -> None:
    """Referral pathways: design, prove, run."""


def _add(app: typer.Typer, name: str) -> None:
    if name in QUICK:
        module = import_module(f"cli.{name}")
        app.command(name, help=module.SUMMARY, context_settings=_AS_THEY_ARE)(_passing_on(module.main))
    elif name in GROUPS:
        app.add_typer(import_module(f"cli.{name.replace('-', '_')}").app, name=name)
    else:
        file, _, attribute = COMMANDS[name].partition(".")
        found = getattr(import_module(f"cli.{file}"), attribute)
        app.add_typer(found, name=name) if isinstance(found, typer.Typer) else app.command(name)(found)


def _passing_on(run: Callable[[list[str]], int]) -> Callable[[Arguments], None]:
    def command(arguments: Arguments = None) -> None:
        raise typer.Exit(run(arguments or []))

    return command
