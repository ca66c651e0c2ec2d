"""Who is referred in the demo? Synthetic patients, named after flowers and stones: nobody can take them for real."""

from dataclasses import dataclass
from datetime import date

GIVEN = (
    ("Marigold", "female"),
    ("Aster", "male"),
    ("Primrose", "female"),
    ("Basil", "male"),
    ("Dahlia", "female"),
    ("Oleander", "male"),
    ("Clover", "female"),
    ("Thistle", "male"),
    ("Bryony", "female"),
    ("Lupin", "male"),
    ("Tansy", "female"),
)
FAMILY = ("Basalt", "Flint", "Granite", "Marble", "Slate", "Obsidian", "Quartz")


@dataclass(frozen=True, slots=True)
class Patient:
    """A synthetic patient; `number` is their medical record number."""

    number: str
    given: str
    family: str
    gender: str
    birth_date: date

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"


def patient(batch: str, index: int) -> Patient:
    """Give the patient of the referral `index` (from 0) of a batch: always the same one, no two alike in a batch."""
    given, gender = GIVEN[index % len(GIVEN)]
    family = FAMILY[index % len(FAMILY)]
    born = date(1944 + (index * 7) % 36, 1 + index % 12, 1 + (index * 5) % 28)
    return Patient(f"MRN-{batch}-{index + 1:02}", given, family, gender, born)
