"""What if our own database is away while an activity runs? That is no failure of the work and uses up no tries.

The failure is marked as such; when the tries of an activity end with it, the host begins them anew
(`workflows/host/errands.py`). Effects outside happen once all the same: they carry the idempotency key.
"""

from typing import Any

from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from records.database import is_away
from workflows.contract import names


class Outages(Interceptor):
    """Marks what fails because our database does not answer."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Stand before every activity of a worker."""
        return _Marked(next)


class _Marked(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except Exception as error:
            if not is_away(error):
                raise
            raise ApplicationError("The database does not answer.", type=names.DATABASE_AWAY) from error
