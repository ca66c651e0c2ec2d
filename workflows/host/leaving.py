"""When does a case leave its history for a fresh one? When Temporal suggests it, or a newer build waits for it."""

from datetime import datetime, timedelta

from temporalio import workflow

from workflows.host.public import PublicText

PATIENCE = timedelta(minutes=1)
"""So long a case that should leave waits for its activities; then it takes them along and begins them again."""


class Leaving:
    """Whether the case should leave; `stepped` says that this run has done something, so that it never leaves idly."""

    def __init__(self) -> None:
        self.stepped = False
        self._since: datetime | None = None

    @property
    def wanted(self) -> bool:
        """Whether the history has grown long, or another build became the current one (if builds are pinned)."""
        info = workflow.info()
        moved = self.stepped and info.is_target_worker_deployment_version_changed()
        if not (moved or info.is_continue_as_new_suggested()):
            return False
        self._since = self._since or workflow.now()
        return True

    @property
    def overdue(self) -> bool:
        """Whether the case has waited long enough for what is under way."""
        return self.wanted and self._since is not None and workflow.now() - self._since >= PATIENCE


async def out_of_patience() -> None:
    """Wait as long as a case that should leave waits for its activities."""
    await workflow.sleep(PATIENCE, summary=PublicText("Wait for what is under way"))
