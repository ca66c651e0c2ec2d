"""How does a running case go on with another version of its pathway? Every id that its state holds is looked up.

The plan (`pathways.migration`) says which element, flow, rung and event definition stands for which. What runs keeps
its remaining time, its ladder and its people; what the new version added begins to listen; what it dropped stops. A
case that waits where the new version has nothing, or could never wait, is refused and stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pathways.bpmn.model import Definition, FlowNode, MessageTrigger, SignalTrigger, SingleTrigger, parts
from pathways.codec import load
from pathways.migration import MigrationPlan
from workflows.engine import catching, ladder, lifecycle, modifying
from workflows.engine.commands import CancelTimer, StartTimer, Subscribe, Unsubscribe
from workflows.engine.elements import ad_hoc_sub_process, user_task
from workflows.engine.errors import EventRejected
from workflows.engine.events import Migrated, MigrationUndone
from workflows.engine.expressions import Stopped
from workflows.engine.run import Arrival, Behaviour, Run, thaw
from workflows.engine.state import Activation, State, Subscription, Timer, Token

Behaviours = Mapping[str, Behaviour]
_COUNTED_BESIDE = frozenset({"timer", "subscription", "incident"})
"""What is numbered and is no activation."""


def migrate(definition: Definition, state: State, event: Migrated, behaviours: Behaviours) -> Run:
    """Set the case in motion in its new version, with everything that changes noted.

    Raises:
        EventRejected: the plan is for other versions, or the case stands where it cannot go on; all reasons are given.
    """
    plan = event.plan
    if (state.sha256, definition.sha256) != (plan.old_sha256, plan.new_sha256):
        raise EventRejected("invalid", f"case {state.case_id} does not run the version that this plan migrates from")
    reasons = list(dict.fromkeys(_hindrances(definition, state, plan)))
    if reasons:
        raise EventRejected("invalid", "; ".join(reasons))
    run = thaw(definition, _translated(definition, state, plan), behaviours, event.occurred_at)
    _tell(run, state, "migrated", reason=event.reason, actor=event.actor)
    for at in list(run.activations.values()):
        if at.element in definition.nodes or at.id == run.root:
            _go_on(run, at, state, plan)
    _arrive_again_at_joins(run)
    run.conditions_due = True
    modifying.refuse_impossible(run)
    return run


def undo(definition: Definition, state: State, event: MigrationUndone, behaviours: Behaviours) -> Run:
    """Put the case back where it stood before it was migrated; whoever was told otherwise meanwhile is told again.

    Raises:
        EventRejected: it has moved since or by its migration, or was never migrated from there.
    """
    before = load(State, event.before)
    if state.seq != event.migrated_seq or before.case_id != state.case_id or before.sha256 != definition.sha256:
        raise EventRejected("not-open", f"case {state.case_id} has moved on since it was migrated: migrate it back")
    if _moved_by_it(before, state):
        raise EventRejected("not-open", f"case {state.case_id} has moved on by its migration: migrate it back")
    run = thaw(definition, replace(before, seq=state.seq), behaviours, event.occurred_at)
    _tell(run, state, "migration_undone", reason=event.reason, actor=event.actor)
    _tell_again(run, state)
    return run


def _moved_by_it(before: State, state: State) -> bool:
    """Say whether the new version let tokens go on: what they have begun is not called back."""
    begun = [_begun(each) for each in (before, state)]
    return begun[0] != begun[1] or before.buffered != state.buffered or before.ended != state.ended


def _begun(state: State) -> tuple[frozenset[str], int]:
    made = sum(count for name, count in state.activation_counts.items() if name not in _COUNTED_BESIDE)
    return frozenset(state.activations), made


def _tell_again(run: Run, after: State) -> None:
    """Note due times, offers and incidents as they were: those of the new version are gone."""
    for at in list(run.activations.values()):
        was = after.activations[at.id]
        if at.due_at != was.due_at:
            due_at = at.due_at.isoformat() if at.due_at else ""
            run.fact("due_changed", at, due_at=due_at, because="the version before")
        if at.task is not None and at.task != was.task:
            user_task.record_offer(run, at)
    for incident in after.incidents.values():
        if incident.id not in run.incidents:
            at = run.activations[incident.activation]
            run.fact("incident_resolved", at, incident=incident.id, how="gone")


def _hindrances(definition: Definition, state: State, plan: MigrationPlan) -> Iterator[str]:
    if plan.elements.get(state.process) != state.process:
        yield f"the new version has no process {state.process!r}"
        return
    for at in state.activations.values():
        if at.id != state.root:
            yield from _of_activation(definition, state, plan, at)
    for token in state.tokens:
        flow = definition.flows.get(plan.flows.get(token.flow, ""))
        scope = state.activations[token.scope].element
        if flow is None or flow.scope != plan.elements.get(scope):
            yield f"a token waits on flow {token.flow!r}, which the new version does not have there"
    undone = [done.element for c in state.compensations.values() for done in (*c.queue, c.current) if done]
    if any(element not in plan.elements for element in undone):
        yield "a compensation is under way of steps that the new version does not have"


def _of_activation(definition: Definition, state: State, plan: MigrationPlan, at: Activation) -> Iterator[str]:
    new = definition.nodes.get(plan.elements.get(at.element, ""))
    around = state.activations[at.scope].element
    if new is None:
        yield f"it waits at {at.element!r}, which the new version does not have"
    elif at.instance is None and new.scope != plan.elements.get(around):
        yield f"it waits at {at.element!r}, which the new version has in another scope"
    elif at.listening is not None:
        yield f"the listeners of {at.element!r} are at work: try again when they have answered"


def _translated(definition: Definition, state: State, plan: MigrationPlan) -> State:
    """Give the state with every id looked up; what has no counterpart is left out."""
    kept = {at.id: _activation(at, plan) for at in state.activations.values()}
    timers = [_timer(timer, kept, plan, state) for timer in state.timers.values()]
    waits = [_subscription(wait, definition, plan) for wait in state.subscriptions.values()]
    return replace(
        state,
        sha256=definition.sha256,
        activations=kept,
        tokens=tuple(Token(plan.flows[token.flow], token.scope, token.count) for token in state.tokens),
        timers={timer.id: timer for timer in timers if timer is not None},
        subscriptions={wait.id: wait for wait in waits if wait is not None},
        compensables=tuple(
            replace(done, element=plan.elements[done.element])
            for done in state.compensables
            if done.element in plan.elements
        ),
        compensations={
            name: replace(
                running,
                queue=tuple(replace(done, element=plan.elements[done.element]) for done in running.queue),
                current=running.current and replace(running.current, element=plan.elements[running.current.element]),
            )
            for name, running in state.compensations.items()
        },
    )


def _activation(at: Activation, plan: MigrationPlan) -> Activation:
    rungs = plan.rungs.get(at.element, ())
    done = (rungs[number] for number in at.rungs_done if number < len(rungs))
    return replace(
        at,
        element=plan.elements[at.element],
        rungs_done=tuple(number for number in done if number is not None),
        arrived=tuple(new for old in at.arrived if (new := _arrived(old, plan))),
        pending=tuple(plan.elements[element] for element in at.pending if element in plan.elements),
    )


def _arrived(seen: str, plan: MigrationPlan) -> str:
    """Look up what a complex gateway (a flow) or a parallel multiple event (`node:part`) has seen already.

    An ad-hoc sub-process has seen its condition, which has no id.
    """
    if seen == ad_hoc_sub_process.CONDITION:
        return seen
    if seen in plan.flows:
        return plan.flows[seen]
    node, _, part = seen.rpartition(":")
    number = _part(plan, node, int(part)) if part.isdigit() else None
    return f"{plan.elements[node]}:{number}" if number is not None else ""


def _part(plan: MigrationPlan, node: str, part: int) -> int | None:
    numbers = plan.parts.get(node, ())
    return numbers[part] if node in plan.elements and part < len(numbers) else None


def _timer(timer: Timer, kept: Mapping[str, Activation], plan: MigrationPlan, state: State) -> Timer | None:
    if timer.rung is not None:
        rungs = plan.rungs.get(state.activations[timer.activation].element, ())
        rung = rungs[timer.rung] if timer.rung < len(rungs) else None
        return None if rung is None else replace(timer, node=kept[timer.activation].element, rung=rung)
    part = _part(plan, timer.node, timer.part)
    return None if part is None else replace(timer, node=plan.elements[timer.node], part=part)


def _subscription(wait: Subscription, definition: Definition, plan: MigrationPlan) -> Subscription | None:
    part = _part(plan, wait.node, wait.part)
    if part is None:
        return None
    node = definition.nodes[plan.elements[wait.node]]
    same = wait.event == "condition" or _name(parts(node.trigger)[part]) == wait.name
    return replace(wait, node=node.id, part=part) if same else None


def _name(trigger: SingleTrigger) -> str:
    return trigger.name if isinstance(trigger, MessageTrigger | SignalTrigger) else ""


def _tell(run: Run, before: State, fact: str, *, reason: str, actor: str) -> None:
    """Note what is another version's now, what no longer runs, and what runs under another name."""
    about = {"sha256": run.definition.sha256, "version_tag": run.definition.version_tag, "was": before.sha256}
    root = run.activations[run.root]
    run.fact("migrated" if fact == "migrated" else "migration_undone", root, **about, reason=reason, actor=actor)
    for at in run.activations.values():
        old = before.activations.get(at.id)
        if at.id != run.root and old is not None:
            form_id = at.task.form_id if at.task else ""
            run.fact("carried_over", at, was=old.element, scope=at.scope, form_id=form_id)
    _tell_timers(run, before)
    _tell_subscriptions(run, before)


def _tell_timers(run: Run, before: State) -> None:
    for old in before.timers.values():
        if old.id not in run.timers:
            run.fact("timer_cancelled", run.activations.get(old.activation), timer=old.id)
            run.commands.append(CancelTimer(old.id))
    for timer in run.timers.values():
        known = before.timers.get(timer.id)
        if known == timer:
            continue
        at, due_at = run.activations[timer.activation], timer.due_at.isoformat()
        run.fact("timer_started", at, timer=timer.id, due_at=due_at, node=timer.node, rung=timer.rung)
        if known is None:
            _set_going(run, timer)


def _set_going(run: Run, timer: Timer) -> None:
    """Let a timer run that did not; one that stood still before goes on standing still since then."""
    if timer.paused_at is None:
        run.commands.append(StartTimer(timer.id, timer.due_at, run.node(timer.node).title))
        return
    about = {"timer": timer.id, "due_at": timer.due_at.isoformat(), "since": timer.paused_at.isoformat()}
    run.fact("timer_paused", run.activations[timer.activation], node=timer.node, **about)


def _tell_subscriptions(run: Run, before: State) -> None:
    for old in before.subscriptions.values():
        if old.id not in run.subscriptions and old.event != "condition":
            run.fact("unsubscribed", run.activations.get(old.activation), subscription=old.id)
            run.commands.append(Unsubscribe(old.id))
    for wait in run.subscriptions.values():
        known = before.subscriptions.get(wait.id)
        if wait.event == "condition" or known == wait:
            continue
        about = {wait.event: wait.name, "key": wait.correlation_key}
        run.fact("subscribed", run.activations[wait.activation], subscription=wait.id, node=wait.node, **about)
        if known is None:
            run.commands.append(Subscribe(wait.id, wait.name, wait.correlation_key, wait.event))


def _go_on(run: Run, at: Activation, before: State, plan: MigrationPlan) -> None:
    """Let an activation listen to what its element has now, climb what its ladder has now, and be offered anew."""
    known = {new: old for old, new in plan.elements.items()}
    try:
        for node in _listened_to(run, at):
            for part, trigger in enumerate(parts(node.trigger)):
                if _is_new(run, at, node, part, known, plan, before):
                    catching.listen_for(run, at, node, trigger, part=part)
        if at.id != run.root:
            _climb_on(run, run.activations[at.id], plan, known)
            _offer_again(run, run.activations[at.id])
    except Stopped as stop:
        lifecycle.raise_incident(run, at.id, stop)


def _listened_to(run: Run, at: Activation) -> Iterator[FlowNode]:
    """Give the events that listen on behalf of an activation in the new version."""
    if at.stage != "active":
        return
    if at.instance is None and at.id != run.root:
        yield from run.index.boundary_events.get(at.element, ())
    if at.items is not None:
        return
    for sub_process in () if catching.is_interrupted(run, at) else run.index.event_sub_processes.get(at.element, ()):
        yield from run.index.starts.get(sub_process.id, ())
    node = run.definition.nodes.get(at.element)
    if node is not None and node.type == "eventBasedGateway":
        yield from (run.node(run.flow(flow).target) for flow in node.outgoing)
    elif node is not None and node.trigger is not None and node.type in ("intermediateCatchEvent", "receiveTask"):
        yield node


def _is_new(
    run: Run, at: Activation, node: FlowNode, part: int, known: Mapping[str, str], plan: MigrationPlan, before: State
) -> bool:
    """Say whether nothing listened for this before: the event was added, or what it waits for is another thing now.

    An event that the old version had and that no longer listens has occurred: it does not listen again.
    """
    timed = {(timer.node, timer.part) for timer in run.timers_of(at.id) if timer.rung is None}
    if (node.id, part) in timed | {(wait.node, wait.part) for wait in run.subscriptions_of(at.id)}:
        return False
    old = known.get(node.id)
    if old is None or part not in plan.parts.get(old, ()):
        return True
    was = plan.parts[old].index(part)
    return any((w.activation, w.node, w.part) == (at.id, old, was) for w in before.subscriptions.values())


def _climb_on(run: Run, at: Activation, plan: MigrationPlan, known: Mapping[str, str]) -> None:
    """Arm the rungs that the new version added; those that run keep their time, those that fired stay fired."""
    node = run.node(at.element)
    if not ladder.climbs(at, node):
        return
    if at.due_at is None:
        at = ladder.set_due(run, at, node)
        if at.due_at is not None:
            run.fact("due_changed", at, due_at=at.due_at.isoformat(), because="the new version")
    kept = frozenset(plan.rungs.get(known.get(at.element, ""), ()))
    ladder.arm(run, at, node, but=kept)


def _offer_again(run: Run, at: Activation) -> None:
    """Offer a task that nobody holds to the people, and with the form, of the new version; it stays as urgent."""
    if at.task is None or at.task.assignee is not None:
        return
    hold = user_task.hold_of(run, at)
    for rung in ladder.climbed(run.node(at.element), at):
        hold = ladder.acted(hold, rung)
    user_task.record_offer(run, run.change(at, task=hold if hold.assignee is None else at.task))


def _arrive_again_at_joins(run: Run) -> None:
    """Let a join look again at what waits in front of it: the new version may need less."""
    for scope, flows in [(scope, list(flows)) for scope, flows in run.tokens.items()]:
        for join in dict.fromkeys(run.flow(flow).target for flow in flows):
            node = run.node(join)
            if node.type == "parallelGateway" and set(node.incoming) <= set(flows):
                run.take_token(node.incoming[0], scope)
                run.agenda.append(Arrival(node, scope, node.incoming[0]))
