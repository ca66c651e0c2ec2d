"""How is a pathway walked by the API alone? Each task is done by whom it is for, each awaited message is brought."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from api.surroundings import system_clock
from demo.client import Refused
from demo.storyline import at
from tests.e2e.conftest import Stack, dental_referral
from tests.e2e.filling import fill

Json = Any
LONGEST = 150
"""Rounds of a walk: one more means that it goes in circles."""

ENDED_MEANWHILE = 409
NO_SUCH_PATIENT = 422
QUIET = 12
"""Looks without anything to do before a walk says that the case is stuck."""

STARTS = "treatment.started"
"""Some pathways hear of it at any time, as of an exception: it comes when a step of the case waits for it."""

BROUGHT = (
    "referral.info_supplied",
    "appointment.attended",
    "imaging.performed",
    "imaging.report",
    "pathology.report",
    "lab.result",
    STARTS,
)
"""What comes without being asked for, in the order in which a case waits for it."""

REPORTS = frozenset({"imaging.report", "pathology.report", "lab.result"})
"""What says of whom it is: else it is held until somebody has looked."""

TOLD: Mapping[str, Mapping[str, Json]] = {
    "referral.info_supplied": {"supplied_information": "Nothing new"},
    "appointment.attended": {"seen_at": {"hours": 0}},
    "imaging.performed": {"performed_at": {"hours": 0}, "accession": "ACC-1"},
    "treatment.started": {"treatment": "radiotherapy", "start_date": {"days": 0}},
}


class Stuck(Exception):
    """A walk cannot go on; the message says how the case stands."""


@dataclass
class Walk:
    """One patient on one pathway. `answers`: by form or by name of a field; a tuple is said one after another.

    `never`: messages that do not come. `skips`: steps and timers whose clock is moved to now. `done`: titles in order.
    `asked`: what the patient agrees to is not on record yet.
    """

    stack: Stack
    sender: str
    watcher: str
    answers: Mapping[str, Json] = field(default_factory=dict)
    never: Sequence[str] = ()
    skips: Sequence[str] = ()
    asked: bool = False
    case_id: str = ""
    patient_id: str = ""
    referral_id: str = ""
    done: list[str] = field(default_factory=list)
    who: dict[str, str] = field(default_factory=dict)
    brought: Counter[str] = field(default_factory=Counter)

    async def refer(self, pathway: str, **patient: Json) -> None:
        """Send a referral as the system of its organisation; what the patient has agreed to is put on record."""
        self.referral_id = f"W-{uuid4().hex[:10]}"
        person = {"identifiers": [{"value": self.referral_id}], "name": "Testina Walker", "birth_date": "1961-04-02"}
        sent = dental_referral(self.referral_id, patient={**person, **patient})
        begun = await self.stack.api.post(self.sender, "/referrals", sent, pathway=pathway)
        self.case_id, self.patient_id = begun["case_id"], begun["patient_id"]
        self.stack.api.owns("patient.fern", self.patient_id)
        if not self.asked:
            said = {"status": "given", "given_by": "patient", "method": "verbal"}
            await self.stack.api.post(self.watcher, f"/patients/{self.patient_id}/consents", said)

    async def on(self, *, to: str = "", message: str = "") -> Json:
        """Walk until a task with this title is open, or the case waits for this message, or it ends.

        Raises:
            Stuck: nothing more happens.
            NotInTime: nobody may do what is open.
        """
        quiet = 0
        for _ in range(LONGEST):
            case = await self.case()
            if case["status"] != "running" or self._arrived(case, to, message):
                return case
            if await self._one(case):
                quiet = 0
            elif (quiet := quiet + 1) > QUIET:
                break
            else:
                await asyncio.sleep(0.5)
        raise Stuck(f"after {self.done}: {_stands(case)}")

    async def one(self, title: str) -> None:
        """Do the task with this title."""
        case = await self.case()
        await self._do(next(task["id"] for task in case["tasks"] if task["title"] == title))

    async def case(self) -> Json:
        """Give the case as the coordinator of its sender sees it."""
        return await self.stack.api.get(self.watcher, f"/cases/{self.case_id}")

    async def late(self, clock: str, opens: str) -> None:
        """Move one clock to now while everything else stays as it is, and wait for the task that it opens."""
        kept, self.skips = self.skips, (clock,)
        assert await self._skip(await self.case()), f"no clock {clock}"
        self.skips = kept

        async def look() -> bool | None:
            return opens in {task["title"] for task in (await self.case())["tasks"]} or None

        await self.stack.api.until(f"“{opens}”", look)

    async def ended(self) -> Json:
        """Wait until the case is over, without doing anything more."""

        async def look() -> Json | None:
            case = await self.case()
            return case if case["status"] != "running" else None

        return await self.stack.api.until("the end of the case", look)

    async def at_rest(self) -> Json:
        """Wait until nothing is left to do or to wait for, also in what the case called."""

        async def look() -> Json | None:
            case = await self.case()
            return case if not case["tasks"] and not case["waits"] else None

        return await self.stack.api.until("nothing left of the case", look)

    async def task(self, title: str, person: str) -> Json:
        """Give the open task with this title as somebody sees it."""
        found = next(task["id"] for task in (await self.case())["tasks"] if task["title"] == title)
        return await self.stack.api.get(person, f"/tasks/{found}")

    async def tell(self, name: str, key: str, by: str = "", **variables: Json) -> str:
        """Bring a message as a system, and say what became of it."""
        whose = {"patient_id": self.patient_id} if name in REPORTS else {}
        body = {"name": name, "correlation_key": key, "message_id": uuid4().hex, "variables": {**whose, **variables}}
        answer = await self.stack.api.post(by or self.sender, "/messages", body)
        return str(answer["status"])

    def _arrived(self, case: Json, to: str, message: str) -> bool:
        titles, names = [task["title"] for task in case["tasks"]], [each["name"] for each in case["messages"]]
        return (bool(to) and to in titles) or (bool(message) and message in names)

    async def _one(self, case: Json) -> bool:
        """Do one thing, the first that there is: a task, a message, a clock."""
        for task in case["tasks"]:
            return await self._do(task["id"])
        return await self._answer_inboxes(case) or await self._bring(case) or await self._skip(case)

    async def _do(self, task_id: str) -> bool:
        person, task = await self._whose(task_id)
        if "claim" not in task["links"]:
            return True  # it was withdrawn since it was listed: what ends a step takes a moment to come to it
        values = at(fill(task, self.answers, self.done), system_clock())
        try:
            await self.stack.api.post(person, task["links"]["claim"])
            await self.stack.api.post(person, task["links"]["complete"], {"values": values})
        except Refused as refusal:
            if refusal.status != ENDED_MEANWHILE:
                raise
            return True  # it was withdrawn since it was read; a case that always refuses ends the walk as stuck
        self.done.append(task["title"])
        self.who[task["title"]] = person
        return True

    async def _whose(self, task_id: str) -> tuple[str, Json]:
        """Find somebody who sees the task and may do it; organisations and who covers are let in by the sweep."""

        async def look() -> tuple[str, Json] | None:
            for person in self._could((await self.stack.ask(self.watcher, "GET", f"/tasks/{task_id}")).json()):
                answer = await self.stack.ask(person, "GET", f"/tasks/{task_id}")
                if answer.status_code == 200 and answer.json()["may_do"]:
                    return person, answer.json()
            return None

        title = (await self.stack.ask(self.watcher, "GET", f"/tasks/{task_id}")).json()["title"]
        return await self.stack.api.until(f"somebody who may do “{title}”", look)

    def _could(self, line: Json) -> Sequence[str]:
        """Whom a task may be for as it stands: named people first, then everybody with one of its roles."""
        people, roles = self.stack.api.people, set(line["roles"])
        named = (each for each in (line["assignee"], *line["people"]) if each in people)
        return (*named, *(each for each in people if roles & {*people[each]["roles"]}))

    async def _answer_inboxes(self, case: Json) -> bool:
        """A service that has no endpoint acknowledges in its inbox; one that is asked to accept accepts."""
        accepting = {each["correlation_key"] for each in case["messages"] if each["name"] == "referral.status.accepted"}
        if not accepting and "referral.received" not in {each["name"] for each in case["messages"]}:
            return False
        for person, who in self.stack.api.people.items():
            for team in who.get("teams", ()):
                if await self._answers(person, team, accepting):
                    return True
        return False

    async def _answers(self, person: str, team: str, accepting: Collection[str]) -> bool:
        """Accept what waits to be accepted, also what was acknowledged before; acknowledge the rest."""
        answer = await self.stack.ask(person, "GET", f"/services/{team}/inbox")
        found = answer.json() if answer.status_code == 200 else []
        ours = [each for each in found if each["case_id"].startswith(self.case_id)]
        waits = [each for each in ours if each["referral"].get("referral_id", self.referral_id) in accepting]
        mine = waits or [each for each in ours if not each["acknowledged_at"]]
        verb = "accept" if waits else "acknowledge"
        for each in mine:
            await self.stack.api.post(person, each["links"][verb], {"named_contact": person})
        return bool(mine)

    async def _bring(self, case: Json) -> bool:
        comes = [name for name in BROUGHT if name not in self.never and (name != STARTS or _awaits_start(case))]
        waits = [each for name in comes for each in case["messages"] if each["name"] == name]
        for wait in waits:
            key = f"{wait['name']} {wait['correlation_key']}"
            if self.brought[key] < 3 and await self._sent(wait["name"], wait["correlation_key"]):
                self.brought[key] += 1
                return True
        return False

    async def _sent(self, name: str, key: str) -> bool:
        """Bring a message by the system of an organisation in whose case somebody waits for it."""
        variables = at({**TOLD.get(name, {}), **self.answers.get(name, {})}, system_clock())
        if name.endswith(".report"):
            variables = {"report": {"conclusion": "Walked"}, **variables}
        for system in (self.sender, "gateway", "gateway.beacon"):
            try:
                if await self.tell(name, key, system, **variables) == "delivered":
                    return True
            except Refused as refusal:
                if refusal.status != NO_SUCH_PATIENT:
                    raise
        return False

    async def _skip(self, case: Json) -> bool:
        """Move the clock of a step that the walk skips to now, as the coordinator who may."""
        called = (each["link"] for each in case["called"] if each["status"] == "running")
        for link in (f"/cases/{self.case_id}", *called):
            for timer in await self.stack.api.get(self.watcher, f"{link}/timers"):
                named = any(skip == timer["step"] or f"'{skip}'" in timer["what"] for skip in self.skips)
                if named and not timer["stopped_at"] and self.brought[timer["target"]] < 3:
                    self.brought[timer["target"]] += 1
                    moved = {"due_at": system_clock().isoformat(), "reason": "a walk"}
                    await self.stack.api.post(self.watcher, timer["links"]["move"], moved)
                    return True
        return False


def _stands(case: Json) -> str:
    waits = [(each["step"], each["kind"]) for each in case["waits"]]
    return f"{case['status']}, waits {waits}, messages {[each['name'] for each in case['messages']]}"


async def opened(walk: Walk, title: str) -> None:
    """Wait for a task without doing anything else."""

    async def look() -> bool | None:
        return title in {task["title"] for task in (await walk.case())["tasks"]} or None

    await walk.stack.api.until(f"“{title}”", look)


def _awaits_start(case: Json) -> bool:
    waits = [wait["step"].lower() for wait in case["waits"] if wait["kind"] in ("message", "event")]
    return any("treatment" in step or "radiotherapy" in step for step in waits)
