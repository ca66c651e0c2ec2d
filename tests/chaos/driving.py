"""How does the world act on one case? By its plan, through the API only: refer, send results, do tasks, acknowledge."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.client import WITHIN, Callers, Said, Unanswered
from tests.chaos.plan import RESULTS, CasePlan, Delivery

LOOK_AGAIN = 1.0


class World:
    """Everybody who acts on the cases of one run; `prefix` keeps the referrals of one seed apart from another's."""

    def __init__(self, callers: Callers, prefix: str) -> None:
        self.callers = callers
        self.prefix = prefix
        self.cases: dict[int, str] = {}

    def referral_id(self, number: int) -> str:
        return f"{self.prefix}-{number}"

    async def live(self, plan: CasePlan) -> None:
        """Act on one case from before its referral until nobody has anything left to do."""
        async with asyncio.TaskGroup() as acts:
            for number, delivery in enumerate(plan.deliveries):
                acts.create_task(self._deliver(plan, delivery, number))
            for copy in range(plan.copies):
                acts.create_task(self._refer(plan, copy))
            acts.create_task(self._care(plan))
        if plan.late_result:
            await self._send_result(plan, Delivery("image", 0, "gateway", 0.0), "late", "amended")

    async def _refer(self, plan: CasePlan, copy: int) -> None:
        """Send the referral; each copy is a call of its own, and only one of them may begin a case."""
        await asyncio.sleep(plan.refer_after)
        reference = self.referral_id(plan.number)
        said = await self.callers.change(
            "refer",
            plan.number,
            "dr.wren",
            "/referrals",
            key=f"refer-{reference}-{copy}",
            skew=copy * -86_400.0,
            params={"pathway": "storm", "key": [f"{reference}-{short}" for _, short in RESULTS.values()]},
            json=referral(reference, plan.route),
        )
        if said.status not in (201, 409) or "case_id" not in said.body:
            raise Unanswered(f"referral {reference} was answered {said.status}: {said.body}")
        if self.cases.setdefault(plan.number, said.body["case_id"]) != said.body["case_id"]:
            raise Unanswered(f"referral {reference} is two cases")

    async def _deliver(self, plan: CasePlan, delivery: Delivery, number: int) -> None:
        await asyncio.sleep(delivery.after)
        await self._send_result(plan, delivery, str(number), "final")

    async def _send_result(self, plan: CasePlan, delivery: Delivery, number: str, status: str) -> Said:
        kind, short = RESULTS[delivery.result]
        reference = self.referral_id(plan.number)
        issued = datetime(1999, 12, 31, tzinfo=UTC) + timedelta(days=plan.number * 30)
        keyed = delivery.skew > 0
        return await self.callers.change(
            f"result {delivery.result} {status}",
            plan.number,
            delivery.by,
            "/results",
            key=f"result-{reference}-{number}" if keyed else "",
            skew=delivery.skew,
            json={
                "order_id": f"{reference}-{short}",
                "report_id": f"R-{short}",
                "kind": kind,
                "status": status,
                "conclusion": f"Nothing to worry about in {short}",
                "patient": {"identifiers": [{"value": f"MRN-{reference}"}]},
                "issued": issued.isoformat(),
            },
        )

    async def _care(self, plan: CasePlan) -> None:
        """Do what people do in this case, when it is time for it."""
        while plan.number not in self.cases:
            await asyncio.sleep(0.2)
        case_id = self.cases[plan.number]
        match plan.route:
            case "told":
                task = await self._task(case_id, "Triage", "dr.owl")
                await self._until(case_id, "escalated", "Triage", 3)
                async with asyncio.TaskGroup() as rivals:
                    for person in plan.rivals:
                        rivals.create_task(self._complete(plan, task, person, "triage"))
            case "calls":
                task = await self._task(case_id, "See the patient", "ms.falcon")
                await self._until(case_id, "completed", "Coordinator told", 1)
                await self._complete(plan, task, "ms.falcon", "see")
            case "many":
                task = await self._task(case_id, "Plan", "dr.eagle")
                await self._complete(plan, task, "dr.eagle", "plan")
            case "cycle":
                task = await self._task(case_id, "Watch", "ms.lark")
                await self._until(case_id, "completed", "Reminded", 3)
                await self._complete(plan, task, "ms.lark", "watch")
            case _:
                pass
        await self._complete(plan, await self._task(case_id, "Acknowledge", "dr.wren"), "dr.wren", "ack")

    async def _task(self, case_id: str, title: str, person: str) -> str:
        """Find an open task in the person's worklist."""
        deadline = asyncio.get_running_loop().time() + WITHIN
        while asyncio.get_running_loop().time() < deadline:
            page = await self.callers.read("/tasks", person, case=case_id)
            for task in page["items"] if page else ():
                if task["title"] == title:
                    found: str = task["id"]
                    return found
            await asyncio.sleep(LOOK_AGAIN)
        raise Unanswered(f"task {title!r} of {case_id} never opened")

    async def _until(self, case_id: str, fact: str, title: str, times: int) -> None:
        """Wait until something has happened so often, as the timeline tells it."""
        deadline = asyncio.get_running_loop().time() + WITHIN
        while asyncio.get_running_loop().time() < deadline:
            told = await self.callers.read(f"/cases/{case_id}/timeline", "c.hazel", everything=True)
            if sum(entry["fact"] == fact and entry["step"] == title for entry in told or ()) >= times:
                return
            await asyncio.sleep(LOOK_AGAIN)
        raise Unanswered(f"{case_id}: {title} was not {fact} {times} times")

    async def _complete(self, plan: CasePlan, task: str, person: str, step: str) -> None:
        said = await self.callers.change(
            f"complete {step}",
            plan.number,
            person,
            f"/tasks/{task}/complete",
            key=f"{step}-{self.referral_id(plan.number)}",
            json={"values": {f"{step}_by": person}},
        )
        if said.status not in (200, 409):
            raise Unanswered(f"{step} of {plan.number} was answered {said.status}: {said.body}")


def referral(reference: str, route: str) -> dict[str, Any]:
    """A referral of a synthetic patient; its clinical question names the way through the pathway."""
    return {
        "referral_id": reference,
        "assigner": "example-clinic",
        "reason": [{"text": "A storm"}],
        "clinical_question": route,
        "priority": "urgent",
        "service_code": {"text": "ent_head_neck"},
        "patient": {"identifiers": [{"value": f"MRN-{reference}"}], "name": "Testina Sample"},
        "requester": {"name": "Dr Doe", "reply_to": "answers@practice.example"},
    }
