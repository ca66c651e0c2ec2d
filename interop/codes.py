"""Which URI names a code system that HL7 v2 and C-CDA name otherwise?

Sources: HL7 Terminology (THO) identifier lists, HL7 v2 table 0396, C-CDA R2.1.
"""

import re

SNOMED = "http://snomed.info/sct"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
NPI = "http://hl7.org/fhir/sid/us-npi"

SYSTEM_OF_OID = {
    "2.16.840.1.113883.6.96": SNOMED,
    "2.16.840.1.113883.6.1": LOINC,
    "2.16.840.1.113883.6.3": ICD_10,
    "2.16.840.1.113883.6.90": ICD_10_CM,
    "2.16.840.1.113883.6.103": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
    "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.13": "http://www.ada.org/cdt",
    "2.16.840.1.113883.6.285": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "2.16.840.1.113883.3.3150": "http://www.ada.org/snodent",
    "2.16.840.1.113883.3.26.1.1": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "2.16.840.1.113883.4.9": "http://fdasis.nlm.nih.gov",
    "2.16.840.1.113883.4.6": NPI,
    "2.16.840.1.113883.4.1": "http://hl7.org/fhir/sid/us-ssn",
}
NATIONAL_ICD_10 = re.compile(r"http://hl7\.org/fhir/sid/icd-10-[a-z]+|http://fhir\.de/CodeSystem/\w+/icd-10-gm")
OID_OF_SYSTEM = {system: oid for oid, system in SYSTEM_OF_OID.items()}

SYSTEM_OF_V2_NAME = {
    "SCT": SNOMED,
    "LN": LOINC,
    "I10": ICD_10,
    "I10C": ICD_10_CM,
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "C4": "http://www.ama-assn.org/go/cpt",
    "HCPCS": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "CDT": "http://www.ada.org/cdt",
}


def system_of_oid(oid: str | None) -> str | None:
    """The URI of a code system or identifier namespace given as OID; unknown ones as `urn:oid:`, a URI as it is."""
    if oid is not None and ":" in oid:
        return oid
    return SYSTEM_OF_OID.get(oid, f"urn:oid:{oid}") if oid else None


def canonical(system: str | None) -> str | None:
    """The URI by which our rules know a code system that a sender named otherwise.

    An OID, an edition of SNOMED CT (`http://snomed.info/sct/900000000000207008`), or a country's ICD-10, whose
    categories of three characters are those of the WHO; that of the USA goes its own way below them.
    """
    known = system_of_oid((system or "").removeprefix("urn:oid:")) if system else None
    if known and known.startswith(f"{SNOMED}/"):
        return SNOMED
    return ICD_10 if known and known != ICD_10_CM and NATIONAL_ICD_10.fullmatch(known) else known


def oid_of_system(system: str | None) -> str | None:
    """The OID of a code system given as URI; None when it has none that we know."""
    if system is not None and system.startswith("urn:oid:"):
        return system.removeprefix("urn:oid:")
    return OID_OF_SYSTEM.get(system or "")
