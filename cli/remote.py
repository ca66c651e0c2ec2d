"""How does a command reach the API, so that its authorisation and audit hold? With a token; errors say what to do.

`over_http` makes a command of a function: `--api`, `--token-file`, `--organisation` and `--json` are added to its own
options.
Exit status: 0 done, 1 refused or failed (the API said so), 2 not asked for properly, 3 the API cannot be reached.
"""

import functools
import inspect
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_type_hints

import httpx
import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

LOCAL = "http://127.0.0.1:8000"
PATIENCE_SECONDS = 120.0
DRY_RUN_SECONDS = 1_800.0
"""A dry run over thousands of cases asks each of them."""

BACK_SECONDS = 120.0
AGAIN_SECONDS = 1.0
"""Within this time an API is there again that somebody restarts; and after how long it is asked again."""

AT_ONCE = 200
"""Items of a list that are asked for at once."""

REFUSED, UNREACHABLE = 1, 3
WIDTH = 200
"""Columns of a table where no terminal says how many there are."""

SERVER_ERROR = 500

ApiOption = Annotated[str, typer.Option("--api", envvar="PATHWAYS_API", help="address of the API")]
TokenOption = Annotated[
    Path | None, typer.Option("--token-file", help="file with a bearer token; else the variable PATHWAYS_TOKEN")
]
OrganisationOption = Annotated[
    str, typer.Option(envvar="PATHWAYS_ACTING_FOR", help="for which you ask, where your token names several")
]
AgainOption = Annotated[
    str, typer.Option(metavar="KEY", help="send again what got no answer, under the key that was told: it is done once")
]
JsonOption = Annotated[bool, typer.Option("--json", help="print the answer of the API as JSON")]
_OPTIONS: Mapping[str, tuple[Any, Any]] = {
    "api": (ApiOption, LOCAL),
    "token_file": (TokenOption, None),
    "organisation": (OrganisationOption, ""),
    "again": (AgainOption, ""),
    "as_json": (JsonOption, False),
}


@dataclass(frozen=True, slots=True)
class Remote:
    """The API, and how answers are shown: as they are, never as markup; what is styled is a `Text`."""

    http: httpx.Client
    console: Console
    as_json: bool = False
    key: str = ""

    def read(self, path: str, **params: Any) -> Any:
        """Ask for something; parameters that are None are left out."""
        return self._said("GET", path, params=_given(params) or None)  # {} would take what the address asks away

    def do(self, path: str, body: Any = None, *, patience: float = PATIENCE_SECONDS) -> Any:
        """Change something, under the key of the command; `patience`: seconds within which it is answered."""
        tried = "dry_run=true" in path or bool(isinstance(body, dict) and body.get("dry_run"))
        headers = {"Idempotency-Key": _new_key() if tried else self.key}
        return self._said("POST", path, json=body, headers=headers, timeout=patience)

    def poll(self, path: str) -> Any:
        """Ask for something that is asked for again and again; while the API is restarted, wait for it."""
        until = time.monotonic() + BACK_SECONDS
        while time.monotonic() < until:
            with suppress(httpx.RequestError):
                response = self.http.get(path)
                if response.status_code < SERVER_ERROR:
                    return _content("GET", response)
            time.sleep(AGAIN_SECONDS)
        return self.read(path)

    def each(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Give the items of a list, page after page."""
        page = self.read(path, size=AT_ONCE, **params)
        yield from page["items"]
        while page["next"]:
            page = self.read(page["next"])
            yield from page["items"]

    def show(self, answer: Any, *shown: RenderableType) -> None:
        """Print an answer: as JSON when that was asked for, else what is shown of it."""
        if self.as_json:
            typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
            return
        for each in shown:
            self.console.print(each, highlight=False, soft_wrap=isinstance(each, str))

    def _said(self, method: str, path: str, **request: Any) -> Any:
        return _content(method, self.http.request(method, path, **request))


def _content(method: str, response: httpx.Response) -> Any:
    if not response.is_success:
        _stop(method, response)
    try:
        return response.json()
    except ValueError:
        _no_api(str(response.url))


def over_http(command: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function whose first argument is the `Remote`.

    Every field of an argument that is a dataclass is an option of the command.
    """
    signature = inspect.signature(command, eval_str=True)
    given = list(signature.parameters.values())[1:]
    shapes: dict[str, Any] = {each.name: each.annotation for each in given if is_dataclass(each.annotation)}
    own = [each for each in given if each.name not in shapes]
    added = [
        *(option for shape in shapes.values() for option in _options_of(shape)),
        *(_option(name, annotation, default) for name, (annotation, default) in _OPTIONS.items()),
    ]

    @functools.wraps(command)
    def run(
        *arguments: Any, api: str, token_file: Path | None, organisation: str, again: str, as_json: bool, **options: Any
    ) -> None:
        asking = {**_token(token_file), **_acting_for(organisation)}
        for name, shape in shapes.items():
            options[name] = shape(**{each.name: options.pop(each.name) for each in fields(shape)})
        with httpx.Client(base_url=api, timeout=PATIENCE_SECONDS, headers=asking) as http:
            try:
                command(Remote(http, _console(), as_json, again or _new_key()), *arguments, **options)
            except (httpx.RequestError, httpx.InvalidURL) as error:
                _unreachable(api, error)

    run.__signature__ = signature.replace(parameters=[*own, *added])  # type: ignore[attr-defined] # read by inspect
    run.__annotations__ = {each.name: each.annotation for each in (*own, *added)}
    return run


def _options_of(shape: Any) -> list[inspect.Parameter]:
    """Give the options that the fields of a shape are."""
    types = get_type_hints(shape, include_extras=True)
    empty = inspect.Parameter.empty
    return [_option(f.name, types[f.name], empty if f.default is MISSING else f.default) for f in fields(shape)]


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def table(*columns: str, rows: Sequence[Sequence[str | Text]], title: str = "") -> Table:
    """Give a plain table; its first column, an id that people copy, stays on one line."""
    made = Table(*columns, title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    made.columns[0].no_wrap = True
    for row in rows:
        made.add_row(*row)
    return made


def variables(given: list[str] | None) -> dict[str, Any]:
    """Read `name=value` pairs; a value is JSON, or else text.

    Raises:
        typer.BadParameter: a pair has no `=`.
    """
    read: dict[str, Any] = {}
    for pair in given or []:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise typer.BadParameter(f"'{pair}' is not name=value")
        read[name] = _value(value)
    return read


def _new_key() -> str:
    return f"cli-{uuid.uuid4()}"


def _console() -> Console:
    console = Console(markup=False)
    return console if console.is_terminal else Console(markup=False, width=WIDTH)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


def _token(file: Path | None) -> dict[str, str]:
    """Give the header that says who asks."""
    try:
        token = file.read_text(encoding="utf-8").strip() if file else os.environ.get("PATHWAYS_TOKEN", "")
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"the token cannot be read: {error}", param_hint="--token-file") from error
    if not token:
        raise typer.BadParameter("set PATHWAYS_TOKEN to a bearer token, or name a file", param_hint="--token-file")
    if not (token.isascii() and token.isprintable()):
        raise typer.BadParameter("a bearer token is one line of plain letters and signs", param_hint="--token-file")
    return {"Authorization": f"Bearer {token}"}


def _acting_for(organisation: str) -> dict[str, str]:
    """Give the header that says for which of their organisations somebody asks."""
    if not (organisation.isascii() and organisation.isprintable()):
        raise typer.BadParameter("it is one line of plain letters and signs", param_hint="--organisation")
    return {"X-Organisation": organisation} if organisation else {}


def _stop(method: str, response: httpx.Response) -> NoReturn:
    """Say what happened, where, and what to do (problem+json), and end."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    typer.echo(f"{problem.get('title', response.reason_phrase)}: {problem.get('detail', '')}", err=True)
    for each in problem.get("errors", ()):
        typer.echo(f"  {each.get('where', '')}: {each.get('message', '')}", err=True)
    typer.echo(f"  where: {method} {response.url} → {response.status_code}", err=True)
    typer.echo(f"  what to do: {problem.get('remedy', 'Look into the log of the API.')}", err=True)
    if problem.get("request_id"):
        typer.echo(f"  request id: {problem['request_id']}", err=True)
    if response.status_code >= SERVER_ERROR:
        _tell_key(response.request)
    raise typer.Exit(UNREACHABLE if response.status_code >= SERVER_ERROR else REFUSED)


def _tell_key(request: httpx.Request) -> None:
    """Say under which key the same command does once what may have been done."""
    if key := request.headers.get("Idempotency-Key"):
        typer.echo(f"  to send it again: the same command with `--again {key}`; it is done once", err=True)


def _no_api(where: str) -> NoReturn:
    typer.echo("What answers is not the API: its answer is no JSON.", err=True)
    typer.echo(f"  where: {where}", err=True)
    typer.echo("  what to do: Name the API's own address with --api or PATHWAYS_API.", err=True)
    raise typer.Exit(UNREACHABLE)


def _unreachable(api: str, error: Exception) -> NoReturn:
    typer.echo(f"The API does not answer: {type(error).__name__}", err=True)
    typer.echo(f"  where: {api}", err=True)
    typer.echo(
        "  what to do: Start it (`pathways up`, `pathways api`), or name it with --api or PATHWAYS_API.", err=True
    )
    if isinstance(error, httpx.ReadTimeout | httpx.RemoteProtocolError | httpx.ReadError):
        _tell_key(error.request)
    raise typer.Exit(UNREACHABLE) from error
