"""Which diagrams does each rule of ours speak about?"""

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
    EACH,
    ERROR,
    ESCALATION,
    FORM,
    HOUR,
    INNER_CIRCLE,
    KEYLESS,
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
        # the default is taken only when no other is
        branches("inclusiveGateway", "parallelGateway")
        .replace('id="g"', 'id="g" default="g_b"')
        .replace("<bpmn:conditionExpression>x &lt;= 1</bpmn:conditionExpression>", ""),
        # what an interrupting event takes away never comes to the join
        wired(("start", "a"), ("a", "j"), ("b", "j"), ("j", "end"), nodes={"a": "task", "j": "parallelGateway"})
        + extended("boundaryEvent", "b", inside=HOUR, attributes='attachedToRef="a"'),
    ],
    "join-may-wait": [branches("inclusiveGateway", "parallelGateway")],
    "runs-away": [CIRCLE, sub(INNER_CIRCLE), CIRCLE + listener("esp", MESSAGE)],
    "gateway-to-nowhere": [
        wired(("start", "a"), ("a", "g"), nodes={"a": "task", "g": "exclusiveGateway"}),
        wired(("start", "g"), nodes={"g": "eventBasedGateway"}),
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
        decide('urgent = "yes"', default=True, before=ASK),
        decide('remark &gt; 3 or amount = "3"', default=True, before=ASK),
        decide('urgent = "yes"', "", default=True, before=ASK, tag="inclusiveGateway"),
        conferring("treatment"),
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
        user('<zeebe:assignmentDefinition candidateGroups="nurse, coordinator"/>'),
        acknowledging("nurse"),
    ],
    "misspelt-role": [
        user('<zeebe:assignmentDefinition candidateGroups="coordinator,gpd"/>'),
        acknowledging("ent_surgoen"),
        notifying("Text", tell="patient,key_wroker"),
        user(prop("escalation", "PT24H → coordinatr")),
        catch(MESSAGE, prop("responsible", "coordinatr")),
        user('<zeebe:assignmentDefinition candidateGroups="=if urgent then &quot;gdp&quot; else &quot;gdb&quot;"/>'),
    ],
    "misspelt-variable": [
        decide("outcom = &quot;accept&quot;", default=True, before=ASK),
        decide("answre = &quot;accept&quot;", default=True, before=ASK_MAPPED),
        decide("urgemt", default=True, before=ASK),
        user(NURSE + DUE + FORM + '<zeebe:ioMapping><zeebe:input source="=outcme" target="shown"/></zeebe:ioMapping>'),
    ],
    "text-without-quotes": [
        decide("outcome = accept", default=True, before=ASK),
        decide("other = accept", default=True, before=ASK),
        user(NURSE + DUE + FORM + '<zeebe:ioMapping><zeebe:input source="=reject" target="shown"/></zeebe:ioMapping>'),
    ],
    "result-elsewhere": [
        decide('way = "treat"', default=True, before=DECIDED.format("way", "found")),
    ],
    "unset-variable": [
        decide("spread = true", default=True, before=ASK),
        catch(TIMER.format("=planned_on")),
        user(NURSE + FORM.replace("triage", "shown") + DUE),
        user(NURSE + FORM.replace("triage", "locked") + DUE),
        user(NURSE + FORM + '<zeebe:taskSchedule dueDate="=seen_on"/>'),
        working("notify", {"tell": "patient"}, inputs=given("=letter", "text")),
        user(NURSE + FORM + DUE, inside=EACH.format("reader", "=readers", "=outcome")),
        user(NURSE + FORM + DUE, inside=EACH.format("reader", "=[1, 2]", "=finding_of_reader")),
    ],
    "several-plain-starts": [
        START + END + flow("start", "end") + extended("startEvent", "again") + flow("again", "end"),
    ],
    "task-without-type": [chain(TASK, names=("it",))],
    "template-field": [notifying(""), notifying("x" * 301), acknowledging("Dr Elm"), acknowledging("")],
    "no-time": [
        catch(TIMER.format("=&quot;P3X&quot;")),
        catch(TIMER.format("=if urgent then &quot;P1D&quot; else &quot;3 days&quot;")),
        catch(CYCLE.format("=&quot;R3&quot;")),
        user(NURSE + FORM + '<zeebe:taskSchedule dueDate="tomorow"/>'),
        user(NURSE + FORM + DUE.replace("/>", ' followUpDate="2026-02-30"/>')),
        user(NURSE + FORM + prop("expectedDuration", "=&quot;P5&quot;")),
    ],
    "always-null": [
        catch(TIMER.format("=duration(&quot;P3&quot;)")),
        catch(TIMER.format("=deadline + duration(&quot;3D&quot;)")),
        user(NURSE + FORM + '<zeebe:taskSchedule dueDate="=date(&quot;2026-02-30&quot;)"/>'),
        decide("planned &lt; date(&quot;soon&quot;)", default=True),
        calling("acknowledge_result", "=string(now() + @&quot;P5&quot;)", "due"),
        working("follow.up", inputs=given("=today() + 90", "on")),
    ],
    "unknown-work": [
        working("notfy"),
        working("=if urgent then &quot;notify&quot; else &quot;notfiy&quot;"),
        chain(extended("task", "t", _LISTENER), names=("t",)),
        chain(extended("sendTask", "t", '<zeebe:taskDefinition type="mail"/>'), names=("t",)),
    ],
    "no-tries": [working("notify", tried="0"), working("notify", tried="-1")],
    "unknown-word": [
        working("notify", {"tell": "patient", "level": "critcal"}),
        working("referral.send", {"withheld": "eror"}),
        working("notify", {"tell": "patient", "timeout": "PT0S"}),
        working("notify", {"tell": "patient", "backoff": "1 minute"}),
        working("priority.raise", inputs=given("=if red then &quot;stat&quot; else &quot;urgnet&quot;", "priority")),
        calling("closed_loop_referral", "hihg", "priority"),
        calling("imaging_order", "=&quot;MRT_neck&quot;", "modality"),
        calling("closed_loop_referral", "2 days", "sla_triage"),
        working("follow.up", inputs=given("in 3 months", "on")),
        calling("case_conference", "=&quot;next Monday&quot;", "decide_by"),
        chain(
            extended("scriptTask", "t", '<zeebe:script expression="=&quot;urgnt&quot;" resultVariable="priority"/>'),
            names=("t",),
        ),
        chain(extended("callActivity", "a", CALLED + prop("detached", "yes")), names=("a",)),
        user(NURSE + prop("loopState", "accepted, boked")),
    ],
    "misspelt-message": [heard("imaging.reprot", "=deadline"), heard("consent.wthdrawn", "=deadline")],
    "unknown-data-class": [user(NURSE + FORM.replace("triage", "classed") + DUE)],
    "message-key-fixed": [heard("report", "order_id"), heard("report", "=&quot;REF-1&quot;")],
    "variable-as-text": [
        chain(ASK, extended("serviceTask", "it", NOTIFY.format("outcome")), names=("t", "it")),
    ],
    "misspelt-name": [
        working("referral.send", {"witheld": "error"}),
        working("notify", {"Tell": "patient"}),
        user(NURSE + FORM + prop("escalaton", "LAD-TEST")),
        user(NURSE + FORM + prop("expected_duration", "P1D")),
        user(NURSE + FORM + prop("patienttext.de", "Zahn")),
    ],
    "header-computed": [
        working("notify", {"tell": "=role"}),
        working("notify", {"tell": "patient", "text": "Dear {patient.name}, please call us."}),
    ],
    "unknown-element": [
        signed("s"),
        working("thread.post", {"answered_in": "reveiw"}),
        user(NURSE + prop("loopStateOf", "reported of entref")),
    ],
    "unknown-service": [
        calling("closed_loop_referral", "=&quot;oral_surgrey&quot;", "service"),
        working("referral.send", {"to": "orthodontic"}),
    ],
    "role-as-variable": [acknowledging("=gdp")],
    "shared-key": [
        ordering("=referral_id + &quot;-IMG&quot;", "=referral_id + &quot;-IMG&quot;"),
        ordering_and_referring("=referral_id + &quot;-A&quot;", "=referral_id + &quot;-A&quot;"),
    ],
    "odd-id": [
        chain(named("task", "call again", "Call"), names=("call again",)),
        chain(named("task", "call/again", "Call"), names=("call/again",)),
        chain(named("task", "1st", "Call"), names=("1st",)),
    ],
    "task-without-name": [chain('<bpmn:userTask id="t"/>', names=("t",))],
    "name-missing": [chain('<bpmn:task id="t"/>', names=("t",)), decide("a", "not(a)").replace('name="g"', "")],
    "duplicate-task-name": [chain(named("task", "a", "Call"), named("task", "b", "Call"), names=("a", "b"))],
    "unnamed-branches": [decide("a", "not(a)")],
    "diagram-missing": [START + END + flow("start", "end")],
    "unused-definition": [START + END + flow("start", "end")],
}
