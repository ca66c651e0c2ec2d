"""Does any request that can be made from the OpenAPI bring a 5xx, or an answer outside of what it says?

`make test` asks a little, always the same; `make fuzz-api` asks more (API_EXAMPLES, API_SEED).
"""

import asyncio
import os
from collections.abc import AsyncIterator
from importlib.util import find_spec

import pytest
import pytest_asyncio

from tests.api.conftest import Office, on_a_port, token
from tests.api.fuzzing import Fuzzing
from tests.api.northern import NORTH, with_everything

pytestmark = [pytest.mark.temporal, pytest.mark.filterwarnings("ignore::Warning")]
EXAMPLES = int(os.environ.get("API_EXAMPLES", "1"))
SEED = int(os.environ.get("API_SEED", "7"))
ROLES = (("admin", "safety_officer"), ("key_worker", "dentist", "integration"), ("coordinator", "privacy_officer"))


@pytest.fixture(scope="module")
def strict_office(request: pytest.FixtureRequest) -> Office:
    """The office on PostgreSQL, which refuses more than SQLite; on SQLite where there is none."""
    found: Office = request.getfixturevalue("postgres_office" if find_spec("pgserver") else "office")
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(strict_office: Office) -> AsyncIterator[str]:
    """The office's API on a port."""
    async with on_a_port(strict_office) as address:
        yield address


async def test_no_request_brings_a_5xx_or_an_answer_outside_of_the_description(
    strict_office: Office, served: str
) -> None:
    victim = await with_everything(strict_office)
    people = [token(f"fuzz-{n}", *roles, organisation=NORTH) for n, roles in enumerate(ROLES)]
    people.append(token("p.fuzz", "patient", organisation=NORTH, patient_id=victim.patient_id))
    fuzzing = Fuzzing(
        document=strict_office.app.openapi(),
        base_url=served,
        tokens=people,
        ids={
            "case_id": victim.case_id,
            "referral_id": victim.referral_id,
            "patient_id": victim.patient_id,
            "thread_id": victim.ids["threads"],
            "service": "dental_oncology",
        },
        examples=EXAMPLES,
        seed=SEED,
    )
    await asyncio.to_thread(fuzzing.run)
    print(f"{fuzzing.asked} requests")
    assert not fuzzing.found, "\n\n".join(f"{where}: {what}" for where, what in fuzzing.found.items())
