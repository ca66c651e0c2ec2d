"""Which resources came in, and which one does a reference mean (FHIR R4 §2.36.4)?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from interop.errors import InteropError
from interop.fhir.bindings import BUNDLE_TYPE
from interop.node import Node, unread_paths

ACCEPTED_BUNDLES = ("transaction", "collection", "message", "document")
ENCLOSED_BUNDLES = ("document", "collection")
"""What may stand within a Bundle, as the documents of BSeR do in its messages: what it holds came along too."""

INSTEAD_OF_BATCH = "The entries of a batch are independent: POST each referral by itself, or one as a transaction."
CHANGES_MEANING = ("modifierExtension", "implicitRules")
CONTAINERS = ("ServiceRequest", "Task", "Composition", "PractitionerRole", "MedicationRequest", "MedicationStatement")
MAX_RESOURCES = 5_000
ELSEWHERE = {
    "ReferralRequest": "STU3",
    "ProcedureRequest": "STU3",
    "ServiceRequest.reason": "R5",
    "ServiceRequest.code.concept": "R5",
    "MedicationRequest.medication": "R5",
    "MedicationStatement.medication": "R5",
}
"""What other versions of FHIR have in the place of what R4 has, and which: read as R4, its content would be lost."""

SEARCHED = re.compile(r"(?P<kind>[A-Z]\w+)\?identifier=((?P<system>[^|&]*)\|)?(?P<value>[^|&]+)")
"""A conditional reference of a transaction (FHIR R4, RESTful API: Transactions)."""

LAST_PART = re.compile("[/:]")
"""A relative reference may mean an entry that has its id in `fullUrl` alone (transactions of Synthea's kind)."""


@dataclass(frozen=True, slots=True)
class Resources:
    """Every resource of one posting; `root` is the Bundle or the single resource."""

    root: Node
    all: tuple[Node, ...]
    by_reference: Mapping[str, Node | None]

    def of_type(self, name: str) -> tuple[Node, ...]:
        """The resources of that type, in order, contained ones last."""
        return tuple(node for node in self.all if type_of(node) == name)

    def resolve(self, reference: Node, *, within: Node) -> Node | None:
        """The resource that a Reference element points to, or None when it did not come along."""
        text = reference.get("reference").text()
        if text is None or "?" in text:
            return self._identified(reference)
        holder = within.where.partition(".contained[")[0]
        key = f"{holder}{text}" if text.startswith("#") else text.partition("/_history/")[0]
        return self.by_reference.get(key)

    def _identified(self, reference: Node) -> Node | None:
        """The one resource that has the identifier which a reference names; looking for it reads nothing of others."""
        kind, system, value = _sought(reference.value)
        of_kind = self.of_type(kind) if kind else self.all
        found = [each for each in of_kind if value and _has_identifier(each.value, system, value)]
        if len(found) != 1:
            return None
        reference.get("identifier").keep()
        reference.get("type").keep()
        return found[0]

    def known_as(self, node: Node) -> tuple[str | None, str | None]:
        """The id of a resource, its own or the last part of its fullUrl, and the address at which it has that id."""
        names = (key for key, found in self.by_reference.items() if found is not None and found.where == node.where)
        url = next((name for name in names if ":" in name), "")
        return node.get("id").text() or LAST_PART.split(url)[-1] or None, url.rpartition("/")[0] or None

    def required(self, reference: Node, *, within: Node, type_name: str) -> Node:
        """The resource of that type that a Reference points to, which must have come along.

        Raises:
            InteropError: it did not, or it is of another type.
        """
        target = self.resolve(reference, within=within)
        if target is None:
            raise reference.fail(
                f"points to no {type_name} that came along",
                f"Send the {type_name} in the same Bundle or contained.",
            )
        if type_of(target) != type_name:
            raise reference.fail(f"does not point to a {type_name}", f"Point to a {type_name}.")
        return target


def _sought(reference: object) -> tuple[str, object, object]:
    """Type (empty: any), system and value by which a reference asks for a resource, as a search or an identifier.

    Without its system a number names nobody for sure: it is found only where it stands without one.
    """
    said = reference if isinstance(reference, dict) else {}
    searched = SEARCHED.fullmatch(str(said.get("reference", "")))
    if searched:
        return searched["kind"], unquote(searched["system"] or "") or None, unquote(searched["value"])
    identifier = said.get("identifier")
    named = identifier if isinstance(identifier, dict) else {}
    return str(said.get("type", "")), named.get("system"), named.get("value")


def _has_identifier(resource: object, system: object, value: object) -> bool:
    listed = resource.get("identifier") if isinstance(resource, dict) else None
    named = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return any((each.get("system"), each.get("value")) == (system, value) for each in named)


def type_of(node: Node) -> str:
    """The resource type."""
    return node.required("resourceType").required_text()


def read_resources(value: object) -> Resources:
    """Index a Bundle (transaction, collection, message or document) or a single resource with contained ones.

    Raises:
        InteropError: not a resource, a Bundle of another type, or an entry without resource.
    """
    kind = type_of(Node(value, "resource"))
    root = Node(value, kind[:60] if kind.isalpha() else "resource")
    type_of(root)
    if kind != "Bundle":
        return _index(root, (root,), {})
    _check_bundle_type(root)
    entries = _entries(root)
    if len(entries) > MAX_RESOURCES:
        raise root.fail(f"has more than {MAX_RESOURCES} entries", "Send one referral per Bundle.")
    by_reference: dict[str, Node | None] = {}
    for entry in entries:
        entry.get("request").keep()
        resource = entry.required("resource")
        url = entry.get("fullUrl").text()
        if url is not None:
            _claim(by_reference, url, resource)
            _claim(by_reference, f"{type_of(resource)}/{LAST_PART.split(url)[-1]}", resource)
    return _index(root, tuple(entry.get("resource") for entry in entries), by_reference)


def _entries(bundle: Node) -> tuple[Node, ...]:
    """The entries of a Bundle, and after them those of the Bundles that it encloses."""
    bundle.get("type").keep()
    entries = bundle.get("entry").items()
    enclosed = [each.get("resource") for each in entries if _is_enclosed(each.get("resource").value)]
    return (*entries, *(entry for each in enclosed for entry in _entries(each)))


def _is_enclosed(resource: object) -> bool:
    said = resource if isinstance(resource, dict) else {}
    return said.get("resourceType") == "Bundle" and said.get("type") in ENCLOSED_BUNDLES


def _check_bundle_type(root: Node) -> None:
    kind = root.required("type")
    said = kind.choice(BUNDLE_TYPE, binding="BundleType")
    if said not in ACCEPTED_BUNDLES:
        remedy = INSTEAD_OF_BATCH if said == "batch" else f"Send one of: {', '.join(ACCEPTED_BUNDLES)}."
        raise kind.fail("is not a type that carries one referral", remedy)


def _index(root: Node, resources: tuple[Node, ...], by_reference: dict[str, Node | None]) -> Resources:
    contained: list[Node] = []
    for resource in resources:
        identity = resource.get("id").text()
        for key in (f"{type_of(resource)}/{identity}", f"urn:uuid:{identity}") if identity is not None else ():
            _claim(by_reference, key, resource)
        for inner in resource.get("contained").items() if _may_contain(resource) else ():
            inner_id = inner.required("id").required_text().removeprefix("#")
            by_reference[f"{resource.where}#{inner_id}"] = inner
            contained.append(inner)
    return Resources(root, (*resources, *contained), by_reference)


def _claim(by_reference: dict[str, Node | None], key: str, resource: Node) -> None:
    """What names two different resources names none, so that nobody is taken for somebody else."""
    known = by_reference.setdefault(key, resource)
    if known is not None and known.value != resource.value:
        by_reference[key] = None


def refuse_other_versions(resources: Resources) -> None:
    """Refuse what is written as another version of FHIR writes it.

    Raises:
        InteropError: it is; the version is named.
    """
    for path, version in ELSEWHERE.items():
        kind, *members = path.split(".")
        for node in resources.of_type(kind):
            if _holds(node.value, members):
                where = ".".join((node.where, *members))
                raise InteropError(f"is FHIR {version}", where=where, remedy="Send it as FHIR R4 (4.0.1) has it.")


def _holds(value: object, members: Sequence[str]) -> bool:
    for name in members:
        value = value.get(name) if isinstance(value, dict) else None
    return value is not None


def _may_contain(resource: Node) -> bool:
    """Only what we read may be opened: touching another resource would hide that it is not carried."""
    return type_of(resource) in CONTAINERS


def is_same_patient(target: Node, patient: Node) -> bool:
    """Whether a resource is the patient, or a copy that says the very same of them (contained, or under another id)."""
    return target.where == patient.where or _said_of(target) == _said_of(patient)


def _said_of(resource: Node) -> object:
    value = resource.value
    return (
        {name: value[name] for name in value if name not in ("id", "meta", "text")}
        if isinstance(value, dict)
        else value
    )


def refuse_other_patient(node: Node, patient: Node, resources: Resources) -> None:
    """Refuse what is about another patient of the Bundle (hazard: wrong patient).

    Raises:
        InteropError: its subject is another Patient that came along.
    """
    subject = node.get("subject")
    target = resources.resolve(subject, within=node)
    if target is not None and type_of(target) == "Patient" and not is_same_patient(target, patient):
        raise subject.fail("is not the referred patient", "Send one patient's data only.")


def refuse_unread_modifiers(resources: Resources) -> None:
    """Refuse elements that change the meaning of what was read (FHIR R4 §2.4.0.1, §2.26.3.3.1).

    Raises:
        InteropError: a modifierExtension or implicitRules stands in a resource that was read.
    """
    for _, where in unread_paths(resources.root):
        name = where.rpartition(".")[2]
        if name in CHANGES_MEANING:
            raise InteropError(
                f"{name} may change the meaning and is not understood",
                where=where,
                remedy="Send the referral without it.",
            )
