"""How is every operation of the OpenAPI asked at random? schemathesis makes requests and judges the answers.

Half of the requests carry ids that exist, so that more is reached than "nothing is there".
"""

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


@dataclass
class Fuzzing:
    """Requests to one API by people of several roles; `found` is what was wrong, by operation."""

    document: Mapping[str, Any]
    base_url: str
    tokens: Sequence[str]
    ids: Mapping[str, str]
    examples: int
    seed: int = 7
    asked: int = 0
    found: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Ask every operation, `examples` times with ids that exist and as often with any."""
        schema = schemathesis.openapi.from_dict(dict(self.document))
        with requests.Session() as session:
            for result in schema.get_all_operations():
                operation = result.ok()
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    self._ask(operation, session, mode)

    def _ask(self, operation: Any, session: requests.Session, mode: GenerationMode) -> None:
        places = {each.name for each in operation.path_parameters}
        known = {name: value for name, value in self.ids.items() if name in places}
        real = operation.as_strategy(mode, path_parameters=known or None)
        any_ids = operation.as_strategy(mode)
        strategy = _drawable(st.one_of(real, any_ids) if known else any_ids)

        @seed(self.seed)
        @settings(
            max_examples=self.examples,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy, token=st.sampled_from(self.tokens))
        def ask(case: Any, token: str) -> None:
            self._judge(operation, case, token, session)

        with suppress(Unsatisfiable):  # nothing of this operation can be wrong
            ask()

    def _judge(self, operation: Any, case: Any, token: str, session: requests.Session) -> None:
        self.asked += 1
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"fuzz-{self.asked}-{random.random()}"}
        try:
            response = case.call(self.base_url, session, headers)
            case.validate_response(response, CHECKS, headers=headers)
        except (FailureGroup, Failure) as failure:
            name = f"{operation.method.upper()} {operation.path}"
            self.found.setdefault(f"{name} {response.status_code}", f"{failure}\n{response.request.body!r}"[:3000])


@st.composite
def _drawable(draw: st.DrawFn, cases: st.SearchStrategy[Any]) -> Any:
    """Draw another case for one that schemathesis cannot draw: some of the wrong schemas that it makes are too much."""
    try:
        return draw(cases)
    except InvalidSchema:
        reject()
