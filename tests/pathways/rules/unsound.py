"""Which diagrams does each rule of ours speak about?"""

from tests.pathways.bpmn.diagrams import END, START, chain, extended, flow, prop
from tests.pathways.rules.pieces import (
    ANY_ERROR,
    ASK,
    ASK_MAPPED,
    CALLED,
    CIRCLE,
    CYCLE,
    DUE,
    ERROR,
    ESCALATION,
    FORM,
    HOUR,
    INNER_CIRCLE,
    KEYLESS,
    MESSAGE,
    NURSE,
    SIGNAL,
    TASK,
    TIMER,
    acknowledging,
    branches,
    catch,
    decide,
    ending,
    listener,
    named,
    notifying,
    on,
    ordering,
    sub,
    user,
    wired,
)

_LISTENER = (
    '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="lookup.dob"/></zeebe:executionListeners>'
)
BAD: dict[str, list[str]] = {
    "unreachable": [
        START + END + flow("start", "end") + '<bpmn:task id="lost"/>' + flow("lost", "end"),
        chain(extended("subProcess", "sub", inside=ending("") + '<bpmn:task id="lost"/>'), names=("sub",)),
    ],
    "never-ends": [CIRCLE, sub(INNER_CIRCLE)],
    "join-waits-for-ever": [
        branches("exclusiveGateway", "parallelGateway"),
        # what an interrupting event takes away never comes to the join
        wired(("start", "a"), ("a", "j"), ("b", "j"), ("j", "end"), nodes={"a": "task", "j": "parallelGateway"})
        + extended("boundaryEvent", "b", inside=HOUR, attributes='attachedToRef="a"'),
    ],
    "runs-twice": [
        branches("parallelGateway", "exclusiveGateway"),
        wired(
            ("start", "a"),
            ("a", "b"),
            ("a", "c"),
            ("b", "d"),
            ("c", "d"),
            ("d", "end"),
            nodes=dict.fromkeys("abcd", "task"),
        ),
    ],
    "silent-wait": [
        catch(MESSAGE),
        catch(SIGNAL),
        chain(extended("receiveTask", "r", attributes='messageRef="M"'), names=("r",)),
        sub('<bpmn:startEvent id="s2"/>' + extended("receiveTask", "r", attributes='messageRef="M"') + flow("s2", "r")),
        wired(("start", "g"), ("g", "c"), ("g", "d"), ("c", "end"), ("d", "end"), nodes={"g": "eventBasedGateway"})
        + extended("intermediateCatchEvent", "c", inside=MESSAGE)
        + extended("intermediateCatchEvent", "d", inside=SIGNAL),
    ],
    "task-without-role": [user(FORM + DUE)],
    "task-without-form": [user(NURSE + DUE), user(NURSE + DUE + FORM.replace("triage", "empty"))],
    "task-without-due-date": [user(NURSE + FORM)],
    "message-without-key": [catch(KEYLESS), chain(TASK, on("it", KEYLESS), names=("it",))],
    "timer-not-ahead": [
        catch(TIMER.format("PT0S")),
        catch(TIMER.format("-PT5M")),
        catch(TIMER.format("=duration(&quot;PT0S&quot;)")),
        user(NURSE + FORM + prop("expectedDuration", "P0D")),
    ],
    "timer-never-stops": [
        chain(TASK, on("it", CYCLE.format("R/PT1H"), attributes='cancelActivity="false"'), names=("it",))
    ],
    "ladder-for-nobody": [
        catch(MESSAGE, prop("escalation", "PT1H → assignee; P1D → assignee")),
        chain(extended("callActivity", "a", CALLED + prop("escalation", "PT1H → assignee")), names=("a",)),
    ],
    "conditions-leave-a-gap": [
        decide("x &gt; 5", "x &lt; 5"),
        decide("ok"),
        decide('colour = "red"', 'colour = "green"'),
        decide("a &gt; b", "a &lt; b"),
        decide("x &gt; 5", "x &lt; 5", tag="inclusiveGateway"),
        decide('outcome = "accept"', "urgent", before=ASK),
        decide('answer = "accept"', 'answer = "reject"', before=ASK_MAPPED),
    ],
    "no-default": [decide('contains(note, "x")', "count(items) &gt; 3")],
    "order-decides": [
        decide("x &gt; 5", "x &gt; 10", default=True),
        decide('outcome != "accept"', 'outcome != "withdrawn"', before=ASK, default=True),
    ],
    "condition-never-true": [
        decide("x &gt; 5 and x &lt; 3", default=True),
        decide('outcome = "acept"', default=True, before=ASK),
        decide("score &gt; 10", default=True, before=ASK),
        decide('plan.side = "R"', default=True, before=ASK),
    ],
    "error-not-caught": [
        START + extended("endEvent", "e", inside=ERROR) + flow("start", "e"),
        sub(ending(ERROR), border=on("sub", ESCALATION)),
    ],
    "escalation-not-caught": [START + extended("endEvent", "e", inside=ESCALATION) + flow("start", "e")],
    "signal-without-partner": [
        catch(SIGNAL),
        START + extended("endEvent", "e", inside=SIGNAL) + flow("start", "e"),
    ],
    "shadowed-catcher": [
        sub(ending(ERROR), border=on("sub", ERROR) + on("sub", ERROR, name="b2")),
        sub(ending(ERROR) + listener("esp", ERROR), border=on("sub", ERROR)),
        sub(ending(ERROR) + listener("esp", ERROR) + listener("esp2", ERROR)),
    ],
    "catch-of-nothing": [
        sub(ending(ESCALATION), border=on("sub", ERROR)),
        sub(ending(""), border=on("sub", ANY_ERROR)),
    ],
    "identifier-in-clear": [
        user('<zeebe:assignmentDefinition candidateGroups="=patient.name"/>'),
        user(NURSE + '<zeebe:taskSchedule dueDate="=birthDate + duration(&quot;P18Y&quot;)"/>'),
        user(NURSE + prop("expectedDuration", "=if is defined(mrn) then &quot;P1D&quot; else &quot;P2D&quot;")),
        catch(TIMER.format("=dateOfBirth")),
    ],
    "identifier-in-name": [
        chain(named("userTask", "t", "Call {patientName}"), names=("t",)),
        chain(named("task", "check_nhs_number", "Check it"), names=("check_nhs_number",)),
        chain(extended("serviceTask", "t", '<zeebe:taskDefinition type="lookup.dob"/>'), names=("t",)),
        chain(extended("task", "t", _LISTENER), names=("t",)),
    ],
    "identifier-value": [
        chain(named("task", "t", "Call 943 476 5919"), names=("t",)),
        chain(named("task", "t", "Patient MRN 0012345"), names=("t",)),
        chain(named("task", "t", "Sample, born 1980-02-01"), names=("t",)),
        chain(
            named("task", "t", "See", inside="<bpmn:documentation>SSN 123-45-6789</bpmn:documentation>"), names=("t",)
        ),
    ],
    "unknown-role": [
        user('<zeebe:assignmentDefinition candidateGroups="coordinator,gpd"/>'),
        acknowledging("ent_surgoen"),
        notifying("Text", tell="patient,key_wroker"),
        acknowledging("=gdp"),
        user('<zeebe:assignmentDefinition candidateGroups="=if urgent then &quot;gdp&quot; else &quot;gdb&quot;"/>'),
    ],
    "misspelt-variable": [
        decide("outcom = &quot;accept&quot;", default=True, before=ASK),
        decide("answre = &quot;accept&quot;", default=True, before=ASK_MAPPED),
        decide("urgemt", default=True, before=ASK),
        user(NURSE + DUE + FORM + '<zeebe:ioMapping><zeebe:input source="=outcme" target="shown"/></zeebe:ioMapping>'),
    ],
    "several-plain-starts": [
        START + END + flow("start", "end") + extended("startEvent", "again") + flow("again", "end"),
    ],
    "task-without-type": [chain(TASK, names=("it",))],
    "template-field": [notifying(""), notifying("x" * 301), acknowledging("Dr Elm"), acknowledging("")],
    "shared-key": [ordering("=referral_id + &quot;-IMG&quot;", "=referral_id + &quot;-IMG&quot;")],
    "task-without-name": [chain('<bpmn:userTask id="t"/>', names=("t",))],
    "name-missing": [chain('<bpmn:task id="t"/>', names=("t",)), decide("a", "not(a)").replace('name="g"', "")],
    "duplicate-task-name": [chain(named("task", "a", "Call"), named("task", "b", "Call"), names=("a", "b"))],
    "unnamed-branches": [decide("a", "not(a)")],
    "diagram-missing": [START + END + flow("start", "end")],
    "unused-definition": [START + END + flow("start", "end")],
}
