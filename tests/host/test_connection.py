"""What is said when Temporal cannot be reached?"""

import pytest

from tests.conftest import free_port
from workflows.host.connection import TemporalAway, connected
from workflows.host.keys_wrapping import KeyRing
from workflows.host.settings import Settings


async def test_who_cannot_reach_temporal_hears_where_it_was_looked_for_and_what_to_do(
    key_ring: KeyRing, sqlite_copy: str
) -> None:
    nowhere = Settings(keys=key_ring, temporal=f"127.0.0.1:{free_port()}", database=sqlite_copy)
    with pytest.raises(TemporalAway, match=rf"{nowhere.temporal}: start it, .* PATHWAYS_TEMPORAL"):
        async with connected(nowhere):
            pass
