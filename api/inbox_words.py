"""In which words does somebody read what they were told? What a patient or carer was told of a step, in theirs.

A rung of a ladder tells patients of a step in the words of those who work on it: its title, level and due time.
"""

from dataclasses import dataclass

from api.claims import Person
from api.deps import Visit
from api.patient_notices import plain
from api.patient_view import preferred_language
from api.sides import patient_roles, working_roles


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and in which language as a patient."""

    me: Person
    language: str

    def reads(self, kind: str, recipient: str, key: str, text: str) -> str:
        """Give what they read of the notice with this key, that was told to a `role` or `person` of this name."""
        return plain(key, text, self.language) if self._as_patient(kind, recipient) else text

    def _as_patient(self, kind: str, recipient: str) -> bool:
        """By name somebody is told as a patient when they are nothing else here."""
        roles = patient_roles(self.me)
        return recipient in roles if kind == "role" else bool(roles) and not working_roles(self.me)


async def reader_of(asked: Visit) -> Reader:
    """Give who asks, as a reader."""
    return Reader(asked.me, await preferred_language(asked) if patient_roles(asked.me) else "")
