"""Which commands need the whole product? Those that publish, serve, run and show; `--help` lists the quick ones too."""

from typing import Annotated

import typer

from cli import (
    audit,
    batches,
    cases,
    check,
    dead_letters,
    demo,
    deployments,
    diff,
    draft,
    incidents,
    keys,
    messages,
    migrate,
    probe,
    publish,
    serve,
    simulate,
    tck,
    up,
    versions,
    watchdog,
)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Referral pathways: design, prove, run.")
_QUICK = {"ignore_unknown_options": True, "help_option_names": []}
Arguments = Annotated[list[str] | None, typer.Argument()]


@app.command("check", help=check.SUMMARY, context_settings=_QUICK)
def _check(arguments: Arguments = None) -> None:
    raise typer.Exit(check.main(arguments or []))


@app.command("simulate", help=simulate.SUMMARY, context_settings=_QUICK)
def _simulate(arguments: Arguments = None) -> None:
    raise typer.Exit(simulate.main(arguments or []))


@app.command("tck", help=tck.SUMMARY, context_settings=_QUICK)
def _tck(arguments: Arguments = None) -> None:
    raise typer.Exit(tck.main(arguments or []))


app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
app.add_typer(cases.app, name="cases")
app.add_typer(incidents.app, name="incidents")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(batches.app, name="batches")
app.add_typer(messages.app, name="messages")
app.add_typer(deployments.app, name="deployments")
app.add_typer(migrate.app, name="migrate")
app.command("publish")(publish.publish)
app.add_typer(publish.database_app, name="database")
app.command("diff")(diff.diff_command)
app.command("draft")(draft.draft_command)
app.command("versions")(versions.versions)
app.command("rollback")(versions.rollback)
app.command("worker")(serve.worker)
app.command("api")(serve.api)
app.command("probe")(probe.probe)
app.command("watchdog")(watchdog.watchdog)
app.command("up")(up.up)
app.command("demo")(demo.demo)
