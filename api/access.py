"""Who may do what? Roles of the pathways and `roles.yaml` decide; a token's claims alone never do."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from api.claims import Person
from records.tables import ServiceInbox, Task


@dataclass(frozen=True, slots=True)
class Access:
    """The role lists of `roles.yaml`."""

    administrators: frozenset[str]
    overseers: frozenset[str]
    refer: frozenset[str]
    send_messages: frozenset[str]
    broadcast_signals: frozenset[str]
    move_clocks: frozenset[str]
    review_access: frozenset[str]
    record_proxies: frozenset[str]
    wrong_patients: frozenset[str]
    print_letters: frozenset[str]
    read_experiences: frozenset[str]
    requesters: frozenset[str]

    @classmethod
    def read(cls, path: Path = Path(__file__).parent / "roles.yaml") -> "Access":
        """Read the lists from a YAML file."""
        lists = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(**{name: frozenset(roles) for name, roles in lists.items()})

    def administers(self, person: Person) -> bool:
        """Whether they may repair and cancel cases and read what Temporal keeps."""
        return person.has_any(self.administrators)

    def oversees(self, person: Person) -> bool:
        """Whether they may see where every case stands."""
        return person.has_any(self.overseers)

    def may_refer(self, person: Person) -> bool:
        """Whether they may send referrals."""
        return person.has_any(self.refer)

    def may_send_messages(self, person: Person) -> bool:
        """Whether they may bring messages from outside."""
        return person.has_any(self.send_messages)

    def may_print_letters(self, person: Person) -> bool:
        """Whether they may print and send letters to patients."""
        return person.has_any(self.print_letters)

    def may_broadcast(self, person: Person) -> bool:
        """Whether they may tell something to all cases at once."""
        return person.has_any(self.broadcast_signals)

    def may_move_clocks(self, person: Person) -> bool:
        """Whether they may move, stop and resume the clocks of a case."""
        return person.has_any(self.move_clocks)


def names(person: Person, task: Task) -> bool:
    """Whether a task is for this very person: it names them, or they hold it."""
    return task.assignee == person.id or person.id in task.users


def speaks_for(person: Person, delivery: ServiceInbox) -> bool:
    """Whether they may answer a referral for the service: its team, its named contact, or the deputy."""
    return delivery.service in person.teams or person.id in (delivery.named_contact, delivery.deputy)
