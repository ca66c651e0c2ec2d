"""Which diagrams does each rule of ours leave alone? Sound neighbours of those in `unsound.py`."""

from tests.pathways.bpmn.diagrams import END, START, chain, extended, flow, prop
from tests.pathways.rules.pieces import (
    ANY_ERROR,
    ASK,
    ASK_MAPPED,
    CALLED,
    CIRCLE,
    CYCLE,
    DECIDED,
    DUE,
    ERROR,
    ESCALATION,
    FORM,
    HOUR,
    INNER_CIRCLE,
    KEYLESS,
    LADDER,
    MESSAGE,
    NOTIFY,
    NURSE,
    SIGNAL,
    TASK,
    TIMER,
    acknowledging,
    branches,
    calling,
    catch,
    conferring,
    decide,
    ending,
    given,
    heard,
    listener,
    named,
    notifying,
    on,
    ordering,
    ordering_and_referring,
    signed,
    sub,
    user,
    wired,
    working,
)

GOOD: dict[str, list[str]] = {
    "unreachable": [
        chain(TASK, on("it", HOUR), names=("it",)),
        START + END + flow("start", "end") + listener("esp", MESSAGE),
        '<bpmn:task id="alone"/>',
        extended("adHocSubProcess", "ad", inside='<bpmn:task id="a"/><bpmn:task id="b"/>')
        + START
        + flow("start", "ad"),
        wired(("start", "out"), ("in", "end"), nodes={})
        + extended("intermediateThrowEvent", "out", inside='<bpmn:linkEventDefinition name="L"/>')
        + extended("intermediateCatchEvent", "in", inside='<bpmn:linkEventDefinition name="L"/>'),
        chain(TASK, names=("it",))
        + extended("boundaryEvent", "undo", inside="<bpmn:compensateEventDefinition/>", attributes='attachedToRef="it"')
        + '<bpmn:task id="handler" isForCompensation="true"/>'
        + '<bpmn:association id="as" sourceRef="undo" targetRef="handler"/>',
    ],
    "never-ends": [
        sub(INNER_CIRCLE, border=on("sub", HOUR)),
        CIRCLE + listener("esp", MESSAGE),
        wired(("start", "a"), ("a", "a"), nodes={"a": "task"}) + on("a", HOUR),
    ],
    "join-waits-for-ever": [
        branches("parallelGateway", "parallelGateway"),
        branches("exclusiveGateway", "exclusiveGateway"),
        branches("inclusiveGateway", "parallelGateway"),
        branches("exclusiveGateway", "parallelGateway", back=True),
    ],
    "join-may-wait": [
        branches("inclusiveGateway", "inclusiveGateway"),
        branches("parallelGateway", "parallelGateway"),
        branches("exclusiveGateway", "exclusiveGateway"),
    ],
    "runs-away": [
        wired(("start", "a"), ("a", "b"), ("b", "a"), nodes={"a": "task", "b": "userTask"}),
        wired(("start", "a"), ("a", "b"), ("b", "a"), ("b", "end"), nodes={"a": "task", "b": "task"}),
    ],
    "gateway-to-nowhere": [branches("exclusiveGateway", "exclusiveGateway"), chain(TASK, names=("it",))],
    "runs-twice": [
        branches("exclusiveGateway", "exclusiveGateway"),
        branches("parallelGateway", "inclusiveGateway"),
        branches("parallelGateway", "parallelGateway"),
        chain(TASK, on("it", HOUR), names=("it",)),
        chain(TASK, '<bpmn:task id="next"/>', names=("it", "next"))
        + extended("boundaryEvent", "b", inside=HOUR, attributes='attachedToRef="it" cancelActivity="false"')
        + flow("b", "next"),
    ],
    "silent-wait": [
        catch(MESSAGE, LADDER),
        catch(HOUR),
        chain(extended("receiveTask", "r", attributes='messageRef="M"'), on("r", HOUR), names=("r",)),
        sub(
            '<bpmn:startEvent id="s2"/>' + extended("receiveTask", "r", attributes='messageRef="M"') + flow("s2", "r"),
            border=on("sub", HOUR),
        ),
        catch(MESSAGE) + listener("esp", HOUR, attributes='isInterrupting="false"'),
        wired(("start", "g"), ("g", "c"), ("g", "d"), ("c", "end"), ("d", "end"), nodes={"g": "eventBasedGateway"})
        + extended("intermediateCatchEvent", "c", inside=MESSAGE)
        + extended("intermediateCatchEvent", "d", inside=HOUR),
    ],
    "task-without-role": [
        user(NURSE),
        user('<zeebe:assignmentDefinition assignee="=who"/>'),
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="nurse"><bpmn:flowNodeRef>t</bpmn:flowNodeRef></bpmn:lane>'
        "</bpmn:laneSet>" + user(FORM),
    ],
    "task-without-form": [user(FORM)],
    "task-without-due-date": [user(DUE), user(LADDER), user(prop("expectedDuration", "P1D"))],
    "message-without-key": [
        catch(MESSAGE),
        extended("startEvent", "start", inside=KEYLESS) + END + flow("start", "end"),
        START + extended("endEvent", "e", inside=KEYLESS) + flow("start", "e"),
    ],
    "timer-not-ahead": [catch(HOUR), catch(TIMER.format("=wait")), user(prop("expectedDuration", "P1D"))],
    "timer-never-stops": [
        chain(
            TASK,
            on("it", CYCLE.format("R3/PT1H"), attributes='cancelActivity="false"'),
            names=("it",),
        ),
        chain(TASK, on("it", CYCLE.format("R/PT1H")), names=("it",)),
    ],
    "ladder-for-nobody": [
        catch(MESSAGE, prop("escalation", "PT1H → assignee; P1D → coordinator")),
        catch(MESSAGE, prop("escalation", "PT1H → assignee, coordinator")),
        user(NURSE + FORM + prop("escalation", "PT1H → assignee")),
    ],
    "conditions-leave-a-gap": [
        decide("x &gt; 5", "x &lt;= 5"),
        decide("x &gt; 5", "x &lt; 5", default=True),
        decide("ok", "not(ok)"),
        decide('outcome = "accept"', 'outcome = "reject"', before=ASK),
        decide("urgent", "urgent = false", before=ASK),
        decide("score &lt; 5", "score in [5..10]", before=ASK),
        decide('answer = "accept"', 'answer = "reject"', 'answer = "withdrawn"', before=ASK_MAPPED),
        decide('contains(note, "x")', "count(items) &gt; 3"),
    ],
    "no-default": [
        decide('contains(note, "x")', 'not(contains(note, "x"))'),
        decide("x &gt; 5", "x &lt; 5"),
        decide("count(items) &gt; 3", default=True),
    ],
    "order-decides": [
        decide("x &gt; 5", "x &lt; 3", default=True),
        decide('contains(note, "x")', "count(items) &gt; 3", default=True),
        decide("x &gt; 5", "x &gt; 10", default=True, tag="inclusiveGateway"),
        decide('outcome != "accept"', 'outcome != "reject"', before=ASK, default=True),
    ],
    "condition-never-true": [
        decide("x &gt; 5", default=True),
        decide('outcome = "accept"', default=True, before=ASK),
        decide('urgent = "yes" or urgent', default=True, before=ASK),
        decide('remark = "b" and amount &gt; 3', default=True, before=ASK),
        decide('outcome = "acept"', default=True),
        conferring("wait"),
    ],
    "error-not-caught": [
        sub(ending(ERROR), border=on("sub", ERROR)),
        sub(ending(ERROR), border=on("sub", ANY_ERROR)),
        START + extended("endEvent", "e", inside=ERROR) + flow("start", "e") + listener("esp", ERROR),
        f"<bpmn:extensionElements>{prop('begunBy', 'caller')}</bpmn:extensionElements>"
        + START
        + extended("endEvent", "e", inside=ERROR)
        + flow("start", "e"),
    ],
    "escalation-not-caught": [sub(ending(ESCALATION), border=on("sub", ESCALATION))],
    "signal-without-partner": [
        START + extended("endEvent", "e", inside=SIGNAL) + flow("start", "e") + listener("esp", SIGNAL)
    ],
    "shadowed-catcher": [
        sub(ending(ERROR), border=on("sub", ERROR) + on("sub", ANY_ERROR, name="b2")),
        sub(ending(ERROR) + listener("esp", ERROR), border=on("sub", ESCALATION)),
        chain(TASK, on("it", HOUR) + on("it", HOUR, name="b2"), names=("it",)),
    ],
    "catch-of-nothing": [
        sub(ending(ERROR), border=on("sub", ERROR)),
        sub(
            '<bpmn:startEvent id="s2"/>'
            + extended("serviceTask", "w", '<zeebe:taskDefinition type="x"/>')
            + flow("s2", "w"),
            border=on("sub", ERROR),
        ),
        chain(extended("serviceTask", "w", '<zeebe:taskDefinition type="x"/>'), on("w", ERROR), names=("w",)),
    ],
    "identifier-in-clear": [
        user(NURSE + DUE + '<zeebe:ioMapping><zeebe:input source="=mrn" target="shown"/></zeebe:ioMapping>')
    ],
    "identifier-in-name": [chain(named("userTask", "t", "Call the patient"), names=("t",))],
    "identifier-value": [
        chain(named("task", "t", "Ring extension 943 476 5918"), names=("t",)),
        chain(named("task", "t", "Follow up 2026-03-01"), names=("t",)),
    ],
    "unknown-role": [
        user('<zeebe:assignmentDefinition candidateGroups="coordinator, gdp"/>'),
        catch(MESSAGE, prop("responsible", "referrer")),
        user('<zeebe:assignmentDefinition candidateGroups="=role"/>'),
        acknowledging("ent_surgeon"),
        notifying("Text", tell="requester,person:dr.elm"),
        user(prop("escalation", "PT24H → assignee; P3D → coordinator")),
        user(
            '<zeebe:assignmentDefinition candidateGroups="=if kind = &quot;CT&quot; then &quot;gdp&quot; else role"/>'
        ),
    ],
    "misspelt-role": [user('<zeebe:assignmentDefinition candidateGroups="nurse, coordinator"/>')],
    "misspelt-variable": [
        decide("outcome = &quot;accept&quot;", default=True, before=ASK),
        decide("outcomes = &quot;accept&quot;", default=True, before=ASK),
        decide("handover = &quot;accept&quot;", default=True, before=ASK),
        decide("asked.outcome", default=True, before=ASK),
    ],
    "text-without-quotes": [
        decide("outcome = other", default=True, before=ASK),
        decide('outcome = "accept"', default=True, before=ASK),
        decide("outcome = accept", default=True),
    ],
    "result-elsewhere": [
        decide('way = "treat"', default=True, before=DECIDED.format("way", "way")),
        decide('found = "treat"', default=True, before=DECIDED.format("way", "found")),
        decide('way = "treat"', default=True),
    ],
    "misspelt-message": [heard("imaging.report", "=deadline"), heard("result.biopsy", "=deadline")],
    "message-key-fixed": [heard("report", "=deadline"), ending('<bpmn:messageEventDefinition messageRef="M"/>')],
    "unknown-data-class": [user(NURSE + FORM + DUE)],
    "variable-as-text": [
        chain(ASK, extended("serviceTask", "it", NOTIFY.format("=outcome")), names=("t", "it")),
        chain(ASK, extended("serviceTask", "it", NOTIFY.format("The outcome")), names=("t", "it")),
    ],
    "unset-variable": [
        decide('outcome = "accept"', default=True, before=ASK),
        decide("outcme = 1", default=True, before=ASK),
        decide("if seen_before = null then urgent else seen_before", default=True, before=ASK),
        decide("asked.outcome", default=True, before=ASK_MAPPED.replace('target="answer"', 'target="asked"')),
        user(NURSE + FORM + '<zeebe:taskSchedule dueDate="=created + duration(&quot;P1D&quot;)"/>'),
        calling("acknowledge_result", "=deadline", "due"),
        decide("spread = true", default=True, before=extended("callActivity", "t", CALLED)),
    ],
    "several-plain-starts": [
        START + END + flow("start", "end"),
        START + END + flow("start", "end") + extended("startEvent", "m", inside=MESSAGE) + flow("m", "end"),
    ],
    "task-without-type": [chain(named("manualTask", "t", "Call the patient"), names=("t",)), notifying("Text")],
    "template-field": [notifying("We have booked your appointment."), acknowledging("gdp"), acknowledging("=role")],
    "no-time": [
        catch(TIMER.format("=wait")),
        catch(TIMER.format("=if urgent then &quot;PT1H&quot; else &quot;P1D&quot;")),
        catch(CYCLE.format("=&quot;0 0 9 * * MON-FRI&quot;")),
        user(NURSE + FORM + '<zeebe:taskSchedule dueDate="P3D" followUpDate="2026-02-28"/>'),
    ],
    "always-null": [
        catch(TIMER.format("=duration(&quot;P3D&quot;)")),
        catch(TIMER.format("=duration(wait)")),
        user(NURSE + FORM + '<zeebe:taskSchedule dueDate="=date(&quot;2026-02-28&quot;) + @&quot;P1D&quot;"/>'),
        decide("planned &lt; date and time(&quot;2026-02-28T09:00:00Z&quot;)", default=True),
    ],
    "unknown-work": [
        working("notify"),
        working("=if urgent then &quot;notify&quot; else &quot;referral.send&quot;"),
        working("=kind"),
    ],
    "no-tries": [working("notify", tried="1"), working("notify", tried="=tries")],
    "unknown-word": [
        working("notify", {"tell": "patient", "level": "critical", "channel": "inbox, pager", "timeout": "PT2M"}),
        working("priority.raise", inputs=given("=priority", "priority")),
        calling("imaging_order", "=&quot;MRI_neck&quot;", "modality"),
        working("follow.up", inputs=given("2026-06-01", "on")),
        calling("case_conference", "=string(now() + duration(&quot;P1D&quot;))", "decide_by"),
        calling("somebody_elses", "=&quot;MRT_neck&quot;", "modality"),
        calling("closed_loop_referral", "=times.triage", "sla_triage"),
        user(NURSE + prop("loopState", "accepted, booked")),
        user(NURSE + prop("loopStateEntered", "cancelled by placer")),
    ],
    "misspelt-name": [
        working("notify", {"tell": "patient", "of_the_site": "anything"}),
        user(NURSE + FORM + prop("patientText.de", "Zahn")),
        user(NURSE + FORM + prop("colour", "red")),
    ],
    "header-computed": [working("notify", {"of_the_site": "=anything", "tell": "patient"})],
    "unknown-element": [signed("t")],
    "unknown-service": [
        calling("closed_loop_referral", "=&quot;oral_surgery&quot;", "service"),
        calling("closed_loop_referral", "=&quot;cardiology&quot;", "service"),
        working("referral.send", {"to": "requester"}),
    ],
    "role-as-variable": [acknowledging("ent_surgeon"), acknowledging("=&quot;gdp&quot;")],
    "shared-key": [
        ordering("=referral_id + &quot;-OPG&quot;", "=referral_id + &quot;-CT&quot;"),
        ordering("=referral_id", "=referral_id"),
        ordering_and_referring("=referral_id + &quot;-A&quot;", "=referral_id + &quot;-B&quot;"),
    ],
    "odd-id": [chain(named("task", "Prüfung_1.a-b", "Call"), names=("Prüfung_1.a-b",))],
    "task-without-name": [chain(named("userTask", "t", "Call"), names=("t",))],
    "name-missing": [chain(named("task", "t", "Call"), names=("t",))],
    "duplicate-task-name": [chain(named("task", "a", "Call"), named("task", "b", "Write"), names=("a", "b"))],
    "unnamed-branches": [decide("a", "not(a)").replace("<bpmn:sequenceFlow", '<bpmn:sequenceFlow name="answer"')],
}
