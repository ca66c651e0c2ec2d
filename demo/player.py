"""How is a storyline played? Step after step over the API; each waits until what it acts on is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, assert_never

import httpx

from demo import fhir, plain, x360
from demo.client import DUPLICATE, Api, NotInTime, Refused
from demo.patients import Patient, patient
from demo.standing import lacks, stands
from demo.storyline import (
    Acknowledges,
    Again,
    Answer,
    Arrives,
    Asks,
    Do,
    HasReport,
    MoveDate,
    Sees,
    Step,
    Story,
    at,
)
from demo.watching import COORDINATOR

INTEGRATION = "integration"
DOORS = {"360x": "over IHE 360X", "fhir": "as a FHIR bundle", "json": "as JSON"}
REQUESTED = "referral.requested"
Json = Any
Say = Callable[[str], None]


@dataclass(slots=True)
class Played:
    """A storyline that is or was played: its case, and what was seen on the way.

    `watcher`: the coordinator of who sent it, who sees the case. `answers`: of the API, by what was asked, and tasks
    by their form. `acknowledged`: hand-offs of results, in their order.
    """

    story: Story
    referral_id: str
    patient: Patient
    watcher: str = ""
    case_id: str = ""
    patient_id: str = ""
    order_id: str = ""
    answers: dict[str, Json] = field(default_factory=dict)
    acknowledged: list[Json] = field(default_factory=list)
    repeated: Mapping[str, Json] | None = None
    due_before_move: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def short(self) -> str:
        """The case as people call it."""
        return short(self.case_id)


def short(case_id: str) -> str:
    """Give the first characters of a case id: enough to find it in a table."""
    return case_id.removeprefix("case-")[:6]


@dataclass(slots=True)
class Player:
    """Plays storylines of one batch; `say` hears of every step in plain words.

    `results`: the address of the systems that hold reports (`demo/results_system.py`).
    """

    api: Api
    batch: str
    say: Say
    results: str = ""

    def cast(self, stories: tuple[Story, ...]) -> list[Played]:
        """Give every storyline its referral id and its patient; they are new in every batch."""
        places = {story.id: index for index, story in enumerate(stories)}
        return [
            Played(
                story,
                referral_id=f"REF-{self.batch}-{index + 1:02}",
                patient=patient(self.batch, places.get(story.patient_of, index)),
                watcher=self.api.of(story.sender, COORDINATOR),
            )
            for index, story in enumerate(stories)
        ]

    async def refer(self, played: Played) -> None:
        """Send the referral: the case begins, and that the patient agrees to sharing is put on record."""
        answer = await self._send(played)
        played.case_id, played.patient_id = _begun(played.story, answer)
        how, sender = DOORS[played.story.over], played.story.sender.replace("_", " ")
        self.say(f"A referral of {sender} arrives {how} and becomes case {played.short}: {played.story.tells}")
        if played.story.own_record_of:
            self.api.owns(played.story.own_record_of, played.patient_id)
        if played.story.consent:
            said = {"status": "given", "given_by": "patient", "method": "verbal"}
            await self.api.post(played.watcher, f"/patients/{played.patient_id}/consents", said)

    async def play(self, played: Played) -> None:
        """Play every step after the referral.

        Raises:
            NotInTime: what a step acts on did not appear; the message says how the case stands.
            Refused: the API refused a step.
        """
        for step in played.story.steps:
            await self.step(played, step)
        await self._sees(played, played.story.then)

    async def step(self, played: Played, step: Step) -> None:
        """Play one step of a storyline.

        Raises:
            NotInTime, Refused: see `play`.
        """
        match step:
            case Do():
                await self._do(played, step)
            case Answer():
                await self._answer(played, step)
            case Arrives():
                await self._arrives(played, step)
            case HasReport():
                await self._holds(played, step)
            case MoveDate():
                await self._move(played, step)
            case Again():
                await self._again(played)
            case Acknowledges():
                await self._acknowledges(played, step)
            case Asks():
                await self._asks(played, step)
            case Sees():
                await self._sees(played, step.standing)
            case _:
                assert_never(step)

    async def _send(self, played: Played) -> Json:
        story, now = played.story, datetime.now(UTC)
        about = (played.referral_id, played.patient, at(story.referral, now))
        system = self.api.of(story.sender, INTEGRATION)
        asked = {"pathway": story.pathway} if story.pathway else {}
        match story.over:
            case "fhir":
                return await self.api.post(system, "/fhir", fhir.bundle(*about, now, story.sender), **asked)
            case "360x":
                return await self.api.post(system, "/ihe/360x", x360.envelope(*about, now), **asked)
            case "json":
                return await self.api.post(system, "/referrals", plain.plain(*about, story.sender), **asked)
            case _:
                assert_never(story.over)

    async def _again(self, played: Played) -> None:
        try:
            await self._send(played)
        except Refused as refusal:
            if refusal.status != DUPLICATE:
                raise
            played.repeated = refusal.problem
            self.say(f"The referral of case {played.short} arrives a second time: it stays one case")

    async def _do(self, played: Played, step: Do) -> None:
        """Worklist, claim, complete; before it, somebody of another organisation is handed the task by name."""
        if step.handed_by:
            await self._hand(played, step)
        task = await self._task(played, step.form, step.by, **({"case": None} if step.beside else {}))
        who = self.api.name(step.by)
        await self.api.post(step.by, task["links"]["claim"])
        if step.only_claim:
            self.say(f"{who} takes “{task['title']}” of case {played.short}")
            return
        values = {**_shown(task), **at(step.values, datetime.now(UTC))}
        await self.api.post(step.by, task["links"]["complete"], {"values": values})
        played.answers[step.form] = task
        self.say(f"{who} completes “{task['title']}” of case {played.short}")

    async def _hand(self, played: Played, step: Do) -> None:
        task = await self._task(played, step.form, step.handed_by, role=self.api.people[step.by]["roles"])
        await self.api.post(step.handed_by, f"{task['links']['self']}/delegate", {"to": step.by})
        giver, taker = self.api.name(step.handed_by), self.api.name(step.by)
        self.say(f"{giver} hands “{task['title']}” of case {played.short} to {taker} of another organisation")

    async def _task(self, played: Played, form: str, person: str, **query: Json) -> Json:
        """Find the task with this form among those of the case in a person's worklist."""

        asked = {name: value for name, value in {"case": played.case_id, **query}.items() if value is not None}

        async def look() -> Json | None:
            page = await self.api.get(person, "/tasks", sort="created", **asked)
            line = next((line for line in page["items"] if line["form_id"] == form), None)
            return await self.api.get(person, line["links"]["self"]) if line else None

        return await self._until(played, f"the task {form} for {self.api.name(person)}", look)

    async def _asks(self, played: Played, step: Asks) -> None:
        """Ask for anything else; what was answered is kept under what was done."""
        task = await self._task(played, step.task, step.by) if step.task else {"id": ""}
        known = {"case": played.case_id, "patient": played.patient_id, "referral": played.referral_id}
        known |= {"task": task["id"], "order": played.order_id, "born": played.patient.birth_date.isoformat()}
        path, body = step.path.format(**known), _filled(at(step.body, datetime.now(UTC)), known)
        try:
            asking = self.api.get(step.by, path) if step.method == "GET" else self.api.post(step.by, path, body)
            played.answers[step.says] = await asking
        except Refused as refusal:
            if refusal.status != step.refused:
                raise
            played.answers[step.says] = {"status": refusal.status}
        self.say(f"{self.api.name(step.by)} {step.says} case {played.short}")

    async def _acknowledges(self, played: Played, step: Acknowledges) -> None:
        async def look() -> Json | None:
            handed = await self.api.get(step.by, "/handoffs")
            return next((each for each in handed if _within(each["case_id"], played.case_id)), None)

        handoff = await self._until(played, f"a result handed to {self.api.name(step.by)}", look)
        handed = await self.api.post(step.by, handoff["links"]["acknowledge"])
        played.acknowledged.append(handed)
        self.say(f"{self.api.name(step.by)} acknowledges by name a result of case {played.short}")

    async def _answer(self, played: Played, step: Answer) -> None:
        service = step.service or str(self.api.people[step.by]["teams"][0])

        async def look() -> Json | None:
            inbox = await self.api.get(step.by, f"/services/{service}/inbox")
            mine = [each for each in inbox if _within(each["case_id"], played.case_id) and _is_request(each)]
            return mine[-1] if mine else None

        delivery = await self._until(played, f"its referral in the inbox of {service}", look)
        body = at(step.body, datetime.now(UTC))
        await self.api.post(step.by, delivery["links"][step.answer], body)
        verb = {"accept": "accepts", "decline": "declines", "return": "returns", "acknowledge": "acknowledges"}
        self.say(f"{self.api.name(step.by)} {verb[step.answer]} the referral of case {played.short}")

    async def _arrives(self, played: Played, step: Arrives) -> None:
        """Bring a message under the key that the case waits with, through the door that fits it."""
        key = await self._awaited_key(played, step.message, step.key_ends)
        variables = at(step.variables, datetime.now(UTC))
        identity = f"{step.message}:{key}:{sha256(str(variables).encode()).hexdigest()[:12]}"
        match step.message.partition("."):
            case ("imaging" | "pathology" as kind, _, "report"):
                played.order_id = key
                whose = {"birth_date": played.patient.birth_date.isoformat()}
                report = {"order_id": key, "report_id": f"RPT-{key}", "kind": kind, "patient": whose, **variables}
                await self.api.post(step.by, "/results", report)
            case ("appointment", _, status):
                told = {"referral_id": key, "appointment_id": f"APP-{key}", "status": status, **variables}
                await self.api.post(step.by, "/appointments", told)
            case _:
                whose = {"patient_id": played.patient_id} if step.message == "lab.result" else {}
                body = {"correlation_key": key, "message_id": identity, "variables": {**variables, **whose}}
                await self.api.post(step.by, "/messages", {"name": step.message, **body})
        self.say(f"{step.message.replace('.', ' ').capitalize()} arrives for case {played.short}")

    async def _holds(self, played: Played, step: HasReport) -> None:
        """Put a report into the system of whoever does the order, which does not send it."""
        key = await self._awaited_key(played, step.message)
        report = {"conclusion": step.conclusion, "birth_date": played.patient.birth_date.isoformat()}
        async with httpx.AsyncClient(base_url=self.results) as http:
            (await http.put(f"/reports/{key}", json=report)).raise_for_status()
        self.say(f"The system of imaging has the report of case {played.short}, and does not send it")

    async def _awaited_key(self, played: Played, message: str, key_ends: str = "") -> str:
        async def look() -> str | None:
            case = await self.api.get(played.watcher, f"/cases/{played.case_id}")
            waits = [wait["correlation_key"] for wait in case["messages"] if wait["name"] == message]
            return next((key for key in waits if key.endswith(key_ends)), None)

        found: str = await self._until(played, f"someone to wait for {message}", look)
        return found

    async def _move(self, played: Played, step: MoveDate) -> None:
        case = await self.api.get(played.watcher, f"/cases/{played.case_id}")
        played.due_before_move = {wait["step"]: wait["until"] for wait in case["waits"]}
        change = at(step.change, datetime.now(UTC))
        await self.api.post(step.by, f"/cases/{played.case_id}/dates", change)
        what, when = change["treatment"], change["new_date"]
        self.say(f"{self.api.name(step.by)} moves the {what} of case {played.short} to {when}")

    async def _sees(self, played: Played, standing: Mapping[str, Json]) -> None:
        async def look() -> Json | None:
            case = await self.api.get(played.watcher, f"/cases/{played.case_id}")
            return None if lacks(case, standing) else case

        await self._until(played, f"{dict(standing)}", look)

    async def _until(self, played: Played, what: str, look: Any) -> Any:
        try:
            return await self.api.until(what, look)
        except NotInTime as late:
            case = await self.api.get(played.watcher, f"/cases/{played.case_id}")
            raise NotInTime(f"{late} in case {played.short} ({played.story.id}), which {stands(case)}") from late


def _shown(task: Json) -> dict[str, Json]:
    """Give what the form already shows; whoever fills it in leaves it as it is."""
    fields = {component.get("key") for component in task["form"]["components"]}
    return {name: value for name, value in task["values"].items() if name in fields and value is not None}


def _filled(value: Json, known: Mapping[str, str]) -> Json:
    """Fill what is known into the texts of a body."""
    match value:
        case str():
            return value.format(**known)
        case Mapping():
            return {name: _filled(each, known) for name, each in value.items()}
        case list():
            return [_filled(each, known) for each in value]
        case _:
            return value


def _begun(story: Story, answer: Json) -> tuple[str, str]:
    """Give the ids of the case and of its patient, from the answer of the door that it came through."""
    match story.over:
        case "fhir":
            return answer["id"], answer["for"]["identifier"]["value"]
        case "360x":
            return answer["case"]["case_id"], answer["case"]["patient_id"]
        case "json":
            return answer["case_id"], answer["patient_id"]
        case _:
            assert_never(story.over)


def _within(case_id: str, root: str) -> bool:
    return case_id == root or case_id.startswith(f"{root}/")


def _is_request(delivery: Json) -> bool:
    return bool(delivery["referral"].get("message") == REQUESTED and delivery["state"] != "acknowledged")
