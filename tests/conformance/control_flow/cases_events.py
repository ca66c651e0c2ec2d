"""What do event-based gateways do, and errors and escalations that tasks throw?"""

from tests.conformance.control_flow.expectation import Case, complete

RACE = """start s
event g
catch m message=Reply
catch w timer=P2D
task a b
end e
s -> g -> m -> a -> e
g -> w -> b -> e"""
TIMERS = (
    "start s\nevent g\ncatch m timer=PT1H\ncatch w timer=PT2H\ntask a b\nend e\ns -> g -> m -> a -> e\ng -> w -> b -> e"
)
GUARDED = """start s
user a
boundary x attachedToRef=a error=E1
boundary y attachedToRef=a
task t u v
end e
s -> a -> t -> e
x -> u -> e
y -> v -> e""".replace(
    "boundary y attachedToRef=a", "<boundaryEvent id='y' attachedToRef='a'><errorEventDefinition/></boundaryEvent>"
)
LADDER = """start s
user a
boundary x attachedToRef=a cancelActivity={} escalation=Late
task t u
end e f
s -> a -> t -> e
x -> u -> f"""

CASES = {
    "an event-based gateway waits for all its events": Case(
        # The token waits at the gateway for the events: the contract does not say which of them is listed.
        diagram=RACE,
        status="waiting",
        waiting="m w|g",
        done="a:0 b:0",
    ),
    "the message wins over the timer": Case(diagram=RACE, script=({"message": "Reply"},), ended="e", done="a:1 b:0"),
    "the timer wins when nobody answers": Case(diagram=RACE, script=({"advance": "P2D"},), ended="e", done="a:0 b:1"),
    "time that is not enough leaves the race open": Case(
        diagram=RACE, script=({"advance": "P1D"},), status="waiting", waiting="m w|g"
    ),
    "auto lets the timer of a race win": Case(diagram=RACE, auto=True, done="a:0 b:1", ended="e"),
    "exactly one of two timers fires": Case(diagram=TIMERS, auto=True, done="a:1 b:0", ended="e"),
    "exactly one of two timers fires though time jumps over both": Case(
        diagram=TIMERS, script=({"advance": "P1D"},), done="a:1 b:0", ended="e"
    ),
    "exactly one of two timers fires when both are due at once": Case(
        diagram=TIMERS.replace("PT2H", "PT1H"), auto=True, ended="e"
    ),
    "a signal decides a race": Case(
        diagram=RACE.replace("message=Reply", "signal=Go"), script=({"signal": "Go"},), done="a:1 b:0"
    ),
    "a receive task stands behind an event-based gateway": Case(
        diagram=RACE.replace("catch m", "receive m"), script=({"message": "Reply"},), done="m:1 a:1 b:0", ended="e"
    ),
    "each token at an event-based gateway runs its own race": Case(
        diagram="start s\ntask d completionQuantity=2\nevent g\ncatch m signal=Go\ncatch w timer=PT1H\n"
        "task a b\nend e\n"
        "s -> d -> g -> m -> a -> e\ng -> w -> b -> e",
        script=({"signal": "Go"},),
        done="a:2 b:0",
        ended="e e",
    ),
    "an event-based gateway in a loop races again": Case(
        diagram="""start s
        xor m
        event g
        catch again message=Again
        catch w timer=PT1H
        end e
        s -> m -> g -> again -> m
        g -> w -> e""",
        script=({"message": "Again"}, {"message": "Again"}, {"advance": "PT1H"}),
        done="again:2 w:1",
        ended="e",
    ),
    "the loser of a race is gone": Case(
        diagram=RACE.replace("task a b", "user a\ntask b"),
        script=({"message": "Reply"}, {"advance": "P9D"}),
        status="waiting",
        waiting="a",
        done="b:0",
    ),
    "an instantiating event-based gateway starts with its first event": Case(
        diagram="event g instantiate=true\ncatch m message=Letter\ncatch n message=Call\ntask a b\nend e\n"
        "g -> m -> a -> e\ng -> n -> b -> e",
        script=({"message": "Call"},),
        done="a:0 b:1",
        ended="e",
    ),
    "an error is caught by its code": Case(
        diagram=GUARDED, script=({"throwError": "a", "code": "E1"},), done="a:0 t:0 u:1 v:0", ended="e"
    ),
    "an error with another code is caught by the catch-all": Case(
        diagram=GUARDED, script=({"throwError": "a", "code": "E2"},), done="t:0 u:0 v:1", ended="e"
    ),
    "an error that nobody catches is an incident": Case(
        diagram="start s\nuser a b\nend e\ns -> a -> e\ns -> b -> e",
        script=({"throwError": "a", "code": "E9"},),
        status="incident",
        incidents="uncaught-error@a",
        ended="",
    ),
    "an error is caught on the sub-process around it": Case(
        diagram="""start s
        sub p {
        user a b
        }
        boundary x attachedToRef=p error=E1
        task t u
        s -> p -> t
        x -> u""",
        script=({"throwError": "a", "code": "E1"},),
        done="a:0 b:0 t:0 u:1",
    ),
    "the nearest boundary catches": Case(
        diagram="""start s
        sub p {
        user a
        boundary i attachedToRef=a error=E1
        task near
        i -> near
        }
        boundary x attachedToRef=p error=E1
        task t far
        s -> p -> t
        x -> far""",
        script=({"throwError": "a", "code": "E1"},),
        done="near:1 far:0 t:1",
    ),
    "an error crosses a call": Case(
        diagram="""process P isExecutable=true {
        start s
        call c calledElement=Q
        boundary x attachedToRef=c error=E1
        task t u
        s -> c -> t
        x -> u
        }
        process Q isExecutable=true {
        start qs
        user a
        qs -> a
        }""",
        processes=("P",),
        script=({"throwError": "a", "code": "E1"},),
        done="t:0 u:1",
    ),
    "an error end that nobody catches is an incident": Case(
        diagram="start s\ntask a\nend x error=E1\ns -> a -> x", status="incident", incidents="uncaught-error@x"
    ),
    "an error end inside a sub-process is caught on its boundary": Case(
        diagram="start s\nsub p {\nuser a\ntask b\nend x error=E1\nb -> x\n}\nboundary y attachedToRef=p error=E1\n"
        "task t u\ns -> p -> t\ny -> u",
        done="t:0 u:1 a:0 b:1",
    ),
    "an escalation caught without interruption leaves its task": Case(
        diagram=LADDER.format("false"),
        script=({"throwEscalation": "a", "code": "Late"},),
        status="waiting",
        waiting="a",
        done="u:1 t:0",
        ended="f",
    ),
    "an escalation caught without interruption may come twice": Case(
        diagram=LADDER.format("false"),
        script=(*({"throwEscalation": "a", "code": "Late"},) * 2, *complete("a")),
        done="u:2 t:1",
        ended="f f e",
    ),
    "an escalation caught with interruption takes its task away": Case(
        diagram=LADDER.format("true"), script=({"throwEscalation": "a", "code": "Late"},), done="u:1 t:0 a:0", ended="f"
    ),
    "an escalation that nobody catches goes on": Case(
        diagram="start s\nuser a\nend e\ns -> a -> e",
        script=({"throwEscalation": "a", "code": "Late"}, {"complete": "a"}),
        ended="e",
    ),
    "an escalation thrown in the middle that nobody catches goes on": Case(
        diagram="start s\nthrow x escalation=Late\nend e\ns -> x -> e", ended="e"
    ),
    "an incident in one branch leaves the other branch at work": Case(
        diagram="start s\nxor g\ntask t\nuser a\nend e\ns -> g\ng -> t if false\ns -> a -> e",
        script=complete("a"),
        status="incident",
        incidents="no-flow@g",
        ended="e",
        waiting="",
    ),
    "work that fails is an incident": Case(
        diagram="start s\nservice a\nend e\ns -> a -> e",
        script=({"fail": "a", "message": "The printer burns."},),
        status="incident",
        incidents="work-failed@a",
        ended="",
    ),
    "each instance of several fails by itself": Case(
        diagram='start s\n<serviceTask id="a"><extensionElements><zeebe:taskDefinition type="a" retries="1"/>'
        "</extensionElements><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
        "</multiInstanceLoopCharacteristics></serviceTask>\ns -> a",
        script=({"fail": "a", "message": "no"},),
        status="incident",
        incidents="work-failed@a",
    ),
    "an error of one instance ends them all through the boundary": Case(
        diagram="start s\nuser a {\neach item in [1, 2, 3]\n}\nboundary x attachedToRef=a error=E1\ntask t u\n"
        "s -> a -> t\nx -> u",
        script=({"throwError": "a", "code": "E1"},),
        done="t:0 u:1",
    ),
}
