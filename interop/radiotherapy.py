"""Does a code or its words mean radiotherapy?"""

import re

from interop.codes import SNOMED, canonical
from interop.referral import Coded

CODES = frozenset(
    {
        (SNOMED, "108290001"),  # Radiation oncology AND/OR radiotherapy
        (SNOMED, "33195004"),  # Teleradiotherapy procedure
        (SNOMED, "385798007"),  # Radiation therapy care
    }
)
WORDS = re.compile(r"radiotherap|radiation (therapy|treatment|oncology)|chemoradi", re.IGNORECASE)


def is_radiotherapy(coded: Coded) -> bool:
    """Whether the statement is about radiotherapy, by code or, failing that, by word."""
    if any((canonical(coding.system), coding.code) in CODES for coding in coded.codings()):
        return True
    return WORDS.search(coded.words()) is not None
