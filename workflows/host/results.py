"""What if the result of an activity is too large? It fails at once, in words, and the case gets an incident."""

from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from workflows.host.sizes import LARGEST_MESSAGE, OVERSIZE, TooLarge


class BoundedResults(Interceptor):
    """Bounds the results of all activities of a worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Weigh every result on its way out."""
        return _Weighing(next)


class _Weighing(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        result = await super().execute_activity(input)
        if activity.info().is_local:
            return result
        size = sum(len(payload.data) for payload in activity.payload_converter().to_payloads([result]))
        if size > LARGEST_MESSAGE:
            refusal = TooLarge("The result", size, LARGEST_MESSAGE)
            raise ApplicationError(str(refusal), type=OVERSIZE, non_retryable=True)
        return result
