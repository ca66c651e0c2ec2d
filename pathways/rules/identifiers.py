"""Does this text name a patient identifier, or hold one? Words such as NHS number, and values that look like one."""

import re

IDENTIFIERS = (
    "nhs number",
    "nhs no",
    "nhs id",
    "chi number",
    "hospital number",
    "medical record number",
    "mrn",
    "ssn",
    "social security",
    "national insurance",
    "insurance number",
    "passport number",
    "patient id",
    "patient identifier",
    "patient number",
    "patient name",
    "first name",
    "given name",
    "last name",
    "family name",
    "full name",
    "surname",
    "maiden name",
    "birth date",
    "birthdate",
    "birthday",
    "date of birth",
    "dob",
    "home address",
    "patient address",
    "postcode",
    "zip code",
    "phone number",
    "telephone",
    "email address",
    "patient email",
    "patient phone",
)
"""Words for what identifies a patient, in lower case."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NAMED = re.compile(rf"\b(?:{'|'.join(map(re.escape, IDENTIFIERS))})s?\b")
_TEN_DIGITS = re.compile(r"(?<![\d.-])(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?![\d.-])")
_SOCIAL_SECURITY = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_RECORD_NUMBER = re.compile(r"\bMRN[ :#-]*\d{4,}", re.IGNORECASE)
_BORN = re.compile(
    r"\b(?:dob|born|d\.o\.b\.)[ :]*(?:on )?(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})", re.IGNORECASE
)
_WEIGHTS = range(10, 1, -1)


def named_identifier(text: str) -> str | None:
    """The patient identifier that a name or text speaks of, written in any case (`nhsNumber`, `NHS_number`)."""
    spoken = " ".join(word.lower() for word in _WORDS.findall(text))
    found = _NAMED.search(spoken)
    return found.group() if found else None


def identifier_value(text: str) -> str | None:
    """What kind of patient identifier stands in the text itself; its value is not repeated."""
    if any(_is_nhs_number("".join(found)) for found in _TEN_DIGITS.findall(text)):
        return "an NHS number"
    if _SOCIAL_SECURITY.search(text):
        return "a social security number"
    if _RECORD_NUMBER.search(text):
        return "a medical record number"
    return "a date of birth" if _BORN.search(text) else None


def _is_nhs_number(digits: str) -> bool:
    """Modulus 11, as the NHS Data Dictionary defines the check digit."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    check = 11 - total % 11
    return len(set(digits)) > 1 and check != 10 and (0 if check == 11 else check) == int(digits[9])
