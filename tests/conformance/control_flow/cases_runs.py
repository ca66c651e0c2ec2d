"""How is a run steered: scripts, auto, until, several processes, and how a file may be written?"""

from tests.conformance.control_flow.diagrams import BPMN
from tests.conformance.control_flow.expectation import Case, complete

USER = "start s\nuser a\nend e\ns -> a -> e"
TWO = "start s\nuser a b\nend e\ns -> a -> b -> e"
TIMER = "start s\ncatch w timer=P3D\nend e\ns -> w -> e"
TIMER_LOOP = "start s\nxor m\ncatch w timer=P1D\ntask t\ns -> m -> w -> t -> m"
BOTH = "process P isExecutable=true {\nstart s\ntask a\nend e\ns -> a -> e\n}\n" + (
    "process Q isExecutable=true {\nstart qs\ntask qa\nend qe\nqs -> qa -> qe\n}"
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
BARE = f"{HEAD}<definitions xmlns='{BPMN}'><process id='P'>{{}}</process></definitions>"
TWO_TRUE = """start s
<exclusiveGateway id="g"><incoming>s_g</incoming><outgoing>g_{}</outgoing><outgoing>g_{}</outgoing></exclusiveGateway>
end a b
s -> g
g -> {} if true
g -> {} if true"""

CASES = {
    "a script completes tasks one after the other": Case(
        diagram=TWO, script=complete("a", "b"), ended="e", before="a<b"
    ),
    "an empty script does nothing": Case(diagram=TWO, script=(), status="waiting", waiting="a"),
    "a script whose target is not there fails": Case(
        diagram=TWO, script=complete("b"), status="script-failed", waiting="a", done="a:0 b:0"
    ),
    "a script that completes what does not exist fails": Case(
        diagram=TWO, script=complete("nobody"), status="script-failed", waiting="a"
    ),
    "a script that goes on after the end fails": Case(
        diagram=USER, script=complete("a", "a"), status="script-failed", ended="e"
    ),
    "a script that throws where nothing waits fails": Case(
        diagram=TWO, script=({"throwError": "b", "code": "E"},), status="script-failed", waiting="a"
    ),
    "a script that fails what does not wait fails": Case(
        diagram=TWO, script=({"fail": "b", "message": "no"},), status="script-failed", waiting="a"
    ),
    "a script that awaits a timer where there is none fails": Case(
        diagram=USER, script=({"advance": "next"},), status="script-failed", waiting="a"
    ),
    "time passes though no timer runs": Case(diagram=USER, script=({"advance": "P3D"}, {"complete": "a"}), ended="e"),
    "a timer waits": Case(diagram=TIMER, status="waiting", waiting="w"),
    "time that is advanced fires a timer": Case(diagram=TIMER, script=({"advance": "P3D"},), ended="e"),
    "time that is advanced too little fires no timer": Case(
        diagram=TIMER, script=({"advance": "P2DT23H59M59S"},), status="waiting", waiting="w"
    ),
    "time adds up over steps": Case(diagram=TIMER, script=({"advance": "P2D"}, {"advance": "PT24H"}), ended="e"),
    "advancing to the next timer fires it": Case(diagram=TIMER, script=({"advance": "next"},), ended="e"),
    "advancing to the next timer fires the earliest alone": Case(
        diagram="start s\ncatch v timer=PT1H\ncatch w timer=PT2H\nend e f\ns -> v -> e\ns -> w -> f",
        script=({"advance": "next"},),
        status="waiting",
        waiting="w",
        ended="e",
    ),
    "a long step fires timers in the order of time": Case(
        diagram="start s\ncatch w timer=PT2H\ncatch v timer=PT1H\nend e f\ns -> w -> f\ns -> v -> e",
        script=({"advance": "P1D"},),
        ended_in_order="e f",
    ),
    "a timer that a timer starts fires within the same long step": Case(
        diagram="start s\ncatch v w timer=PT1H\nend e\ns -> v -> w -> e", script=({"advance": "PT2H"},), ended="e"
    ),
    "a signal goes to every catcher": Case(
        diagram="start s\ncatch v w signal=Go\nend e\ns -> v -> e\ns -> w -> e",
        script=({"signal": "Go", "variables": {"x": 1}},),
        ended="e e",
        values={"x": 1},
    ),
    "a message goes to one catcher": Case(
        diagram="start s\ncatch v w message=Go\nend e\ns -> v -> e\ns -> w -> e",
        script=({"message": "Go"},),
        status="waiting",
        ended="e",
    ),
    "a message that comes early is buffered or its step fails": Case(
        # "Buffered when nobody waits yet" stands against "each step waiting for its target to be there".
        diagram="start s\nuser a\ncatch m message=Go\nend e\ns -> a -> m -> e",
        script=({"message": "Go", "variables": {"x": 1}}, {"complete": "a"}),
        status="completed|script-failed",
    ),
    "a variable that is set decides later": Case(
        diagram="start s\nuser a\nxor g default=f\nend e f\ns -> a -> g\ng -> e if x = 5\ng -> f",
        variables={"x": 1},
        script=({"set": {"x": 5}}, {"complete": "a"}),
        ended="e",
        values={"x": 5},
    ),
    "a cancelled case is terminated": Case(
        diagram=USER, script=({"cancel": True},), status="terminated", waiting="", ended=""
    ),
    "auto completes what is offered": Case(diagram=TWO, auto=True, ended="e", before="a<b", done="a:1 b:1"),
    "auto completes tasks of parallel branches": Case(
        diagram="start s\nuser a b\nand j\nend e\ns -> a -> j\ns -> b -> j -> e", auto=True, ended="e"
    ),
    "auto lets time run": Case(diagram=TIMER, auto=True, ended="e", done="w:1"),
    "auto completes tasks before it lets time run": Case(
        diagram="start s\nuser a\nboundary x attachedToRef=a timer=PT1H\ntask t u\ns -> a -> t\nx -> u",
        auto=True,
        done="t:1 u:0",
    ),
    "auto leaves to the script what the script names": Case(
        diagram="start s\nuser a b c\nend e\ns -> a -> b -> c -> e",
        auto=True,
        script=({"complete": "b", "variables": {"x": 1}},),
        values={"x": 1},
        ended="e",
        done="a:1 b:1 c:1",
    ),
    "auto lets time run to where the script waits": Case(
        diagram="start s\ncatch w timer=P3D\nuser a\nend e\ns -> w -> a -> e",
        auto=True,
        script=({"complete": "a", "variables": {"x": 1}},),
        values={"x": 1},
        ended="e",
    ),
    "auto completes a task before the script lets time pass": Case(
        # "As soon as it is offered": only what the script names is left to the script.
        diagram="start s\nuser a b\nboundary x attachedToRef=a timer=PT1H\nend e f\ns -> a -> b -> e\nx -> f",
        auto=True,
        script=({"advance": "PT2H"}, {"complete": "b"}),
        ended="e",
        done="a:1 b:1 x:0",
    ),
    "auto completes a task before the script sets a variable": Case(
        diagram="start s\nuser a\nxor g default=f\nend e f\ns -> a -> g\ng -> e if x = 5\ng -> f",
        auto=True,
        variables={"x": 1},
        script=({"set": {"x": 5}},),
        status="completed|script-failed",
        ended="f",
    ),
    "auto completes a task before the script sends a signal": Case(
        diagram="start s\nuser a\nboundary x attachedToRef=a signal=Go\ncatch m signal=Go\nend e f g\n"
        "s -> a -> e\nx -> f\ns -> m -> g",
        auto=True,
        script=({"signal": "Go"},),
        ended="e g",
        done="a:1 x:0",
    ),
    "auto does not invent a signal": Case(
        diagram="start s\ncatch w signal=Go\nend e\ns -> w -> e", auto=True, status="waiting", waiting="w"
    ),
    "until stops before a later timer": Case(diagram=TIMER, auto=True, until="P2D", status="waiting", waiting="w"),
    "until lets an earlier timer fire": Case(diagram=TIMER, auto=True, until="P4D", ended="e"),
    "until ends a run that never ends": Case(
        diagram=TIMER_LOOP, auto=True, until="PT84H", status="waiting", waiting="w", done="w:3 t:3"
    ),
    "a file with one process runs it though nobody says that it is executable": Case(
        diagram="process P {\nstart s\ntask a\nend e\ns -> a -> e\n}", ended="e"
    ),
    "the only executable process runs": Case(
        diagram=BOTH.replace("Q isExecutable=true", "Q isExecutable=false"), ended="e", done="a:1 qa:0"
    ),
    "the process that is asked for runs alone": Case(diagram=BOTH, processes=("Q",), ended="qe", done="a:0 qa:1"),
    "several processes start in the order asked for": Case(
        diagram=BOTH, processes=("Q", "P"), ended_in_order="qe e", done="a:1 qa:1"
    ),
    "a run is not complete before every process is": Case(
        diagram=BOTH.replace("task qa", "user qa"), processes=("P", "Q"), status="waiting", waiting="qa", ended="e"
    ),
    "a process with a message start waits for the message of another": Case(
        diagram="""process P isExecutable=true {
        start s
        throw m message=Referral
        end e
        s -> m -> e
        }
        process Q isExecutable=true {
        start qs message=Referral
        task qa
        end qe
        qs -> qa -> qe
        }""",
        ended="e qe",
        done="qa:1",
    ),
    "of two true conditions the first outgoing flow wins wherever the flows stand": Case(
        # §13.4.2: conditions are evaluated in order; the order of the flow elements must not matter.
        diagram=TWO_TRUE.format("b", "a", "a", "b"),
        as_written=True,
        ended="b",
    ),
    "of two true conditions the first outgoing flow wins when the flows change places": Case(
        diagram=TWO_TRUE.format("b", "a", "b", "a"), as_written=True, ended="b"
    ),
    "a file without ids that nobody refers to runs": Case(
        diagram=BARE.format("<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/>"),
        as_written=True,
        ended="e",
    ),
    "flows may stand before the nodes they join": Case(
        diagram=BARE.format("<sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/><startEvent id='s'/>"),
        as_written=True,
        ended="e",
    ),
    "names with umlauts, quotes and line breaks are names": Case(
        diagram=BARE.format(
            "<startEvent id='s' name='Überweisung &quot;neu&quot;'/><sequenceFlow sourceRef='s' targetRef='a'/>"
            "<userTask id='a' name='Brief&#10;prüfen — «jetzt»'/>"
        ),
        as_written=True,
        status="waiting",
        waiting="a",
    ),
    "a script names a task by its element whatever its name": Case(
        diagram=BARE.format(
            "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='a'/><userTask id='a' name='b'/>"
            "<sequenceFlow sourceRef='a' targetRef='b'/><userTask id='b' name='a'/>"
        ),
        as_written=True,
        script=complete("a"),
        status="waiting",
        waiting="b",
    ),
    "comments, processing instructions and documentation have no effect": Case(
        diagram=BARE.format(
            "<!-- <task id='x'/> --><documentation>Read me</documentation>"
            "<startEvent id='s'><documentation/></startEvent><?tool hint?>"
            "<sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/>"
        ),
        as_written=True,
        ended="e",
    ),
    "a diagram that is drawn runs as one that is not": Case(
        diagram=f"{HEAD}<definitions xmlns='{BPMN}' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI'>"
        "<process id='P'><startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/></process>"
        "<di:BPMNDiagram id='d'><di:BPMNPlane id='pl' bpmnElement='P'/></di:BPMNDiagram></definitions>",
        as_written=True,
        ended="e",
    ),
    "a pool around the process has no effect": Case(
        diagram=f"{HEAD}<definitions xmlns='{BPMN}'><collaboration id='c'><participant id='x' name='Clinic' "
        "processRef='P'/><participant id='y' name='Patient'/></collaboration><process id='P' isExecutable='true'>"
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/></process></definitions>",
        as_written=True,
        ended="e",
    ),
}
