"""How would one write the same pathways by hand? One Temporal workflow each: updates with validators, activities.

Nothing is general here. A change is projected once per workflow task, an answer waits for it, and what an administrator
looks for is a search attribute, as in ours.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from bench.host.shapes import CHECK, ROLE, Change, Completion, Done, Opened, Order, Question

SHOW = "bench.show"
WAITING_FOR = SearchAttributeKey.for_keyword_list("WaitingFor")
CASE_STATE = SearchAttributeKey.for_keyword("CaseState")
STUCK = SearchAttributeKey.for_bool("Stuck")
EXPECTED = timedelta(days=7)
REMINDERS = (timedelta(hours=24), timedelta(hours=24))
WITHOUT_END = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=10))


class Steps:
    """What the three workflows share: a person's task, a service's task, and how they are shown."""

    def __init__(self, order: Order) -> None:
        """Begin with nothing open."""
        self.order = order
        self.open: Opened | None = None
        self.values: dict[str, object] = dict(order.variables)
        self._completion: Completion | None = None
        self._unshown: Completion | None = None
        self._begun = self._shown = 0

    async def person(self, element: str, title: str, *, number: int = 1, reminders: tuple[timedelta, ...] = ()) -> None:
        """Open a task, wait until a person has completed it."""
        due_at = workflow.now() + reminders[0] if reminders else None
        self.open = Opened(f"{element}#{number}", element, title, ROLE, due_at)
        await self.show(element, opened=self.open)
        if reminders:
            ladder = asyncio.create_task(self._remind(element, reminders))
            await workflow.wait_condition(lambda: self._completion is not None)
            ladder.cancel()
        else:
            await self._completed_or_stuck()
        assert self._completion is not None
        self.values |= self._completion.values
        self._completion = None

    async def _completed_or_stuck(self) -> None:
        """Wait for the person; mark the case when that takes longer than expected."""
        try:
            await workflow.wait_condition(lambda: self._completion is not None, timeout=EXPECTED)
        except TimeoutError:
            workflow.upsert_search_attributes([STUCK.value_set(True)])
            await workflow.wait_condition(lambda: self._completion is not None)
            workflow.upsert_search_attributes([STUCK.value_set(False)])

    async def service(self, element: str) -> None:
        """Ask the service; the case waits for it."""
        await self.show(element)
        answer = await workflow.execute_activity(
            CHECK,
            Question(self.order.case_id, element, self.values),
            result_type=dict[str, object],
            start_to_close_timeout=timedelta(seconds=30),
        )
        self.values |= answer

    async def end(self) -> None:
        """Show that the case is over, and let the last answer out."""
        await self.show("", ended=True)
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def show(self, waiting_for: str, *, opened: Opened | None = None, ended: bool = False) -> None:
        """Write one change to the read model and to the search attributes."""
        self._begun += 1
        number = self._begun
        now_open = [waiting_for] if waiting_for else []
        state = (CASE_STATE.value_set("completed" if ended else "running"),) if ended or number == 1 else ()
        workflow.upsert_search_attributes([WAITING_FOR.value_set(now_open), *state])
        closed, self._unshown = self._unshown, None
        change = Change(
            case_id=self.order.case_id,
            at=workflow.now(),
            pathway=workflow.info().workflow_type,
            begins=number == 1,
            closed=closed,
            opened=opened,
            ended=ended,
        )
        run = workflow.execute_local_activity if self.order.projection == "local" else workflow.execute_activity
        await run(SHOW, change, start_to_close_timeout=timedelta(seconds=30), retry_policy=WITHOUT_END)
        self._shown = max(self._shown, number)

    def check(self, completion: Completion) -> None:
        """Refuse what is not open."""
        if self.open is None or self.open.task != completion.task:
            raise ApplicationError(f"{completion.task} is not open", type="not-open", non_retryable=True)

    async def complete(self, completion: Completion) -> Done:
        """Complete the open task; answer when that can be read."""
        self._completion = self._unshown = completion
        self.open = None
        return await self.answer(self._begun + 1)

    async def answer(self, number: int = 1) -> Done:
        """Answer when so many changes can be read."""
        await workflow.wait_condition(lambda: self._shown >= number)
        return Done(self.open.task if self.open else "")

    async def _remind(self, element: str, pauses: tuple[timedelta, ...]) -> None:
        for pause in pauses:
            await workflow.sleep(pause)
            await self.show(element)


@workflow.defn(name="Referral by hand")
class ReferralByHand:
    """Five tasks of people, the second with a ladder; two services."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        """Begin."""
        self._steps = Steps(order)

    @workflow.run
    async def run(self, _order: Order) -> str:
        """Go from step to step."""
        await self._steps.person("write", "Write the referral")
        await self._steps.service("check")
        await self._steps.person("triage", "Triage the referral", reminders=REMINDERS)
        await self._steps.person("book", "Book the visit")
        await self._steps.service("confirm")
        await self._steps.person("report", "Report the visit")
        await self._steps.person("acknowledge", "Acknowledge the report")
        await self._steps.end()
        return "completed"

    @workflow.update
    async def started(self) -> Done:
        """Answer when the first wait can be read."""
        return await self._steps.answer()

    @workflow.update
    async def complete_task(self, completion: Completion) -> Done:
        """Complete a task."""
        return await self._steps.complete(completion)

    @complete_task.validator
    def _check(self, completion: Completion) -> None:
        self._steps.check(completion)


@workflow.defn(name="Wait by hand")
class WaitByHand:
    """A timer, then a task."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        """Begin."""
        self._steps = Steps(order)

    @workflow.run
    async def run(self, order: Order) -> str:
        """Wait until it is time, then for a person."""
        await self._steps.show("pause")
        assert order.due is not None
        await workflow.sleep(max(order.due - workflow.now(), timedelta(0)))
        await self._steps.person("after", "Look after the wait")
        await self._steps.end()
        return "completed"

    @workflow.update
    async def started(self) -> Done:
        """Answer when the first wait can be read."""
        return await self._steps.answer()


@workflow.defn(name="Rounds by hand")
class RoundsByHand:
    """The same task again and again."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        """Begin."""
        self._steps = Steps(order)

    @workflow.run
    async def run(self, _order: Order) -> str:
        """Go round."""
        number = 0
        while True:
            number += 1
            await self._steps.person("visit", "See the patient again", number=number)

    @workflow.update
    async def started(self) -> Done:
        """Answer when the first wait can be read."""
        return await self._steps.answer()

    @workflow.update
    async def complete_task(self, completion: Completion) -> Done:
        """Complete a task."""
        return await self._steps.complete(completion)

    @complete_task.validator
    def _check(self, completion: Completion) -> None:
        self._steps.check(completion)


@workflow.defn
class Nothing:
    """Updates that do nothing, write nothing and say nothing: what the SDK alone takes to replay them."""

    @workflow.run
    async def run(self) -> None:
        """Wait for ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def nothing(self) -> None:
        """Answer at once."""


WORKFLOWS = (ReferralByHand, WaitByHand, RoundsByHand, Nothing)
