"""Which resources came in, and which one does a reference mean (FHIR R4 §2.36.4)?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from interop.errors import InteropError
from interop.fhir.bindings import BUNDLE_TYPE
from interop.node import Node, unread_paths

ACCEPTED_BUNDLES = ("transaction", "collection", "message", "document")
INSTEAD_OF_BATCH = "The entries of a batch are independent: POST each referral by itself, or one as a transaction."
CHANGES_MEANING = ("modifierExtension", "implicitRules")
CONTAINERS = ("ServiceRequest", "Task", "Composition", "PractitionerRole", "MedicationRequest", "MedicationStatement")
MAX_RESOURCES = 5_000
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
        if text is None:
            return None
        holder = within.where.partition(".contained[")[0]
        key = f"{holder}{text}" if text.startswith("#") else text.partition("/_history/")[0]
        return self.by_reference.get(key)

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
    entries = root.get("entry").items()
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
