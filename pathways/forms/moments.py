"""Is an answer the date, the time or the moment its field asks for? ISO 8601 text, as form-js writes it."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from pathways.forms.answers import Question, WrongAnswer
from pathways.forms.fields import Schema

INTERVALS = (1, 5, 10, 15, 30, 60)
FORMATS = ("utc_offset", "utc_normalized", "no_timezone")
SUBTYPES = ("date", "time", "datetime")
_CLOCK = r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?"
_WRITTEN = {
    "date": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    "time": re.compile(_CLOCK, re.ASCII),
    "datetime": re.compile(rf"\d{{4}}-\d\d-\d\dT{_CLOCK}", re.ASCII),
}
_EXAMPLES = {"date": "2026-03-01", "time": "13:30", "datetime": "2026-03-01T13:30"}
_ZONES = {"utc_offset": "+01:00", "utc_normalized": "Z"}
_LAST_DAY_LINE = timezone(timedelta(hours=-12))


def read_moment(question: Question, value: object) -> str:
    """A date, a time, or both; with the zone that `timeSerializingFormat` asks for."""
    component = question.field.component
    subtype = str(component.get("subtype") or "date")
    moment = _parsed(component, subtype, value)
    if not isinstance(moment, date) or isinstance(moment, datetime):
        _check_zone(component, subtype, moment)
        _check_interval(component, moment)
    if component.get("disallowPassedDates") is True and isinstance(moment, date) and _is_past(moment, question.now):
        raise WrongAnswer("must not be in the past", "Choose today or later.")
    return _normalized(component, str(value), moment)


def _parsed(component: Schema, subtype: str, value: object) -> date | time:
    words = WrongAnswer(f"must be a {subtype}", f"Write it as {_example(component, subtype)}.")
    if not isinstance(value, str) or subtype not in _WRITTEN or not _WRITTEN[subtype].fullmatch(value):
        raise words
    try:
        match subtype:
            case "date":
                return date.fromisoformat(value)
            case "time":
                return time.fromisoformat(value)
            case _:
                return datetime.fromisoformat(value)
    except ValueError:
        raise words from None


def _example(component: Schema, subtype: str) -> str:
    zone = _ZONES.get(str(component.get("timeSerializingFormat")), "") if subtype != "date" else ""
    return _EXAMPLES.get(subtype, "") + zone


def _check_zone(component: Schema, subtype: str, moment: datetime | time) -> None:
    """Without a format anything goes; form-js itself then writes no zone."""
    match component.get("timeSerializingFormat"), moment.tzinfo:
        case (("utc_offset" | "utc_normalized"), None):
            raise WrongAnswer("must say its zone", f"Write it as {_example(component, subtype)}.")
        case "no_timezone", zone if zone is not None:
            raise WrongAnswer("must not have a zone", f"Write it as {_example(component, subtype)}.")


def _check_interval(component: Schema, moment: datetime | time) -> None:
    """Times in UTC are compared by quarters of an hour at most: so far may the local clock be shifted."""
    interval = component.get("timeInterval")
    if not isinstance(interval, int) or interval not in INTERVALS:
        return
    step = interval if component.get("timeSerializingFormat") != "utc_normalized" else math.gcd(interval, 15)
    if moment.minute % step or moment.second or moment.microsecond:
        raise WrongAnswer(f"must be at a multiple of {interval} minutes", "Choose one of the offered times.")


def _is_past(moment: date, now: datetime) -> bool:
    """Past by its own zone; without zone, past everywhere on earth."""
    aware = now if now.tzinfo else now.replace(tzinfo=UTC)
    zone = moment.tzinfo if isinstance(moment, datetime) and moment.tzinfo else _LAST_DAY_LINE
    day = moment.date() if isinstance(moment, datetime) else moment
    return day < aware.astimezone(zone).date()


def _normalized(component: Schema, text: str, moment: date | time) -> str:
    """With `utc_normalized` the moment in UTC, written with Z; else the text as it came."""
    if component.get("timeSerializingFormat") != "utc_normalized" or text.endswith("Z"):
        return text
    match moment:
        case datetime():
            return _in_utc(moment).isoformat() + "Z"
        case time():
            return _in_utc(datetime.combine(date(2000, 1, 1), moment)).time().isoformat() + "Z"
        case _:
            return text


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise WrongAnswer("must be a year from 1 to 9999", "Correct the year.") from None
