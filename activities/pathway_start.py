"""How does a case begin another pathway and go on at once? Task type `pathway.start`: a new case of its own, once.

Headers: `pathway` (key of the pathway to begin), `kind` (what the new case is to this one: `started`, the default, or
`redirected`), `carry` (names of further variables to take along, with commas between). The new case gets what a
referral is (`TAKEN_ALONG`) and what `carry` names, never the rest; `referral_id` must be one of its own, mapped by an
input. The result is `started_case`, and the chain of referrals keeps where it came from.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from workflows.contract.requests import Work, WorkResult
from workflows.contract.urgency import urgency_of
from workflows.engine.errors import EventRejected

TAKEN_ALONG = (
    "referral_id",
    "patient_id",
    "patient",
    "requester",
    "reason",
    "clinical_question",
    "priority",
)
"""What a new case gets of the one that begins it, when it is there."""

KINDS = ("started", "redirected")


@dataclass(frozen=True, slots=True)
class Onward:
    """A case that another one begins. `request` names the step: the same however often it is tried."""

    pathway: str
    referral_id: str
    request: str
    kind: str
    from_case: str
    from_referral: str
    variables: Mapping[str, Any]
    urgency: str


class NotStartable(Exception):
    """The pathway is not published, begins with what nobody can bring about, or the case is sealed: for good."""


Begin = Callable[[Onward], Awaitable[str]]
"""Begin a case, or find the one that this step began or that has its referral id; give its id."""


class PathwayStarts:
    """The beginning of further cases."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    @activity.defn(name="pathway.start")
    async def start(self, work: Work) -> WorkResult:
        """Begin the case; give its id, its pathway and its referral id.

        Raises:
            ApplicationError: the step names no pathway or no referral id of its own, or the pathway cannot begin so.
        """
        onward = onward_of(work)
        try:
            case_id = await self._begin(onward)
        except (NotStartable, EventRejected) as refusal:
            raise ApplicationError(
                f"The pathway '{onward.pathway}' cannot be begun: publish it with a start that a referral can bring. "
                "A case that is sealed begins none.",
                type=f"pathway {onward.pathway} not startable",
                non_retryable=True,
            ) from refusal
        begun = {"case_id": case_id, "pathway": onward.pathway, "referral_id": onward.referral_id}
        return WorkResult({"started_case": begun})


def onward_of(work: Work) -> Onward:
    """Read what the step wants to begin.

    Raises:
        ApplicationError: something is missing; the message says what to draw.
    """
    pathway, kind = work.headers.get("pathway", ""), work.headers.get("kind", KINDS[0])
    referral_id = work.variables.get("referral_id")
    if not pathway or kind not in KINDS:
        raise _wrong("no pathway", f"Set the header 'pathway', and 'kind' to one of {', '.join(KINDS)} or to nothing.")
    if not isinstance(referral_id, str) or referral_id in ("", work.business_key):
        raise _wrong("no referral_id of its own", 'Map an input referral_id, for example =referral_id + "-ENT".')
    return Onward(
        pathway=pathway,
        referral_id=referral_id,
        request=work.idempotency_key,
        kind=kind,
        from_case=work.case_id,
        from_referral=work.business_key,
        variables=_taken_along(work),
        urgency=urgency_of(work.urgency, work.variables),
    )


def _taken_along(work: Work) -> dict[str, Any]:
    further = [name.strip() for name in work.headers.get("carry", "").split(",")]
    names = (*TAKEN_ALONG, *further)
    return {name: work.variables[name] for name in names if work.variables.get(name) is not None}


def _wrong(kind: str, words: str) -> ApplicationError:
    return ApplicationError(words, type=kind, non_retryable=True)
