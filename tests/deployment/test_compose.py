"""docker-compose.yml is valid and keeps its promises; no Docker engine is needed to know that."""

import json
from base64 import b64encode
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from workflows.host.settings import settings_from

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_file_follows_the_compose_schema(compose: dict[str, Any]) -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(compose, json.loads(schema.read_text()))


def test_every_image_is_pinned_to_a_version(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    assert [image for image in images if ":" not in image or image.endswith(":latest")] == []


def test_every_service_that_stays_up_has_a_health_check(compose: dict[str, Any]) -> None:
    staying = {
        name
        for name, service in compose["services"].items()
        if service["restart"] == "unless-stopped" and name != "temporal-ui"  # its image has no shell to ask with
    }
    assert {name for name in staying if "healthcheck" not in compose["services"][name]} == set()


def test_no_secret_has_a_value_or_a_default(compose: dict[str, Any]) -> None:
    words = ("PASSWORD", "PWD", "SECRET", "KEYS")
    values = [
        value
        for service in compose["services"].values()
        for name, value in service.get("environment", {}).items()
        if any(word in name for word in words)
    ]
    assert len(values) >= 8
    assert [value for value in values if not value.startswith("${") or ":?" not in value] == []


def test_the_example_environment_names_every_required_variable() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    required = {part.split(":?")[0] for part in text.split("${")[1:] if ":?" in part.split("}")[0]}
    named = {line.split("=")[0] for line in (ROOT / "deploy/example.env").read_text().splitlines() if "=" in line}
    assert required <= named


def test_every_other_setting_and_file_of_the_site_reaches_our_programs(compose: dict[str, Any]) -> None:
    for name in ("migrate", "worker", "api"):
        assert compose["services"][name]["env_file"] == [{"path": "deploy/site/pathways.env", "required": False}]
        assert "./deploy/site:/etc/pathways:ro" in compose["services"][name]["volumes"]


def test_the_codec_is_asked_by_browsers_from_where_the_temporal_ui_is(compose: dict[str, Any]) -> None:
    of_the_ui = compose["services"]["temporal-ui"]["environment"]["TEMPORAL_AUTH_CALLBACK_URL"].removesuffix(
        "/auth/sso/callback"
    )
    assert compose["services"]["api"]["environment"]["PATHWAYS_UI_ORIGINS"] == of_the_ui


def test_links_in_mails_of_the_worker_lead_to_where_people_reach_the_api() -> None:
    surroundings = {"PATHWAYS_KEYS": f"k:{b64encode(bytes(32)).decode()}", "PATHWAYS_BASE_URL": "https://care.example/"}
    assert settings_from(surroundings).case_page == "https://care.example/cases/{case_id}/page"


def test_nobody_waits_for_a_service_that_does_not_exist(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert {other for service in services.values() for other in service.get("depends_on", {})} <= set(services)
