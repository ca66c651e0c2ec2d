"""What does OpenAPI say of the bodies that routes read themselves? Their schema and an example."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from interop.intake import PlainReferral

REF = "#/components/schemas/{model}"


def described(schema: str, example: Any, *, media_type: str = "application/json") -> dict[str, Any]:
    """Describe a body: by the name of a schema in the components, or as any `object`."""
    shape = {"type": "object"} if schema == "object" else {"$ref": REF.format(model=schema)}
    return {"requestBody": {"required": True, "content": {media_type: {"schema": shape, "example": example}}}}


def describe(app: FastAPI) -> None:
    """Add the schema of a plain referral, which no route takes as a parameter, to the app's description."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        _, referral = models_json_schema([(PlainReferral, "validation")], ref_template=REF)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, schema in referral["$defs"].items():
            schemas.setdefault(name, schema)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it
