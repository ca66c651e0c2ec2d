"""Who may do what? Roles of the pathways and `roles.yaml` decide; a token's claims alone never do."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from api.tokens import Person
from records.tables import ServiceInbox, Task


@dataclass(frozen=True, slots=True)
class Access:
    """The role lists of `roles.yaml`."""

    administrators: frozenset[str]
    overseers: frozenset[str]
    see_variables: frozenset[str]
    refer: frozenset[str]
    send_messages: frozenset[str]
    broadcast_signals: frozenset[str]
    move_clocks: frozenset[str]

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

    def may_broadcast(self, person: Person) -> bool:
        """Whether they may tell something to all cases at once."""
        return person.has_any(self.broadcast_signals)

    def may_move_clocks(self, person: Person) -> bool:
        """Whether they may move, stop and resume the clocks of a case."""
        return person.has_any(self.move_clocks)

    def may_see_task(self, person: Person, task: Task) -> bool:
        """Whether they may see that a task is there: its people, and whoever oversees."""
        return may_do(person, task) or task.completed_by == person.id or self.oversees(person)


def may_do(person: Person, task: Task) -> bool:
    """Whether a task is theirs to do: it is in a pool of theirs, names them, or they hold it."""
    return task.assignee == person.id or person.id in task.users or person.has_any(frozenset(task.groups))


def speaks_for(person: Person, delivery: ServiceInbox) -> bool:
    """Whether they may answer a referral for the service: its team, its named contact, or the deputy."""
    return person.team == delivery.service or person.id in (delivery.named_contact, delivery.deputy)
