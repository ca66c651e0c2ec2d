"""What is a storyline? A referral and what people and systems then do, as data: `demo/storylines/*.yaml`.

    - id: closed-loop
      tells: Dental clearance all the way
      over: 360x                                  # or fhir, json
      from: beacon_cancer_network                 # the organisation whose system sends it
      pathway: oral_care_during_after             # left out: the rules choose (interop/routing.py)
      patient_of: to-be-booked                    # the patient of another storyline, which is played before
      consent: false                              # nobody records that the patient agrees to sharing; default: they do
      own_record_of: patient.fern                 # who signs in as the patient
      referral:
        service: Dental oncology clinic           # words that choose the pathway, with reason and question
        reason: …
        question: …
        priority: urgent                          # routine, urgent, asap or stat
        diagnosis: {code: "363349007", display: Malignant tumor of tongue}   # SNOMED CT
        rt_start: {days: 40}
      steps:
        - do: pre_rt_dental_clearance.req         # someone completes the task with this form …
          by: dr.eagle                            # … other than usual
          with: {dose_jaw_gy: 60}                 # … with values other than usual (demo/answers.yaml)
          handed_by: c.hazel                      # … to whom a coordinator hands it by name: they are of elsewhere
          beside: true                            # … in a case that this one began beside itself
        - claim: …                                # takes the task and leaves it
        - answer: accept                          # a service answers: acknowledge, accept, decline, return
          by: dr.heron
          service: oral_surgery                   # left out: the first of their teams
        - arrives: imaging.report                 # a message comes for whoever waits for it in this case
          with: {category: benign}
        - has_report: imaging.performed           # the system of who does it has a report of the order that waits for
          with: {conclusion: …}                   # this message, and never sends it (demo/results_system.py)
        - move_date: {treatment: radiotherapy, new_date: {days: 9}}
          by: dr.eagle
        - again: true                             # the same referral is sent a second time
        - acknowledges: result                    # somebody acknowledges by name a result that was handed to them
          by: dr.heron
        - asks: POST /cases/{case}/break-glass    # anything else; {case}, {patient}, {born}, {referral}, {order} are
          by: dr.dove                             # filled in, and {task}: the open task of the form that `task` names
          with: {reason: …}
          refused: 404                            # this refusal has to be the answer
          says: breaks the glass of               # the case is named after it
        - sees: {waiting: [Dental oncology assessment]}   # waits until the case stands so
      then: {status: running, waiting: [Dental oncology assessment], level: 2}    # how it stands at the end

How a case stands (demo/standing.py) is said by `status`, `waiting` (names of steps), `message` (that it waits for),
`level` (of escalation, at least) and `incident`.
Moments are relative: `{days: 3}` is a date, `{hours: -2}` a moment, counted from now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

HERE = Path(__file__).parent
Json = Any


@dataclass(frozen=True, slots=True)
class Do:
    """Someone completes a task, or (`only_claim`) takes it and leaves it."""

    form: str
    by: str
    values: Mapping[str, Json]
    only_claim: bool = False
    handed_by: str = ""
    beside: bool = False
    kind: Literal["do"] = "do"


@dataclass(frozen=True, slots=True)
class Answer:
    """A service answers the referral in its inbox: acknowledge, accept, decline or return."""

    answer: str
    by: str
    body: Mapping[str, Json]
    service: str = ""
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class Arrives:
    """A message comes from another system. `key_ends`: of two waits for it, the one whose key ends so."""

    message: str
    variables: Mapping[str, Json]
    by: str
    key_ends: str = ""
    kind: Literal["arrives"] = "arrives"


@dataclass(frozen=True, slots=True)
class HasReport:
    """A system has a report of the order that waits for a message, and never sends it."""

    message: str
    conclusion: str
    kind: Literal["has_report"] = "has_report"


@dataclass(frozen=True, slots=True)
class MoveDate:
    """A date of treatment moves."""

    change: Mapping[str, Json]
    by: str
    kind: Literal["move_date"] = "move_date"


@dataclass(frozen=True, slots=True)
class Again:
    """The same referral is sent a second time."""

    kind: Literal["again"] = "again"


@dataclass(frozen=True, slots=True)
class Acknowledges:
    """Someone acknowledges by name a result that was handed to them."""

    by: str
    kind: Literal["acknowledges"] = "acknowledges"


@dataclass(frozen=True, slots=True)
class Asks:
    """Someone asks for something of the API. `task`: the form of the task it is about."""

    method: str
    path: str
    by: str
    body: Mapping[str, Json]
    says: str
    task: str = ""
    refused: int = 0
    kind: Literal["asks"] = "asks"


@dataclass(frozen=True, slots=True)
class Sees:
    """The story goes on when the case stands so."""

    standing: Mapping[str, Json]
    kind: Literal["sees"] = "sees"


Step = Do | Answer | Arrives | HasReport | MoveDate | Again | Acknowledges | Asks | Sees


@dataclass(frozen=True, slots=True)
class Story:
    """One referral and what becomes of it. `sender`: an organisation; `then`: how the case stands at the end."""

    id: str
    tells: str
    over: Literal["360x", "fhir", "json"]
    sender: str
    referral: Mapping[str, Json]
    steps: tuple[Step, ...]
    then: Mapping[str, Json] = field(default_factory=dict)
    pathway: str = ""
    patient_of: str = ""
    consent: bool = True
    own_record_of: str = ""


@cache
def storylines(folder: Path = HERE / "storylines", answers: Path = HERE / "answers.yaml") -> tuple[Story, ...]:
    """Read every storyline, those of one file in its order."""
    usual = yaml.safe_load(answers.read_text(encoding="utf-8"))
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]
    return tuple(_story(told, usual) for file in files for told in file)


def at(value: Json, now: datetime) -> Json:
    """Turn every relative moment inside a value into ISO 8601 text."""
    match value:
        case {"days": int(days), **rest} if not rest:
            return (now + timedelta(days=days)).date().isoformat()
        case {"hours": int() | float() as hours, **rest} if not rest:
            return _quarter(now + timedelta(hours=hours)).isoformat(timespec="seconds")
        case Mapping():
            return {name: at(each, now) for name, each in value.items()}
        case list():
            return [at(each, now) for each in value]
        case _:
            return value


def _quarter(moment: datetime) -> datetime:
    """The quarter of an hour before a moment: forms offer no other times (`timeInterval`)."""
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)


def _story(told: Mapping[str, Json], usual: Mapping[str, Json]) -> Story:
    return Story(
        id=told["id"],
        tells=told["tells"],
        over=told["over"],
        sender=told["from"],
        referral=told["referral"],
        steps=tuple(_step(step, usual) for step in told.get("steps", ())),
        then=told.get("then", {}),
        pathway=told.get("pathway", ""),
        patient_of=told.get("patient_of", ""),
        consent=told.get("consent", True),
        own_record_of=told.get("own_record_of", ""),
    )


def _step(step: Mapping[str, Json], usual: Mapping[str, Json]) -> Step:
    given = dict(step.get("with", {}))
    match step:
        case {"do": form} | {"claim": form}:
            return _do(form, step, usual.get(form, {}))
        case {"answer": answer}:
            return Answer(answer, step["by"], given, step.get("service", ""))
        case {"arrives": message}:
            return Arrives(message, given, step.get("by", "gateway"), step.get("key_ends", ""))
        case {"has_report": message}:
            return HasReport(message, given["conclusion"])
        case {"move_date": change}:
            return MoveDate(change, step["by"])
        case {"again": True}:
            return Again()
        case {"acknowledges": "result"}:
            return Acknowledges(step["by"])
        case {"asks": request}:
            method, _, path = request.partition(" ")
            return Asks(method, path, step["by"], given, step["says"], step.get("task", ""), step.get("refused", 0))
        case {"sees": standing}:
            return Sees(standing)
        case _:
            raise ValueError(f"a storyline has a step of no known kind: {sorted(step)}")


def _do(form: str, step: Mapping[str, Json], known: Mapping[str, Json]) -> Do:
    values = {**known.get("values", {}), **step.get("with", {})}
    handed_by = step.get("handed_by", known.get("handed_by", ""))
    by = step.get("by") or known["by"]
    return Do(form, by, values, only_claim="claim" in step, handed_by=handed_by, beside=step.get("beside", False))
