"""Which message does a message flow carry, and by what is it correlated? (BPMN 2.0.2 §9.3, §8.4.2)."""

import pytest

from pathways.bpmn.model import Definition, MessageTrigger
from pathways.bpmn.reader import read_bpmn
from tests.pathways.bpmn.diagrams import END, START, document, errors, extended, flow, rules

MESSAGES = '<bpmn:message id="M1" name="request"/><bpmn:message id="M2" name="reply"/>'
ANONYMOUS = "<bpmn:messageEventDefinition/>"
FIRST = (
    START
    + extended("intermediateThrowEvent", "throw", inside=ANONYMOUS)
    + extended("intermediateCatchEvent", "catch", inside=ANONYMOUS)
    + END
    + flow("start", "throw")
    + flow("throw", "catch")
    + flow("catch", "end")
)
SECOND = (
    '</bpmn:process><bpmn:process id="q" isExecutable="true">'
    + extended("startEvent", "begin", inside=ANONYMOUS)
    + '<bpmn:sendTask id="send"/>'
    + flow("begin", "send")
)
POOLS = '<bpmn:participant id="A" processRef="p"/><bpmn:participant id="B" processRef="q"/>'


def _message_flow(source: str, target: str, attributes: str = "", name: str | None = None) -> str:
    identified = f'id="{name or f"{source}-{target}"}"'
    return f'<bpmn:messageFlow {identified} sourceRef="{source}" targetRef="{target}" {attributes}/>'


def _definition(flows: str, *, roots: str = "", inside: str = "", body: str = FIRST + SECOND) -> Definition:
    collaboration = f'<bpmn:collaboration id="C">{POOLS}{flows}{inside}</bpmn:collaboration>'
    reading = read_bpmn(document(body, roots=MESSAGES + roots + collaboration), file="f.bpmn", ladders={}, calendars={})
    assert reading.definition, reading.findings
    assert not errors(reading)
    return reading.definition


def _names(definition: Definition, *nodes: str) -> list[str]:
    triggers = [definition.nodes[node].trigger for node in nodes]
    return [trigger.name for trigger in triggers if isinstance(trigger, MessageTrigger)]


def test_a_message_flow_gives_both_its_ends_its_message():
    found = _definition(_message_flow("throw", "begin", 'messageRef="M1"'))
    assert _names(found, "throw", "begin") == ["request", "request"]


@pytest.mark.parametrize(("attributes", "name"), [('name="ask"', "ask"), ("", "throw-begin")])
def test_a_flow_without_message_is_one_of_its_name_else_its_id(attributes, name):
    found = _definition(_message_flow("throw", "begin", attributes))
    assert _names(found, "throw", "begin") == [name, name]


def test_a_task_that_names_no_message_sends_that_of_its_flow():
    found = _definition(_message_flow("send", "catch", 'messageRef="M2"'))
    assert _names(found, "send", "catch") == ["reply", "reply"]
    assert found.nodes["send"].work is None


def test_an_event_that_names_its_message_keeps_it():
    named = FIRST.replace(ANONYMOUS, '<bpmn:messageEventDefinition messageRef="M2"/>', 1)
    found = _definition(_message_flow("throw", "begin", 'messageRef="M1"'), body=named + SECOND)
    assert _names(found, "throw", "begin") == ["reply", "request"]


def test_flows_that_share_an_end_carry_one_message_whatever_their_order():
    flows = [_message_flow("throw", "begin"), _message_flow("send", "begin", 'name="ask"', name="0")]
    for ordered in (flows, flows[::-1]):
        found = _definition("".join(ordered))
        assert set(_names(found, "throw", "begin", "send")) == {"ask"}


def test_flows_to_the_same_pool_stay_apart():
    flows = _message_flow("throw", "B", 'name="one"') + _message_flow("send", "B", 'name="two"')
    assert _names(_definition(flows), "throw", "send") == ["one", "two"]


def _key(properties: str = "P") -> str:
    references = "".join(
        f"<bpmn:correlationPropertyRef>{name}</bpmn:correlationPropertyRef>" for name in properties.split()
    )
    return f'<bpmn:correlationKey id="K">{references}</bpmn:correlationKey>'


def _property(name: str, **paths: str) -> str:
    retrievals = "".join(
        f'<bpmn:correlationPropertyRetrievalExpression messageRef="{message}"><bpmn:messagePath>{path}'
        "</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>"
        for message, path in paths.items()
    )
    return f'<bpmn:correlationProperty id="{name}">{retrievals}</bpmn:correlationProperty>'


def _subscription(**paths: str) -> str:
    bindings = "".join(
        f'<bpmn:correlationPropertyBinding correlationPropertyRef="{name}"><bpmn:dataPath>{path}</bpmn:dataPath>'
        "</bpmn:correlationPropertyBinding>"
        for name, path in paths.items()
    )
    return f'<bpmn:correlationSubscription correlationKeyRef="K">{bindings}</bpmn:correlationSubscription>'


FLOW = _message_flow("throw", "begin", 'messageRef="M1"')


def _request(found: Definition) -> MessageTrigger:
    trigger = found.nodes["begin"].trigger
    assert isinstance(trigger, MessageTrigger)
    return trigger


def test_a_correlation_key_reads_the_payload_of_its_messages():
    found = _definition(FLOW, roots=_property("P", M1="= orderId"), inside=_key())
    assert _request(found) == MessageTrigger("request", payload_key="orderId", conversation="K")


def test_a_subscription_says_what_the_case_expects():
    body = _subscription(P="= order.id") + FIRST + SECOND
    found = _definition(FLOW, roots=_property("P", M1="orderId"), inside=_key(), body=body)
    assert _request(found) == MessageTrigger("request", "order.id", payload_key="orderId", conversation="K")


def test_several_properties_are_one_key():
    roots = _property("P", M1="a") + _property("Q", M1="b")
    found = _definition(FLOW, roots=roots, inside=_key("P Q"))
    assert _request(found).payload_key == 'string(a) + "|" + string(b)'


def test_a_message_that_lacks_a_property_is_not_correlated_by_the_key():
    roots = _property("P", M1="a") + _property("Q", M2="b")
    assert _request(_definition(FLOW, roots=roots, inside=_key("P Q"))) == MessageTrigger("request")


def test_a_subscription_that_binds_only_some_properties_expects_nothing():
    roots = _property("P", M1="a") + _property("Q", M1="b")
    body = _subscription(P="x") + FIRST + SECOND
    assert _request(_definition(FLOW, roots=roots, inside=_key("P Q"), body=body)).correlation_key is None


def test_the_messages_own_subscription_wins():
    own = (
        '<bpmn:message id="M3" name="own"><bpmn:extensionElements><zeebe:subscription correlationKey="=mine"/>'
        "</bpmn:extensionElements></bpmn:message>"
    )
    flows = _message_flow("throw", "begin", 'messageRef="M3"')
    found = _definition(flows, roots=own + _property("P", M3="theirs"), inside=_key())
    assert _request(found) == MessageTrigger("own", "mine")


def test_a_path_that_is_not_feel_is_refused():
    roots = MESSAGES + _property("P", M1="a b(")
    collaboration = f'<bpmn:collaboration id="C">{_key()}</bpmn:collaboration>'
    reading = read_bpmn(document(FIRST, roots=roots + collaboration), file="f", ladders={}, calendars={})
    assert "feel-syntax" in rules(reading)
