"""Who else waits for an answer? The case whose step began this one: it hears what the requester is told.

Only of the referral that began the case, never of one that the case itself made; and only when the pathway of the case
that began it listens for that message at all: most begin another pathway and go on.
"""

from api.listening import listening
from records.database import Database
from records.tables import Case, Lineage
from workflows.contract.requests import DeliverMessage


async def waiting_beginner(database: Database, answer: DeliverMessage, case_id: str) -> str | None:
    """Give the case that is to hear an answer about `case_id`, None when nobody but the requester is."""
    async with database.reader() as session:
        lineage = await session.get(Lineage, case_id.partition("/")[0])
        if lineage is None or lineage.kind != "started" or lineage.referral_id != answer.correlation_key:
            return None
        case = await session.get(Case, lineage.parent_case_id)
        if case is None or case.status != "running":
            return None
        listens = await listening(session, case.sha256)
        return case.root_case_id if answer.name in listens.awaited else None
