"""Which safeguard fired where? Each is asked of the API again, and says what speaks for it: address, person, moment."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.table import Table

from demo.client import DUPLICATE, Api, Refused
from demo.player import Played

Json = Any
COLUMNS = ("safeguard", "case", "what", "who", "when", "evidence", "as")
HIDDEN = 404
FOUR_HOURS = timedelta(hours=4)
REVIEWER = "p.thyme"
ASKED, BROKE = "asks, and is told that there is none, for", "breaks the glass of"
CONCERNED = "raises a concern about booking"
"""What is said of steps (`says`) whose answers are asked for here."""


class NotFired(Exception):
    """A safeguard did not do what the storyline tells; the message says what is there instead."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A safeguard that fired. `evidence`: the address of the API at which it can be read; `by`: as whom."""

    case: str
    what: str
    who: str
    when: str
    evidence: str
    by: str


class _Ended(dict[str, Played]):
    """Storylines that were played to their end; of another one nothing can be asked."""

    def __missing__(self, story: str) -> Played:
        raise NotFired(f"the storyline {story} was not played to its end")


Ask = Callable[[Api, Mapping[str, Played]], Awaitable[Fired]]


async def fired(api: Api, batch: Sequence[Played]) -> dict[str, Fired | str]:
    """Ask for every safeguard, by its name: how it fired, or what speaks against it."""
    by_story = _Ended({played.story.id: played for played in batch if not played.failure})
    found: dict[str, Fired | str] = {}
    for name, ask in SAFEGUARDS.items():
        try:
            found[name] = await ask(api, by_story)
        except (NotFired, Refused) as failure:
            found[name] = str(failure)
    return found


def safeguard_table(found: Mapping[str, Fired | str]) -> Table:
    """Make the table of those that fired."""
    lines = {name: line for name, line in found.items() if isinstance(line, Fired)}
    made = Table(title=f"{len(lines)} safeguards fired", title_justify="left", row_styles=("", "dim"))
    for column in COLUMNS:
        made.add_column(column, no_wrap=column == "evidence", overflow="fold")
    for name, line in lines.items():
        when = f"{datetime.fromisoformat(line.when).astimezone():%H:%M:%S}"
        made.add_row(name, line.case, line.what, line.who, when, line.evidence, line.by)
    return made


async def _withdrawn(api: Api, batch: Mapping[str, Played]) -> Fired:
    """After the withdrawal nothing has left but the word that it was withdrawn."""
    played = batch["consent-withdrawn"]
    found = await _sharing(api, played)
    said = next((each for each in found["consents"] if each["status"] == "withdrawn"), None)
    if said is None or found["state"] != "withdrawn":
        raise NotFired(f"consent is {found['state']}")
    later = [left for left in found["disclosures"] if left["noted_at"] > said["effective_at"]]
    sent = [left["message"] for left in later if left["state"] == "sent" and left["message"] != "consent.withdrawn"]
    kept = [left for left in later if left["reason"] == "consent_withdrawn"]
    if sent or not kept:
        raise NotFired(f"sent after the withdrawal: {sent}; withheld: {kept}")
    what = f"{kept[0]['message']} for {kept[0]['recipient']} withheld"
    return _line(api, played, what, said["recorded_by"], kept[0]["noted_at"], _consents(played), played.watcher)


async def _no_agreement(api: Api, batch: Mapping[str, Played]) -> Fired:
    played = batch["no-agreement"]
    found = await _sharing(api, played)
    kept = [left for left in found["disclosures"] if left["reason"] == "no_agreement"]
    if not kept or any(left["state"] == "sent" and left["recipient"] == kept[0]["recipient"] for left in kept):
        raise NotFired(f"disclosures: {[(left['recipient'], left['state']) for left in found['disclosures']]}")
    what = f"{kept[0]['message']} for {kept[0]['recipient']} withheld"
    return _line(api, played, what, "", kept[0]["noted_at"], _consents(played), played.watcher)


async def _duplicate(api: Api, batch: Mapping[str, Played]) -> Fired:
    played = batch["asked-twice"]
    decided = await _done(api, played, "Decide on possible duplicate")
    return _from_timeline(api, played, "held, then decided: the first referral is used", decided[0])


async def _posted_twice(api: Api, batch: Mapping[str, Played]) -> Fired:
    played = batch["posted-twice"]
    address = f"/cases?referral={played.referral_id}"
    found = await api.get(played.watcher, address)
    answer = played.repeated or {}
    if answer.get("status") != DUPLICATE or found["total"] != 1:
        raise NotFired(f"it was answered {answer.get('status')}; there are {found['total']} cases")
    since = found["items"][0]["started_at"]
    return _line(api, played, "sent again: answered 409, one case", "", since, address, played.watcher)


async def _red_flag(api: Api, batch: Mapping[str, Played]) -> Fired:
    """The case is more urgent than it was sent, and what was done before still stands in its timeline."""
    played = batch["jaw-joint"]
    confirmed = (await _done(api, played, "Clinician confirms red flag"))[0]
    before = await _done(api, played, "Screen (3Q/TMD) and red flags")
    case = await api.get(played.watcher, f"/cases/{played.case_id}")
    if case["urgency"] != "urgent_suspected_cancer" or before[0]["at"] >= confirmed["at"]:
        raise NotFired(f"the case is {case['urgency']}")
    what = f"{played.story.referral['priority']} became urgent suspected cancer; history kept"
    return _from_timeline(api, played, what, confirmed)


async def _signed_twice(api: Api, batch: Mapping[str, Played]) -> Fired:
    played = batch["shared-plan"]
    first = (await _done(api, played, "Hard stop: change the plan or override with reason and second signature"))[0]
    second = (await _done(api, played, "Second signature for the override"))[0]
    if first["actor"] == second["actor"]:
        raise NotFired(f"{first['actor']} signed both")
    return _from_timeline(api, played, f"override of {api.name(first['actor'])} signed by a second", second)


async def _conference(api: Api, batch: Mapping[str, Played]) -> Fired:
    """Two opinions were given apart, one disagrees, and the decision keeps that."""
    played, surgeon = batch["sinus-conference"], "ms.falcon"
    opinions = await _done(api, played, "Give opinion")
    decided = (await _done(api, played, "Record decision and plan"))[0]
    called = (await api.get(surgeon, f"/cases/{played.case_id}"))["called"]
    conference = next(each["link"] for each in called if each["pathway"] == "case_conference")
    kept = (await api.get(surgeon, conference))["variables"] or {}
    if len({each["actor"] for each in opinions}) < 2 or not kept.get("dissent"):
        raise NotFired(f"{len(opinions)} opinions, dissent: {kept.get('dissent')}")
    return _line(api, played, "two opinions, dissent kept", decided["actor"], decided["at"], conference, surgeon)


async def _broken_glass(api: Api, batch: Mapping[str, Played]) -> Fired:
    """First nothing is there, then four hours with a reason, and a review that is done."""
    played = batch["emergency-read"]
    hidden, opened = (played.answers.get(says, {}) for says in (ASKED, BROKE))
    grants = [each for each in (await api.get(REVIEWER, "/break-glass"))["items"] if each["id"] == opened.get("id")]
    if hidden.get("status") != HIDDEN or not grants:
        raise NotFired(f"before: {hidden.get('status')}, grants: {len(grants)}")
    grant = grants[0]
    lasts = datetime.fromisoformat(grant["until"]) - datetime.fromisoformat(grant["since"])
    if lasts != FOUR_HOURS or not grant["appropriate"] or len(grant["reason"]) < 10:
        raise NotFired(f"it lasts {lasts}, the review is '{grant['review']}'")
    what = "nothing to see before; open for four hours; reviewed"
    return _line(api, played, what, grant["person"], grant["since"], "/break-glass", REVIEWER)


async def _journal(api: Api, batch: Mapping[str, Played]) -> Fired:
    played = batch["sore-mouth"]
    own = f"/my/cases/{played.case_id}"
    written = (await api.get("patient.fern", own))["journal"]
    if not written or not written[0]["red_flag"]:
        raise NotFired(f"the journal holds {written}")
    seen = await _done(api, played, "Same-day oncology review between visits")
    told, doctor = f"{written[0]['symptom']} {written[0]['severity']} of 10", api.name(seen[0]["actor"])
    what = f"{told}: red flag, seen the same day by {doctor}"
    return _line(api, played, what, "patient.fern", written[0]["written_at"], own, "patient.fern")


async def _proxy(api: Api, batch: Mapping[str, Played]) -> Fired:
    """The carer sees the plan that the patient opened, and nothing that they did not."""
    played = batch["sore-mouth"]
    address = f"/patients/{played.patient_id}/proxies"
    grant: Json = next(iter(await api.get("patient.fern", address)), {})
    seen = await api.get("carer.moss", f"/my/cases/{played.case_id}")
    if not grant or not seen["plan"] or seen["access"]:
        raise NotFired(f"the carer sees {sorted(name for name, value in seen.items() if value)}")
    what = f"a carer sees {', '.join(grant['classes'])} and no more"
    return _line(api, played, what, "patient.fern", grant["since"], address, "patient.fern")


async def _concern(api: Api, batch: Mapping[str, Played]) -> Fired:
    played, own = batch["concern"], "b.willow"
    address = f"/threads/{played.answers.get(CONCERNED, {}).get('id', '')}"
    raised = await api.get(own, address)
    if not raised["answered_at"] or raised["messages"][-1]["kind"] != "answer":
        raise NotFired(f"the concern is answered at {raised['answered_at']}")
    what = f"{raised['severity']}: answered by {api.name(raised['messages'][-1]['author'])}"
    return _line(api, played, what, raised["started_by"], raised["started_at"], address, own)


async def _critical(api: Api, batch: Mapping[str, Played]) -> Fired:
    played, cover = batch["amended-report"], "dr.harrier"
    told = await api.get(cover, "/inbox")
    mine = [each for each in told if each["case_id"].startswith(played.case_id) and each["level"] == "critical"]
    if not mine:
        raise NotFired(f"{api.name(cover)} was told {[each['level'] for each in told]}")
    return _line(api, played, "paged to who asked and who covers", cover, mine[0]["created_at"], "/inbox", cover)


async def _amended(api: Api, batch: Mapping[str, Played]) -> Fired:
    """Both versions were acknowledged, each by both to whom it was handed."""
    played = batch["amended-report"]
    versions = [bool(each["result"].get("amended")) for each in played.acknowledged]
    people = {each["acknowledged_by"] for each in played.acknowledged}
    if sorted(versions) != [False, False, True, True] or len(people) != len(versions) // 2:
        raise NotFired(f"amended: {versions}, acknowledged by {sorted(people)}")
    last, address = played.acknowledged[-1], f"/referrals/{played.referral_id}"
    standing = await api.get(played.watcher, address)
    if standing["unacknowledged"]:
        raise NotFired(f"not yet: {standing['unacknowledged']}")
    what = f"acknowledged anew by {' and '.join(sorted(api.name(each) for each in people))}"
    return _line(api, played, what, last["acknowledged_by"], last["acknowledged_at"], address, played.watcher)


SAFEGUARDS: Mapping[str, Ask] = {
    "consent withdrawn: nothing leaves": _withdrawn,
    "no agreement: nothing leaves": _no_agreement,
    "duplicate referral: a person decides": _duplicate,
    "sent twice: one case": _posted_twice,
    "red flag: upgraded mid-flight": _red_flag,
    "hard stop: two signatures": _signed_twice,
    "conference: opinions, dissent, decision": _conference,
    "break-glass: reason, four hours, review": _broken_glass,
    "journal of a patient: red flag": _journal,
    "carer: by proxy consent only": _proxy,
    "concern: answered": _concern,
    "critical result: paged at once": _critical,
    "amended result: acknowledged anew by name": _amended,
}


async def _sharing(api: Api, played: Played) -> Json:
    return await api.get(played.watcher, _consents(played))


def _consents(played: Played) -> str:
    return f"/patients/{played.patient_id}/consents"


async def _done(api: Api, played: Played, step: str) -> list[Json]:
    """Give when a step was completed, the earliest first; at least once."""
    told = await api.get(played.watcher, f"/cases/{played.case_id}/timeline", everything=True)
    found = [entry for entry in told if entry["fact"] == "completed" and entry["step"] == step]
    if not found:
        raise NotFired(f"nobody has completed “{step}”")
    return found


def _from_timeline(api: Api, played: Played, what: str, entry: Json) -> Fired:
    address = f"/cases/{played.case_id}/timeline"
    return _line(api, played, what, entry["actor"], entry["at"], address, played.watcher)


def _line(api: Api, played: Played, what: str, who: str, when: str, evidence: str, by: str) -> Fired:
    return Fired(played.short, what, api.name(who) if who else "the system", when, evidence, by)
