"""Which commands does `pathways` have? One file per command; this is a composition root, nobody imports it."""

import typer

from cli import check, demo, probe, publish, serve, simulate, up

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Referral pathways: design, prove, run.")
app.command("check")(check.check)
app.command("simulate")(simulate.simulate)
app.command("publish")(publish.publish)
app.command("migrate")(publish.migrate)
app.command("worker")(serve.worker)
app.command("api")(serve.api)
app.command("probe")(probe.probe)
app.command("up")(up.up)
app.command("demo")(demo.demo)


def main() -> None:
    """Run the command line."""
    app()
