"""Which module runs which element? The one place that knows all of `elements/`."""

from collections.abc import Mapping

from workflows.engine.elements import (
    ad_hoc_sub_process,
    boundary_event,
    business_rule_task,
    call_activity,
    complex_gateway,
    end_event,
    event_based_gateway,
    exclusive_gateway,
    inclusive_gateway,
    intermediate_catch_event,
    intermediate_throw_event,
    parallel_gateway,
    receive_task,
    script_task,
    service_task,
    start_event,
    sub_process,
    task,
    transaction,
    user_task,
)
from workflows.engine.lifecycle import select_flows
from workflows.engine.run import Behaviour

BEHAVIOURS: Mapping[str, Behaviour] = {
    "startEvent": Behaviour(start_event.enter, select_flows),
    "endEvent": Behaviour(end_event.enter, select_flows),
    "intermediateCatchEvent": Behaviour(intermediate_catch_event.enter, select_flows),
    "intermediateThrowEvent": Behaviour(intermediate_throw_event.enter, intermediate_throw_event.select),
    "boundaryEvent": Behaviour(boundary_event.enter, select_flows),
    "task": Behaviour(task.enter, select_flows),
    "manualTask": Behaviour(task.enter, select_flows),
    "userTask": Behaviour(user_task.enter, select_flows, heard=user_task.heard),
    "serviceTask": Behaviour(service_task.enter, select_flows),
    "sendTask": Behaviour(service_task.enter, select_flows),
    "businessRuleTask": Behaviour(business_rule_task.enter, select_flows),
    "receiveTask": Behaviour(receive_task.enter, select_flows),
    "scriptTask": Behaviour(script_task.enter, select_flows),
    "callActivity": Behaviour(call_activity.enter, select_flows),
    "subProcess": Behaviour(sub_process.enter, select_flows),
    "transaction": Behaviour(transaction.enter, select_flows, emptied=transaction.emptied),
    "adHocSubProcess": Behaviour(
        ad_hoc_sub_process.enter, select_flows, left=ad_hoc_sub_process.left, emptied=ad_hoc_sub_process.emptied
    ),
    "exclusiveGateway": Behaviour(exclusive_gateway.enter, exclusive_gateway.select),
    "parallelGateway": Behaviour(parallel_gateway.enter, parallel_gateway.select, parallel_gateway.arrive),
    "inclusiveGateway": Behaviour(
        inclusive_gateway.enter, inclusive_gateway.select, inclusive_gateway.arrive, inclusive_gateway.join
    ),
    "complexGateway": Behaviour(
        complex_gateway.enter, complex_gateway.select, complex_gateway.arrive, complex_gateway.join
    ),
    "eventBasedGateway": Behaviour(event_based_gateway.enter, event_based_gateway.select),
}
