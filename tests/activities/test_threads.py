"""Do the words in which a patient hears of an answer fit what was asked, in every language?"""

import pytest
from sqlmodel import select

from activities.threads import Threads
from pathways.patient_texts import languages
from records.database import Database
from records.tables import CaseKey, Notification, Patient, PatientPreference, Thread
from tests.activities.conftest import NOW, clock
from workflows.contract.requests import Work

ANSWER = Work("case-1", "T-1", "post#1", "post", "Post", {}, {"thread_id": "T-1", "text": "Come on Monday."})


async def told(database: Database, kind: str, language: str) -> str:
    async with database.session() as session:
        session.add(Patient(patient_id="PAT-1", created_at=NOW))
        session.add(CaseKey(case_id="case-1", correlation_key="PAT-1"))
        session.add(
            PatientPreference(patient_id="PAT-1", channel="portal", language=language, changed_by="p", changed_at=NOW)
        )
        session.add(Thread(thread_id="T-1", root_case_id="case-1", kind=kind, started_by="p", started_at=NOW))
    await Threads(database, clock).post(ANSWER)
    async with database.reader() as session:
        return (await session.exec(select(Notification.text))).one()


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("kind", "words"), [("question", "answered"), ("request", "request_answered")])
async def test_a_patient_hears_of_the_answer_in_words_that_fit_what_was_asked(
    database: Database, kind: str, words: str, language: str
) -> None:
    assert await told(database, kind, language) == languages()[language].told[words]
