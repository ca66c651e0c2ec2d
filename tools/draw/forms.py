"""Write the forms of a specification: `.venv/bin/python tools/draw/forms.py SPEC.py FOLDER`.

A spec's `forms` names the fields of each user task: `name:type(a|b)[unit]{min..max}! | Label | hint`, `!` = required.
Types are those of the pathways' YAML, `tick` (a checkbox that has to be ticked when required) and `shown` (text that is
read, not written). `data_classes` says
which class of data a field holds: `{"*": "dental", "smoking": "risk_flags", "refer.contact_phone": "contact"}`.
"""

import json
import re
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

FIELD = re.compile(
    r"(?P<key>\w+):(?P<type>\w+)(\((?P<options>[^)]*)\))?(\[(?P<unit>[^]]*)\])?(\{(?P<range>[^}]*)\})?(?P<must>!)?"
    r"(\s*\|\s*(?P<label>[^|]*?)(\s*\|\s*(?P<hint>.*))?)?$"
)
TEETH = r"^$|^([1-8][1-8]|[1-9]|[12][0-9]|3[0-2])([ ,]+([1-8][1-8]|[1-9]|[12][0-9]|3[0-2]))*$"
YES_NO = [{"label": "Yes", "value": True}, {"label": "No", "value": False}]


def form(form_id: str, fields: list[str], data_classes: Mapping[str, str]) -> dict[str, Any]:
    """The form-js schema of a list of fields."""
    components = [_component(line) for line in fields]
    for component in components:
        named = (f"{form_id.rpartition('.')[2]}.{component['key']}", component["key"], "*")
        found = [data_classes[name] for name in named if name in data_classes]
        component |= {"properties": {"dataClass": found[0]}} if found else {}
    return {"id": form_id, "type": "default", "schemaVersion": 18, "components": components}


def _component(line: str) -> dict[str, Any]:
    match = FIELD.match(line)
    if match is None:
        raise SystemExit(f"{line!r} is no field: write name:type(options)[unit]{{min..max}}! | Label | hint")
    part = match.groupdict()
    must = {"validate": {"required": True}} if part["must"] else {}
    label = part["label"] or human(part["key"])
    hint = {"description": part["hint"]} if part["hint"] else {}
    return {"key": part["key"], "label": label, **hint, **must} | _of_type(part)


def _of_type(part: dict[str, str | None]) -> dict[str, Any]:
    options = (part["options"] or "").split("|") if part["options"] else []
    values = [{"label": human(option), "value": option} for option in options]
    match part["type"]:
        case "string" | "ref":
            return {"type": "textfield"}
        case "coded":
            return {"type": "textfield", "description": f"code system: {', '.join(options) or 'any'}"}
        case "teeth":
            pattern = {"required": True} if part["must"] else {}
            return {"type": "textfield", "validate": {**pattern, "pattern": TEETH}}
        case "multi":
            return {"type": "checklist", "values": values} if values else {"type": "textarea"}
        case "enum":
            return {"type": "select" if len(values) >= 4 else "radio", "values": values}
        case "bool":
            return {"type": "radio", "values": YES_NO} if part["must"] else {"type": "checkbox"}
        case "int" | "decimal" | "quantity":
            return _number(part)
        case "date" | "datetime":
            return _moment(part)
        case "text":
            return {"type": "textarea"}
        case "shown":
            return {"type": "textarea", "readonly": True}
        case "tick":
            return {"type": "checkbox"}
        case "file":
            return {"type": "filepicker"}
    raise SystemExit(f"{part['key']}: there is no field type {part['type']!r}")


def _moment(part: dict[str, str | None]) -> dict[str, Any]:
    label = {"dateLabel": part["label"] or human(str(part["key"]))}
    if part["type"] == "date":
        return {"type": "datetime", "subtype": "date", **label}
    time = {"timeLabel": "Time", "timeSerializingFormat": "utc_offset", "timeInterval": 15}
    return {"type": "datetime", "subtype": "datetime", **label, **time}


def _number(part: dict[str, str | None]) -> dict[str, Any]:
    least, _, most = (part["range"] or "").partition("..")
    rules: dict[str, Any] = {"required": True} if part["must"] else {}
    rules |= {name: json.loads(text) for name, text in (("min", least), ("max", most)) if text}
    digits = {"decimalDigits": 0} if part["type"] == "int" else {}
    unit = {"appearance": {"suffixAdorner": part["unit"]}} if part["unit"] else {}
    return {"type": "number", **digits, **unit, **({"validate": rules} if rules else {})}


def human(name: str) -> str:
    """`reject_reason` as people write it."""
    text = name.replace("_", " ")
    return text.capitalize() if text.isupper() or text.islower() else text


def main() -> None:
    """Write one file per form; its id is `<process>.<node>`."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    spec = runpy.run_path(sys.argv[1])
    for node, fields in spec["forms"].items():
        schema = form(f"{spec['diagram'].id}.{node}", fields, spec.get("data_classes", {}))
        path = Path(sys.argv[2]) / f"{node}.form"
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
