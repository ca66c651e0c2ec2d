"""What does OpenAPI say that routes do not: of bodies that they read themselves, and of what goes wrong?"""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.fhir_forms import FHIR_JSON, NAMES, is_fhir
from api.problems import PROBLEM_JSON
from interop.fhir.xml import FHIR_XML
from interop.intake import PlainReferral

REF = "#/components/schemas/{model}"


def described(schema: str, example: Any, *, media_type: str = "application/json") -> dict[str, Any]:
    """Describe a body: by the name of a schema in the components, or as any `object`."""
    shape = {"type": "object"} if schema == "object" else {"$ref": REF.format(model=schema)}
    return {"requestBody": {"required": True, "content": {media_type: {"schema": shape, "example": example}}}}


PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457), and what to do; further members belong to the kind of problem.",
    "required": ["type", "title", "status", "detail", "instance", "remedy", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "Explained at this address."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "remedy": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
OUTCOME = {
    "type": "object",
    "title": "OperationOutcome",
    "description": "What went wrong, as FHIR R4 says it.",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["severity", "code"]},
        },
    },
}
FORMAT = {
    "name": "_format",
    "in": "query",
    "description": "The form of the answer, errors too. It counts before `Accept`; without either it is JSON.",
    "schema": {"type": "string", "enum": [name for names in NAMES.values() for name in names]},
}
RESOURCE = {"type": "object", "required": ["resourceType"]}
IN_XML = {FHIR_XML: {"schema": {"type": "string"}}}


def describe(app: FastAPI) -> None:
    """Add to the app's description a plain referral, which no route takes as a parameter, and every problem."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        _, referral = models_json_schema([(PlainReferral, "validation")], ref_template=REF)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, schema in {**referral["$defs"], "Problem": PROBLEM, "OperationOutcome": OUTCOME}.items():
            schemas.setdefault(name, schema)
        for path, operations in document["paths"].items():
            for operation in operations.values():
                _describe_problems(operation["responses"], fhir=is_fhir(path))
                if is_fhir(path) and FORMAT not in operation.setdefault("parameters", []):
                    operation["parameters"].append(FORMAT)
        for name in UNUSED:
            schemas.pop(name, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


UNUSED = ("HTTPValidationError", "ValidationError")
"""FastAPI's own error, which no route answers with."""


def _describe_problems(responses: dict[str, Any], *, fhir: bool) -> None:
    """Say that whatever is no success is a problem, whether a route says more of it or not."""
    model, media_type = ("OperationOutcome", FHIR_JSON) if fhir else ("Problem", PROBLEM_JSON)
    content = {media_type: {"schema": {"$ref": REF.format(model=model)}}, **(IN_XML if fhir else {})}
    if UNUSED[0] in str(responses.get("422", "")):
        del responses["422"]
    for status, response in responses.items():
        if "4" <= status < "6":
            response["content"] = content
        elif fhir and "application/json" in response.get("content", {}):
            response["content"] = {FHIR_JSON: {"schema": RESOURCE}, **IN_XML}
    responses["default"] = {"description": "A problem: `GET /problems` lists the kinds.", "content": content}
