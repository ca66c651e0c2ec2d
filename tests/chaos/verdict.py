"""Was anything lost, did anything happen twice, is every case where it belongs? One line per finding; none is good."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import SQLModel, select

from records.database import Database
from records.projection.rebuild import DERIVED, rebuild
from records.queries.audit_chain import broken_audit
from records.tables import FactRecord
from tests.chaos.client import Journal
from tests.chaos.driving import World
from tests.chaos.outside import Outside
from tests.chaos.plan import RESULTS, CasePlan
from tests.chaos.shape import Records, Shape, differences, shape_of

STEPS = ("triage", "see", "plan", "watch", "ack")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is judged: plans, what callers saw, what is on record, what happened outside, between two moments."""

    plans: Sequence[CasePlan]
    world: World
    journal: Journal
    records: Records
    outside: Outside
    reference: Mapping[tuple[str, bool], Shape]
    begun: datetime
    ended: datetime


def findings(evidence: Evidence) -> list[str]:
    """Everything that should not be."""
    return [
        *_misplaced(evidence),
        *_strangers(evidence),
        *_twice(evidence),
        *_lost_completions(evidence),
        *_wrongly_refused(evidence),
        *_lost_messages(evidence),
        *_times(evidence),
    ]


def _misplaced(evidence: Evidence) -> Iterator[str]:
    """Every case is exactly where a case of the same way is that nothing happened to."""
    for plan in evidence.plans:
        root = evidence.world.cases.get(plan.number)
        if root is None:
            yield f"case {plan.number} ({plan.route}) was never begun"
            continue
        found = shape_of(root, evidence.world.referral_id(plan.number), evidence.records, evidence.outside)
        for line in differences(evidence.reference[plan.way], found):
            yield f"case {plan.number} ({plan.route}, {root}): {line}"


def _strangers(evidence: Evidence) -> Iterator[str]:
    """There is no case that nobody referred, and no two of one referral."""
    known = set(evidence.world.cases.values())
    for root in evidence.records.cases:
        if root not in known:
            yield f"case {root} was not referred by anybody"
    if len(known) != len(evidence.world.cases):
        yield "two referrals are one case"
    for key in (*evidence.outside.effects, *evidence.outside.mails):
        if not key.lstrip("<").startswith(tuple(known)):
            yield f"something was sent outside for no case: {key}"


def _twice(evidence: Evidence) -> Iterator[str]:
    """No rung, no offer, no end, no fact number twice."""
    for root, facts in evidence.records.facts.items():
        once = [
            (fact.case_id, fact.fact, fact.activation, fact.detail.get("rung"))
            for fact in facts
            if fact.fact in ("offered", "escalated", "completed", "case_started", "case_ended", "called")
        ]
        for what, times in Counter(once).items():
            if times > 1:
                yield f"{root}: {what} {times} times"
        numbers: dict[str, list[int]] = defaultdict(list)
        for fact in facts:
            numbers[fact.case_id].append(fact.seq)
        for case_id, seen in numbers.items():
            if sorted(seen) != list(range(1, len(seen) + 1)):
                yield f"{case_id}: its facts are not numbered 1 to {len(seen)}"


def _lost_completions(evidence: Evidence) -> Iterator[str]:
    """What was answered well has happened, by whom it was answered; of two rivals one was refused."""
    accepted = Counter(
        (said.what, said.number) for said in evidence.journal.accepted if said.what.startswith("complete")
    )
    for (what, number), times in accepted.items():
        if times > 1:
            yield f"case {number}: {what} was accepted {times} times"
    for said in evidence.journal.accepted:
        step = said.what.removeprefix("complete ")
        if step in STEPS and said.by not in _completed_by(evidence, said.number, step):
            yield f"case {said.number}: {said.what} by {said.by} was answered {said.status} and did not happen"
    begun = Counter(said.number for said in evidence.journal.accepted if said.what == "refer")
    for number, times in begun.items():
        if times > 1:
            yield f"referral {number} was answered 201 to {times} callers"


def _wrongly_refused(evidence: Evidence) -> Iterator[str]:
    """Who is refused is told the truth: somebody has done the step."""
    for said in evidence.journal.refused:
        step = said.what.removeprefix("complete ")
        if step in STEPS and not _completed_by(evidence, said.number, step):
            yield f"case {said.number}: {said.what} was refused ({said.body.get('detail')}) and nobody has done it"


def _completed_by(evidence: Evidence, number: int, step: str) -> list[str]:
    facts = evidence.records.facts[evidence.world.cases[number]]
    return [str(fact.detail.get("actor")) for fact in facts if fact.fact == "completed" and fact.element == step]


def unheard(evidence: Evidence) -> int:
    """Completions that took effect though their caller was told at last that they were refused: its answer was lost."""
    refused = [said for said in evidence.journal.refused if said.what.startswith("complete")]
    return sum(said.by in _completed_by(evidence, said.number, said.what.removeprefix("complete ")) for said in refused)


def _lost_messages(evidence: Evidence) -> Iterator[str]:
    """Every result that was taken reached its case once; none is left unrouted."""
    rows = {row.message_id: row for row in evidence.records.messages}
    for said in evidence.journal.accepted:
        if said.what.startswith("result") and said.body["message_id"] not in rows:
            yield f"case {said.number}: {said.what} was answered {said.status} and is not on record"
    for plan in evidence.plans:
        if plan.route != "awaits":
            continue
        for kind, short in RESULTS.values():
            message = f"{kind}.report" if kind == "imaging" else "pathology.report"
            identity = f"{message}:{evidence.world.referral_id(plan.number)}-{short}:R-{short}:final"
            row = rows.get(identity)
            if row is None or row.status != "delivered":
                yield f"case {plan.number}: {identity} is {row.status if row else 'not on record'}"
    for row in evidence.records.messages:
        if row.status == "received":
            yield f"message {row.message_id} was noted and never routed"


def _times(evidence: Evidence) -> Iterator[str]:
    """Only our own clock counts: every fact lies between begin and end, and a case's times do not run backwards."""
    for root, facts in evidence.records.facts.items():
        last: dict[str, FactRecord] = {}
        for fact in sorted(facts, key=lambda fact: (fact.case_id, fact.seq)):
            if not evidence.begun <= fact.at <= evidence.ended:
                yield f"{root}: fact {fact.seq} ({fact.fact}) happened at {fact.at}"
            before = last.get(fact.case_id)
            if before is not None and fact.at < before.at:
                yield f"{fact.case_id}: fact {fact.seq} is earlier than fact {before.seq}"
            last[fact.case_id] = fact


async def read_model_findings(database: Database) -> list[str]:
    """The read model is what its facts say, and the audit is whole."""
    before = await _derived(database)
    await rebuild(database)
    after = await _derived(database)
    found = [
        f"{table}: {len(before[table] - after[table])} rows differ from what the facts say, such as "
        f"{next(iter(before[table] ^ after[table]))[:400]}"
        for table in before
        if before[table] != after[table]
    ]
    async with database.reader() as session:
        broken = await broken_audit(session)
    return found if broken is None else [*found, f"the audit is broken at row {broken}"]


async def _derived(database: Database) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    async with database.reader() as session:
        for table in DERIVED:
            name = str(table.__tablename__)
            found[name] = {_row(row) for row in await session.exec(select(table))}
    return found


def _row(row: SQLModel) -> str:
    return row.model_dump_json()
