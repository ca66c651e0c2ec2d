"""Small form-js schemas, and what comes out of a submission."""

from datetime import UTC, datetime

from pathways.forms import read_submission

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
COLOURS = [{"label": "Red", "value": "red"}, {"label": "Two", "value": 2}]


def form(*components):
    return {"id": "f", "type": "default", "components": list(components)}


def field(kind, key="x", **more):
    return {"type": kind, "key": key, "id": f"id_{key}", **more}


def group(*components, **more):
    return {"type": "group", "components": list(components), **more}


def repeated(path, *components, **more):
    return {"type": "dynamiclist", "path": path, "components": list(components), **more}


def hide(condition):
    return {"conditional": {"hide": condition}}


def taken(schema, values, **variables):
    """The values and the wrong fields of a submission."""
    read = read_submission(schema, values, now=NOW, variables=variables)
    return dict(read.values), [error.field for error in read.errors]
