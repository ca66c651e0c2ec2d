"""How is a storyline played? Step after step over the API; each waits until what it acts on is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, assert_never

from demo import fhir, x360
from demo.client import DUPLICATE, Api, NotInTime, Refused
from demo.patients import Patient, patient
from demo.standing import lacks, stands
from demo.storyline import Again, Answer, Arrives, Do, MoveDate, Sees, Step, Story, at

INTEGRATION = "gateway"
COORDINATOR = "c.hazel"
REQUESTED = "referral.requested"
Json = Any
Say = Callable[[str], None]


@dataclass(slots=True)
class Played:
    """A storyline that is or was played: its case, and what was seen on the way."""

    story: Story
    referral_id: str
    patient: Patient
    case_id: str = ""
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
    """Plays storylines of one batch; `say` hears of every step in plain words."""

    api: Api
    batch: str
    say: Say
    forms: dict[str, str] = field(default_factory=dict)

    def cast(self, stories: tuple[Story, ...]) -> list[Played]:
        """Give every storyline its referral id and its patient; they are new in every batch."""
        return [
            Played(story, f"REF-{self.batch}-{index + 1:02}", patient(self.batch, index))
            for index, story in enumerate(stories)
        ]

    async def refer(self, played: Played) -> None:
        """Send the referral: the case begins."""
        answer = await self._send(played)
        played.case_id = answer["id"] if played.story.over == "fhir" else answer["case"]["case_id"]
        how = "as a FHIR bundle" if played.story.over == "fhir" else "over IHE 360X"
        self.say(f"A referral arrives {how} and becomes case {played.short}: {played.story.tells}")

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
            case MoveDate():
                await self._move(played, step)
            case Again():
                await self._again(played)
            case Sees():
                await self._sees(played, step.standing)
            case _:
                assert_never(step)

    async def _send(self, played: Played) -> Json:
        story = played.story
        referral = at(story.referral, datetime.now(UTC))
        about = (played.referral_id, played.patient, referral)
        if story.over == "fhir":
            return await self.api.post(INTEGRATION, "/fhir", fhir.bundle(*about, datetime.now(UTC)))
        return await self.api.post(INTEGRATION, "/ihe/360x", x360.envelope(*about, datetime.now(UTC)))

    async def _again(self, played: Played) -> None:
        try:
            await self._send(played)
        except Refused as refusal:
            if refusal.status != DUPLICATE:
                raise
            played.repeated = refusal.problem
            self.say(f"The referral of case {played.short} arrives a second time: it stays one case")

    async def _do(self, played: Played, step: Do) -> None:
        """Worklist, claim, complete."""
        task = await self._task(played, step)
        who = self.api.name(step.by)
        await self.api.post(step.by, task["links"]["claim"])
        if step.only_claim:
            self.say(f"{who} takes “{task['title']}” of case {played.short}")
            return
        values = {**_shown(task), **at(step.values, datetime.now(UTC))}
        await self.api.post(step.by, task["links"]["complete"], {"values": values})
        self.say(f"{who} completes “{task['title']}” of case {played.short}")

    async def _task(self, played: Played, step: Do) -> Json:
        """Find the task with this form among those of the case that the person may do."""

        async def look() -> Json | None:
            page = await self.api.get(step.by, "/tasks", case=played.case_id, sort="created")
            for line in page["items"]:
                if self.forms.get(line["id"], step.form) == step.form:
                    task = await self.api.get(step.by, line["links"]["self"])
                    self.forms[line["id"]] = task["form_id"]
                    if task["form_id"] == step.form:
                        return task
            return None

        return await self._until(played, f"the task {step.form} for {self.api.name(step.by)}", look)

    async def _answer(self, played: Played, step: Answer) -> None:
        service = str(self.api.people[step.by]["team"])

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
        key = await self._awaited_key(played, step)
        variables = at(step.variables, datetime.now(UTC))
        identity = f"{step.message}:{key}:{len(str(variables))}"
        match step.message.partition("."):
            case ("imaging" | "pathology" as kind, _, "report"):
                report = {"order_id": key, "report_id": f"RPT-{key}", "kind": kind, **variables}
                await self.api.post(step.by, "/results", report)
            case ("appointment", _, status):
                told = {"referral_id": key, "appointment_id": f"APP-{key}", "status": status, **variables}
                await self.api.post(step.by, "/appointments", told)
            case _:
                body = {"correlation_key": key, "message_id": identity, "variables": variables}
                await self.api.post(step.by, "/messages", {"name": step.message, **body})
        self.say(f"{step.message.replace('.', ' ').capitalize()} arrives for case {played.short}")

    async def _awaited_key(self, played: Played, step: Arrives) -> str:
        async def look() -> str | None:
            case = await self.api.get(COORDINATOR, f"/cases/{played.case_id}")
            waits = [wait["correlation_key"] for wait in case["messages"] if wait["name"] == step.message]
            return next((key for key in waits if key.endswith(step.key_ends)), None)

        found: str = await self._until(played, f"someone to wait for {step.message}", look)
        return found

    async def _move(self, played: Played, step: MoveDate) -> None:
        case = await self.api.get(COORDINATOR, f"/cases/{played.case_id}")
        played.due_before_move = {wait["step"]: wait["until"] for wait in case["waits"]}
        change = at(step.change, datetime.now(UTC))
        await self.api.post(step.by, f"/cases/{played.case_id}/dates", change)
        what, when = change["treatment"], change["new_date"]
        self.say(f"{self.api.name(step.by)} moves the {what} of case {played.short} to {when}")

    async def _sees(self, played: Played, standing: Mapping[str, Json]) -> None:
        async def look() -> Json | None:
            case = await self.api.get(COORDINATOR, f"/cases/{played.case_id}")
            return None if lacks(case, standing) else case

        await self._until(played, f"{dict(standing)}", look)

    async def _until(self, played: Played, what: str, look: Any) -> Any:
        try:
            return await self.api.until(what, look)
        except NotInTime as late:
            case = await self.api.get(COORDINATOR, f"/cases/{played.case_id}")
            raise NotInTime(f"{late} in case {played.short} ({played.story.id}), which {stands(case)}") from late


def _shown(task: Json) -> dict[str, Json]:
    """Give what the form already shows; whoever fills it in leaves it as it is."""
    fields = {component.get("key") for component in task["form"]["components"]}
    return {name: value for name, value in task["values"].items() if name in fields and value is not None}


def _within(case_id: str, root: str) -> bool:
    return case_id == root or case_id.startswith(f"{root}/")


def _is_request(delivery: Json) -> bool:
    return bool(delivery["referral"].get("message") == REQUESTED and delivery["state"] != "acknowledged")
