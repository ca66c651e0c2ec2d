"""How does the patient's record learn how a referral ended? Task type `record.update`: a message to the record system.

The record system is the service `record` of the directory; without an endpoint the update waits in its inbox.
"""

from temporalio import activity

from activities.outbound import Outbound
from workflows.contract.requests import Work, WorkResult

SERVICE = "record"
MESSAGE = "record.updated"


class Record:
    """The record system."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    @activity.defn(name="record.update")
    async def update(self, work: Work) -> WorkResult:
        """Send what the case has found and decided, once.

        Raises:
            ApplicationError: the record system did not take it.
        """
        about = work.variables.get("referral_id") or work.business_key or work.case_id
        await self._outbound.deliver(SERVICE, MESSAGE, str(about), work, own_record=True)
        return WorkResult()
