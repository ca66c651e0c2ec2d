"""How does a message that a pathway throws find its case? As one from outside does: noted, then routed by its key."""

from temporalio import activity

from activities.referral import SendMessage
from workflows.contract import names
from workflows.contract.requests import DeliverMessage


class Messages:
    """The way from case to case; `send` notes and routes one message, once by its id."""

    def __init__(self, send: SendMessage) -> None:
        self._send = send

    @activity.defn(name=names.SEND_MESSAGE)
    async def send_message(self, message: DeliverMessage) -> None:
        """Deliver a message to whichever case waits for it; one that finds nobody, or is refused, stays visible."""
        await self._send(message, "")
