"""Is everything as the demo says? Expectations by name, each asked of the API alone."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.client import DUPLICATE, Api, NotInTime, Refused
from demo.links import case_page
from demo.player import Played, Player
from demo.safeguards import HIDDEN, fired
from demo.standing import lacks, stands
from demo.storyline import Answer, Do, Sees, Step
from demo.watching import case_of, cases_of, every_case

Json = Any
PATHWAYS = frozenset(
    {
        "pre_rt_dental_clearance",
        "ent_imaging_oncology",
        "dental_red_flag_lesion",
        "odontogenic_sinusitis",
        "tmj_assessment",
        "oral_care_during_after",
        "surveillance_imaging",
        "paediatric_mouth_breathing",
        "complex_shared_plan",
    }
)
SHOWN = ("date-moved", "dr.heron")
"""The storyline whose page is shown, and the person who opens it."""
ASSESSMENT = "Dental oncology assessment"
LAST_TASK = "Oncology acknowledges clearance"
REPORT = "imaging.report"
NO_REPORT = "Wait for the verified report"


@dataclass(frozen=True, slots=True)
class Check:
    """An expectation and what speaks against it; nothing does when `failure` is empty."""

    name: str
    failure: str = ""


Ask = Callable[[Api, Mapping[str, Played]], Awaitable[str]]


async def checks(api: Api, batch: Sequence[Played]) -> list[Check]:
    """Ask for every expectation."""
    by_story = {played.story.id: played for played in batch}
    standing = [Check(f"{p.story.id}: {p.story.tells}", await _stands_as_told(api, p)) for p in batch]
    asked = [Check(name, await _asked(ask, api, by_story)) for name, ask in EXPECTATIONS.items()]
    guarded = [
        Check(f"safeguard: {name}", found if isinstance(found, str) else "")
        for name, found in (await fired(api, batch)).items()
    ]
    return [*standing, *asked, *guarded]


async def _asked(ask: Ask, api: Api, batch: Mapping[str, Played]) -> str:
    try:
        return await ask(api, batch)
    except Refused as refusal:
        return str(refusal)


async def _stands_as_told(api: Api, played: Played) -> str:
    if played.failure:
        return played.failure
    case = await _case(api, played)
    missing = lacks(case, played.story.then)
    return f"{missing}, but case {played.short} {stands(case)}" if missing else ""


async def _nine(api: Api, batch: Mapping[str, Played]) -> str:
    ours = {played.case_id for played in batch.values()}
    found = [case for case in await every_case(api) if case["case_id"] in ours]
    missing = PATHWAYS - {case["pathway"] for case in found}
    return "" if len(found) == len(batch) and not missing else f"there are {len(found)}, none of {sorted(missing)}"


async def _one_case(api: Api, batch: Mapping[str, Played]) -> str:
    twice = batch["posted-twice"]
    answer = twice.repeated or {}
    found = await api.get(twice.watcher, "/cases", referral=twice.referral_id)
    if answer.get("status") == DUPLICATE and answer.get("case_id") == twice.case_id and found["total"] == 1:
        return ""
    return f"the second sending was answered {dict(answer)}; there are {found['total']} cases of it"


async def _apart(api: Api, batch: Mapping[str, Played]) -> str:
    """A practice sees what it has sent: the others' cases are neither in its list nor behind their ids."""
    own = api.of("maple_dental_practice", "coordinator")
    seen = {case["case_id"] for case in await cases_of(api, own)}
    others = {p.case_id for p in batch.values() if p.story.sender != "maple_dental_practice"}
    stranger = batch["closed-loop"].case_id
    try:
        await api.get(own, f"/cases/{stranger}")
    except Refused as refusal:
        shown = sorted(seen & others)
        return "" if refusal.status == HIDDEN and not shown else f"{refusal}; in the list: {shown}"
    return f"{own} reads {stranger}"


async def _closed_last(api: Api, batch: Mapping[str, Played]) -> str:
    """The case may end only after the task in which oncology acknowledges (its place in the timeline)."""
    played = batch["closed-loop"]
    own = [entry for entry in await _timeline(api, played) if entry["case_id"] == played.case_id]
    acknowledged = [e["seq"] for e in own if e["fact"] == "completed" and e["step"] == LAST_TASK]
    ended = [e["seq"] for e in own if e["fact"] == "case_ended"]
    in_order = len(acknowledged) == 1 and len(ended) == 1 and acknowledged[0] < ended[0]
    return "" if in_order else f"acknowledged at {acknowledged}, ended at {ended}"


async def once_each(api: Api, batch: Mapping[str, Played]) -> str:
    """No rung of a ladder may fire more often than its step has begun; some have to fire at all."""
    fired: Counter[tuple[str, str, str]] = Counter()
    begun: Counter[tuple[str, str]] = Counter()
    for played in batch.values():
        for entry in await _timeline(api, played):
            step = entry["case_id"], entry["step"]
            begun[step] += entry["fact"] == "activated"
            if entry["fact"] == "escalated":
                fired[*step, entry["text"]] += 1
    too_often = [text for (case, step, text), count in fired.items() if count > begun[case, step]]
    return f"too often: {too_often}" if too_often else ("" if fired else "no rung fired at all")


async def _near_dates(api: Api, batch: Mapping[str, Played]) -> str:
    near = [played for name, played in batch.items() if name.startswith("near-date")]
    levels = {p.story.id: (await _case(api, p))["escalation_level"] for p in near}
    return "" if len(levels) > 1 and min(levels.values()) >= 2 else f"levels: {levels}"


async def _waits_for_the_result(api: Api, batch: Mapping[str, Played]) -> str:
    case = await _case(api, batch["result-never-comes"])
    awaited = [message["name"] for message in case["messages"]]
    for wait in case["waits"]:
        if wait["step"] == NO_REPORT and wait["until"] and REPORT in awaited:
            later = datetime.fromisoformat(wait["until"]) > datetime.fromisoformat(wait["since"])
            return "" if later else f"it waits since {wait['since']} until {wait['until']}"
    return f"it {stands(case)}: {[(w['step'], w['since'], w['until']) for w in case['waits']]}"


async def _re_dated(api: Api, batch: Mapping[str, Played]) -> str:
    played = batch["date-moved"]
    case = await _case(api, played)
    now = next((wait["until"] for wait in case["waits"] if wait["step"] == ASSESSMENT), None)
    before = played.due_before_move.get(ASSESSMENT)
    return "" if now and before and now < before else f"{ASSESSMENT} was due {before}, is due {now}"


async def _page_opens(api: Api, batch: Mapping[str, Played]) -> str:
    story, person = SHOWN
    link = case_page(str(api.http.base_url), batch[story].case_id, await api.token(person))
    answer = await api.http.get(link)
    return "" if answer.is_success and "<svg" in answer.text else f"it was answered {answer.status_code}"


EXPECTATIONS: Mapping[str, Ask] = {
    "every referral became a case, and each of the nine pathways has one": _nine,
    "a coordinator sees no case in which their organisation takes no part": _apart,
    "the referral sent twice is one case, the second sending was answered 409": _one_case,
    "the loop closed only after oncology had acknowledged": _closed_last,
    "every rung of a ladder fired once": once_each,
    "where radiotherapy is near, cases are escalated to breach or higher": _near_dates,
    "the case without result says what it waits for, since when and until when": _waits_for_the_result,
    "the moved date re-dated the open task": _re_dated,
    "the page of a case opens with its picture": _page_opens,
}


async def go_on(api: Api, batch: Sequence[Played], running: Mapping[str, frozenset[str]]) -> list[Check]:
    """After a restart: every case waits for what it waited for, and goes on when somebody acts.

    `running`: what every running case waited for before.
    """
    by_story = {played.story.id: played for played in batch}
    now = await waits_now(api)
    lost = [case_id for case_id, waits in running.items() if now.get(case_id) != waits]
    return [
        Check("every running case still waits for what it waited for", f"not: {lost}" if lost else ""),
        Check("no rung fired again", await _asked(once_each, api, by_story)),
        Check("a task that was open before the restart is completed after it", await _asked(_act, api, by_story)),
    ]


async def waits_now(api: Api) -> dict[str, frozenset[str]]:
    """Give what every running case waits for."""
    running = [case for case in await every_case(api) if case["status"] == "running"]
    cases = [await case_of(api, case) for case in running]
    return {case["case_id"]: frozenset(wait["step"] for wait in case["waits"]) for case in cases}


async def _act(api: Api, batch: Mapping[str, Played]) -> str:
    """Complete a task and bring a message; both cases must move on."""
    said: list[str] = []
    player = Player(api, "", said.append)
    steps: dict[str, Step] = {
        "unanswered": Answer("accept", "dr.heron", {}),
        "to-be-triaged": Do("closed_loop_referral.triage", "dr.owl", _TRIAGED),
    }
    expected = {"unanswered": "Book dental assessment", "to-be-triaged": "Offer and book appointment"}
    try:
        for story, step in steps.items():
            await player.step(batch[story], step)
            await player.step(batch[story], Sees({"waiting": [expected[story]]}))
    except NotInTime as late:
        return str(late)
    return ""


_TRIAGED = {"triage": "accept", "priority_after": "urgent_suspected_cancer", "first_step": "appointment"}


async def _case(api: Api, played: Played) -> Json:
    return await api.get(played.watcher, f"/cases/{played.case_id}")


async def _timeline(api: Api, played: Played) -> Json:
    return await api.get(played.watcher, f"/cases/{played.case_id}/timeline", everything=True)
