"""How does a walk fill in a form? What is required, with what the walk says, else with what comes first."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Any
PAST = ("onset", "last", "started", "told", "extraction_date", "date")


def fill(task: Json, answers: Mapping[str, Json], done: Sequence[str]) -> dict[str, Json]:
    """Give the values of a task: what the form shows already stays, `answers` wins over what comes first."""
    form, shown = task["form"], task["values"]
    if not form:
        return {}
    times = sum(title == task["title"] for title in done)
    values = {}
    for field in fields(form["components"]):
        said = _said(field["key"], form["id"], answers, times)
        value = said if said is not None else shown.get(field["key"])
        if value is None and field.get("validate", {}).get("required") is True:
            value = _first(field, shown)
        if value is not None and not field.get("disabled"):
            values[field["key"]] = value
    return values


def fields(components: Sequence[Json]) -> Iterator[Json]:
    """Give every field of a form, those of groups too."""
    for component in components:
        if component.get("type") == "group":
            yield from fields(component["components"])
        elif component.get("key"):
            yield component


def _said(key: str, form: str, answers: Mapping[str, Json], times: int) -> Json | None:
    """What the walk says for this field of this form, or of any; the last of several stays."""
    said = answers.get(form, {}).get(key, answers.get(key))
    return said[min(times, len(said) - 1)] if isinstance(said, tuple) else said


def _first(field: Json, shown: Mapping[str, Json]) -> Json:
    match field["type"]:
        case "radio" | "select" | "checklist" | "taglist":
            options = [each["value"] for each in field.get("values", ())] or shown.get(field.get("valuesKey"), [])
            return options[:1] if field["type"] in ("checklist", "taglist") else options[0]
        case "number":
            return field.get("validate", {}).get("min", 0)
        case "checkbox":
            return True
        case "datetime":
            return {"days": 20} if field.get("disallowPassedDates") else _moment(field)
        case _:
            return "Walked"


def _moment(field: Json) -> Json:
    past = any(word in field["key"] for word in PAST)
    return {"days": -2 if past else 20} if field.get("subtype", "date") == "date" else {"hours": -2 if past else 24}
