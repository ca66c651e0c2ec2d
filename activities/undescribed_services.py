"""To which services do pathways refer that a directory does not describe? Asked by `pathways check --directory`."""

from collections.abc import Iterable, Iterator

from activities.directory import Directory
from pathways.bpmn.findings import Finding
from pathways.bpmn.model import Definition
from pathways.near import suggestion
from pathways.rules.work import services_of


def undescribed(directory: Directory, file: str, definitions: Iterable[Definition]) -> Iterator[Finding]:
    """Give a warning for each service that a step names and nobody describes; none where no service is described.

    It may be described later, without a new version of the pathway: until then it has an inbox in this system.
    """
    wanted = {service: f"{step} of '{pathway}'" for service, step, pathway in _named(definitions)}
    for service, step in sorted(wanted.items()) if directory.services else ():
        if service not in directory.services:
            message = (
                f"The service '{service}', to which {step} refers, is not described: perhaps nobody reads its inbox."
            )
            remedy = f"{suggestion(service, directory.services)}Describe it under `services` of the directory."
            yield Finding("service-not-described", "warning", file, 0, service, message, remedy)


def _named(definitions: Iterable[Definition]) -> Iterator[tuple[str, str, str]]:
    for definition in definitions:
        for node in definition.nodes.values():
            yield from ((service, f"'{node.title}'", definition.key) for service in services_of(node))
