"""Which pathways may run, in which version? Publication: read, validate, pin what is called, hash everything.

A version is the sha256 of its files, ladders and calendars, and of the versions of every process that it calls
(a Merkle hash): equal versions run equally. Pathways that call each other in a circle are hashed together.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from pathways.bpmn.findings import DefinitionError, Finding, is_error
from pathways.bpmn.model import CallSpec, Definition, Ladder, WorkingCalendar
from pathways.bundle import Bundle, is_bundle, read_bundle
from pathways.ladders import library_calendars, library_ladders
from pathways.near import suggestion
from pathways.rules.published import joined, published_findings
from pathways.starts import start_findings
from pathways.weight import weight_findings


@dataclass(frozen=True, slots=True)
class Known:
    """A process that is published already: the version of its pathway, and the tag by which it may be called."""

    sha256: str
    version_tag: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """One published version of a pathway."""

    definition: Definition
    bpmn_source: bytes
    forms: Mapping[str, dict[str, Any]]
    sha256: str
    key: str
    name: str
    findings: tuple[Finding, ...] = ()


def library_folders() -> list[Path]:
    """The folders of the pathways that come with this package."""
    library = Path(__file__).parent / "library"
    return sorted(folder for folder in library.iterdir() if is_bundle(folder))


def publish(
    folders: Iterable[Path],
    *,
    ladders: Mapping[str, Ladder] | None = None,
    calendars: Mapping[str, WorkingCalendar] | None = None,
    published: Mapping[str, Known] | None = None,
) -> list[Publication]:
    """Publish these folders together, in their order; called processes are found among them, else in `published`.

    Raises:
        DefinitionError: any finding is an error; nothing is published.
    """
    bundles = read_bundles(folders, ladders=ladders, calendars=calendars)
    ours = [finding for bundle in bundles for finding in joined(bundle.findings, published_findings(bundle, bundles))]
    findings = (*ours, *set_findings(bundles, published=published or {}))
    if any(map(is_error, findings)):
        raise DefinitionError(findings)
    callers = _by_process(bundles)
    elsewhere = {process: known.sha256 for process, known in (published or {}).items() if process not in callers}
    versions = _versions(bundles, callers, elsewhere)
    return [_publication(bundle, callers, versions, elsewhere, findings) for bundle in bundles]


def read_bundles(
    folders: Iterable[Path],
    *,
    ladders: Mapping[str, Ladder] | None = None,
    calendars: Mapping[str, WorkingCalendar] | None = None,
) -> list[Bundle]:
    """Read folders with the library's ladders and calendars unless others are given.

    Raises:
        DefinitionError: a folder holds no `pathway.bpmn`.
    """
    folders = list(folders)
    missing = [
        Finding("no-diagram", "error", str(folder), 0, None, "This folder has no pathway.bpmn.", "Add it.")
        for folder in folders
        if not is_bundle(folder)
    ]
    if missing:
        raise DefinitionError(missing)
    ladders = library_ladders() if ladders is None else ladders
    calendars = library_calendars() if calendars is None else calendars
    return [read_bundle(folder, ladders=ladders, calendars=calendars) for folder in folders]


def set_findings(bundles: Sequence[Bundle], *, published: Mapping[str, Known] | None = None) -> list[Finding]:
    """Processes that are called and not there, that are there twice, or that nobody would ever start."""
    known = _by_process(bundles)
    there = {**(published or {}), **_tags(known)}
    named = [
        finding
        for bundle in bundles
        for finding in (*_missing_calls(bundle, there), *_unpublished_starts(bundle, there))
    ]
    unfit = [finding for bundle in bundles for finding in _unfit_processes(bundle, known)]
    called = {process for bundle in bundles for process in _calls(bundle)}
    return [*named, *unfit, *start_findings(bundles, called), *weight_findings(bundles)]


def _unfit_processes(bundle: Bundle, known: Mapping[str, Bundle]) -> Iterator[Finding]:
    for process in bundle.definition.processes if bundle.definition else ():
        at = (bundle.file, process.line, process.id)
        if not process.executable:
            message = f"The process {process.id!r} is marked as not executable."
            yield Finding("not-executable", "error", *at, message, 'Set isExecutable="true" on it.')
        if known[process.id] is not bundle:
            message = f"The process id {process.id!r} is also used by {known[process.id].file}."
            yield Finding("duplicate-process", "error", *at, message, "Change one of them.")


def _tags(known: Mapping[str, Bundle]) -> dict[str, Known]:
    return {process: Known("", bundle.definition.version_tag) for process, bundle in known.items() if bundle.definition}


def _missing_calls(bundle: Bundle, there: Mapping[str, Known]) -> list[Finding]:
    nodes = bundle.definition.nodes.values() if bundle.definition else ()
    return [
        Finding(
            "missing-process",
            "error",
            bundle.file,
            node.line,
            node.id,
            f"The called process {_named(node.call)!r} is not among the pathways that are published.",
            f"{suggestion(node.call.process_id, there)}Publish its folder together with this one, free of errors.",
        )
        for node in nodes
        if node.call and not _is_there(node.call, there)
    ]


def _unpublished_starts(bundle: Bundle, there: Mapping[str, Known]) -> Iterator[Finding]:
    """Steps that begin another pathway which is not published; it may be, until the step is reached."""
    for node in bundle.definition.nodes.values() if bundle.definition else ():
        pathway = node.work.headers.get("pathway", "") if node.work else ""
        if pathway and pathway not in there:
            message = f"{node.title!r} begins the pathway {pathway!r}, which is not published here."
            remedy = f"{suggestion(pathway, there)}Publish it before a case comes here."
            yield Finding("unpublished-pathway", "warning", bundle.file, node.line, node.id, message, remedy)


def _is_there(call: CallSpec, there: Mapping[str, Known]) -> bool:
    called = there.get(call.process_id)
    return called is not None and call.accepts(called.version_tag)


def _named(call: CallSpec) -> str:
    """A call that is computed when it is made cannot be pinned, so that its expression stands in the finding."""
    name = call.process_id or f"={call.process_expression}"
    return f"{name} in version {call.version_tag}" if call.version_tag else name


def _by_process(bundles: Sequence[Bundle]) -> dict[str, Bundle]:
    """The first bundle that holds each process."""
    return {
        process.id: bundle
        for bundle in reversed(bundles)
        if bundle.definition
        for process in bundle.definition.processes
    }


def _calls(bundle: Bundle) -> list[str]:
    nodes = bundle.definition.nodes.values() if bundle.definition else ()
    return sorted({node.call.process_id for node in nodes if node.call})


def _versions(bundles: Sequence[Bundle], known: Mapping[str, Bundle], elsewhere: Mapping[str, str]) -> dict[str, str]:
    """The version of each bundle by its file, circles of calls hashed as one."""
    called = {b.file: {known[process].file for process in _calls(b) if process in known} for b in bundles}
    pinned = {b.file: {elsewhere[process] for process in _calls(b) if process in elsewhere} for b in bundles}
    reached = {file: _reached(file, called) for file in called}
    digests = {bundle.file: bundle.digest for bundle in bundles}
    versions: dict[str, str] = {}
    for file in sorted(called, key=lambda file: (len(reached[file]), file)):  # who is called comes first
        circle = sorted(other for other in reached[file] if file in reached[other])
        outside = {other for member in circle for other in called[member]} - set(circle)
        fixed = {version for member in circle for version in pinned[member]}
        below = sorted(fixed | {versions[other] for other in outside})
        parts = [sorted(digests[member] for member in circle), below]
        versions[file] = sha256(json.dumps([digests[file], parts]).encode()).hexdigest()
    return versions


def _reached(file: str, called: Mapping[str, set[str]]) -> set[str]:
    """A bundle and every bundle that it calls, directly or not."""
    reached, waiting = {file}, [file]
    while waiting:
        fresh = called[waiting.pop()] - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached


def _publication(
    bundle: Bundle,
    known: Mapping[str, Bundle],
    versions: Mapping[str, str],
    elsewhere: Mapping[str, str],
    findings: Sequence[Finding],
) -> Publication:
    assert bundle.definition is not None
    together = {process: versions[known[process].file] for process in _calls(bundle) if process in known}
    definition = replace(
        bundle.definition,
        sha256=versions[bundle.file],
        calls={process: together.get(process) or elsewhere[process] for process in _calls(bundle)},
        forms=dict(bundle.form_digests),
    )
    return Publication(
        definition=definition,
        bpmn_source=bundle.bpmn_source,
        forms=bundle.forms,
        sha256=definition.sha256,
        key=definition.key,
        name=definition.name,
        findings=tuple(finding for finding in findings if Path(finding.file).parent == bundle.folder),
    )
