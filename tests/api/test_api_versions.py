"""Publishing over the API, and what becomes of the versions: listed, compared, activated again."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from pathways.catalogue import library_folders
from pathways.package import pack
from records.queries.library import parsed, version_of
from tests.api.conftest import Office

pytestmark = pytest.mark.temporal
FOLDERS = {folder.name.lstrip("0123456789_"): folder for folder in library_folders()}


def files(*names: str, **changed: str) -> dict[str, Any]:
    """The files of pathways of the library, with some text of their diagrams replaced (`before=after`)."""
    found = {
        f"{name}/{path.name}": path.read_text()
        for name in names
        for path in FOLDERS[name].iterdir()
        if path.suffix in (".bpmn", ".dmn", ".form")
    }
    for before, after in changed.items():
        assert any(before in text for text in found.values())
        found = {name: text.replace(before, after) for name, text in found.items()}
    return {"files": found}


async def versions(office: Office, key: str) -> list[tuple[int, bool]]:
    """The versions of a pathway, the newest first, and whether new cases start with them."""
    listed = (await office.dentist.get(f"/pathways/{key}/versions")).json()
    return [(each["version"], each["active"]) for each in listed.get("items", [])]


async def publish(office: Office, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await office.admin.do("/pathways", content))["published"]
    return found


async def test_a_pathway_is_published_compared_and_rolled_back(office: Office) -> None:
    (first,) = await publish(office, files("no_show", repeated="first"))
    (second,) = await publish(office, files("no_show", repeated="second"))
    one, two = first["version"], second["version"]
    assert (first["key"], two, second["new"], second["active"]) == ("no_show", one + 1, True, True)
    assert (await versions(office, "no_show"))[:2] == [(two, True), (one, False)]
    found = await office.dentist.read(f"/pathways/no_show/versions/{one}/diff/{two}")
    assert found["same"] is False
    assert any(each["fate"] == "changed" for each in found["differences"])
    assert "→" in found["text"]
    back = await office.admin.do(f"/pathways/no_show/versions/{one}/activate")
    assert (back["version"], back["active"]) == (one, True)
    assert (await versions(office, "no_show"))[:2] == [(two, False), (one, True)]


async def test_the_same_content_is_no_new_version(office: Office) -> None:
    await publish(office, files("no_show"))
    again = await office.admin.post("/pathways", files("no_show"))
    assert (again.status_code, again.json()["published"][0]["new"]) == (200, False)


OF_ORDERS = ("consent_withdrawn", "second_opinion_read")


async def test_a_diagram_may_call_what_is_published_already(office: Office) -> None:
    await publish(office, files("safety_incident"))
    called = await publish(office, files("no_show", "acknowledge_result", "result_overdue", *OF_ORDERS))
    (order,) = await publish(office, files("imaging_order"))
    async with office.database.reader() as session:
        pins = parsed(await version_of(session, "imaging_order", order["version"])).calls
    assert pins == {each["key"]: each["sha256"] for each in (*called, order)}


async def test_one_error_refuses_all_and_is_told_by_file_and_line(office: Office) -> None:
    broken = files("no_show", "result_overdue", "safety_incident", repeated="never")
    before = await versions(office, "no_show")
    name = "result_overdue/pathway.bpmn"
    broken["files"][name] = broken["files"][name].replace('targetRef="lost"', 'targetRef="nowhere"')
    response = await office.admin.post("/pathways", broken)
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    errors = [each for each in response.json()["findings"] if each["severity"] == "error"]
    assert all(each["file"] == name for each in errors)
    assert any(each["line"] > 0 for each in errors)
    assert await versions(office, "no_show") == before


SLIPS = {
    "a role that is a letter off": (
        'Groups="',
        'Groups="clinical_laed,',
        "misspelt-role",
        "Did you mean 'clinical_lead'?",
    ),
    "a ladder that is not there": ('value="LAD-', 'value="LAD_', "unknown-ladder", "Did you mean 'LAD-"),
    "a property of another name": ('name="expectedDuration"', 'name="expectedduration"', "misspelt-name", "Did you"),
    "a form of another name": ('formId="no_show.', 'formId="no_shw.', "missing-form", "Did you mean 'no_show."),
}


@pytest.mark.parametrize(("before", "after", "rule", "remedy"), SLIPS.values(), ids=SLIPS)
async def test_a_slip_is_refused_by_line_with_what_was_meant(
    office: Office, before: str, after: str, rule: str, remedy: str
) -> None:
    slipped = files("no_show", **{before: after})
    for path, undone in (("/pathways", "nothing was published"), ("/pathways/no_show/shadow", "nothing was run")):
        response = await office.admin.post(path, slipped)
        assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (422, "not-publishable")
        assert response.json()["detail"].endswith(f"; {undone}.")
        errors = [each for each in response.json()["findings"] if each["severity"] == "error"]
        assert {each["rule"] for each in errors} >= {rule}
        assert all(each["file"] == "no_show/pathway.bpmn" and each["line"] > 0 for each in errors)
        assert any(each["remedy"].startswith(remedy) for each in errors)


async def test_what_may_be_right_later_is_told_and_published(office: Office) -> None:
    answer = await office.admin.do("/pathways", files("no_show", **{'Groups="': 'Groups="nurse,'}))
    told = [each for each in answer["findings"] if each["severity"] == "warning"]
    assert {each["rule"] for each in told} == {"unknown-role"}
    assert [each["key"] for each in answer["published"]] == ["no_show"]


NESTED = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(1_500))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(NESTED, id="nested without end"),
        pytest.param("--b0\r\nContent-Disposition: form-data; filename*=\"'\r\n\r\nx\r\n--b0--\r\n", id="half a name"),
        pytest.param("--b0\r\nContent-Disposition: form-data; filename*=u\0''%ff\r\n\r\nx\r\n--b0--\r\n", id="a NUL"),
    ],
)
async def test_a_multipart_upload_that_nobody_can_read_is_malformed(office: Office, body: str) -> None:
    headers = {**office.admin.headers, "Content-Type": "multipart/form-data; boundary=b0"}
    answer = await office.http.post("/pathways", content=body.encode(), headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "malformed")


async def test_an_upload_may_be_multipart_and_its_diagram_have_any_name(office: Office) -> None:
    sent = files("no_show")["files"]
    parts = [("files", (name.replace("no_show/pathway", "other"), text)) for name, text in sent.items()]
    parts = [("files", (name.removeprefix("no_show/"), text)) for _, (name, text) in parts]
    response = await office.http.post("/pathways", files=parts, headers=office.admin.headers)
    assert response.is_success, response.text
    assert response.json()["published"][0]["key"] == "no_show"


async def test_what_is_called_and_nowhere_published_is_missed(office: Office) -> None:
    alone = await office.admin.post("/pathways", files("b_ent_imaging_oncology"))
    errors = [each for each in alone.json()["findings"] if each["severity"] == "error"]
    assert {each["rule"] for each in errors} == {"missing-process"}


@pytest.mark.parametrize(
    "name",
    [
        "../pathway.bpmn",
        "/etc/pathway.bpmn",
        "a/b/pathway.bpmn",
        "note.txt",
        "",
        "a.bpmn/b.form",
        "路/b.form",
    ],
)
async def test_only_our_files_in_folders_of_their_own_are_taken(office: Office, name: str) -> None:
    response = await office.admin.post("/pathways", {"files": {name: "<x/>"}})
    assert response.status_code == 400


async def test_only_administrators_publish_and_activate(office: Office) -> None:
    assert (await office.dentist.post("/pathways", files("no_show"))).status_code == 403
    assert (await office.dentist.post("/pathways/two_tasks/versions/1/activate")).status_code == 403
    assert (await office.admin.post("/pathways/two_tasks/versions/9/activate")).status_code == 404


@pytest.mark.postgres
async def test_many_publishers_at_once_agree_on_one_order(postgres_office: Office) -> None:
    office = postgres_office
    orders = [("no_show", "acknowledge_result"), ("acknowledge_result", "no_show")] * 3
    contents = [files(*names, repeated=f"repeated{number}") for number, names in enumerate(orders)]
    responses = await asyncio.gather(*(office.admin.post("/pathways", content) for content in contents))
    assert {response.status_code for response in responses} == {201}
    for key in ("no_show", "acknowledge_result"):
        found = await versions(office, key)
        assert [active for _, active in found].count(True) == 1
        assert [number for number, _ in found] == list(range(len(found), 0, -1))


async def test_a_package_is_published_as_it_is_and_refused_once_it_was_changed(office: Office) -> None:
    package = json.loads(pack([FOLDERS["no_show"]]))
    (published,) = (await office.admin.do("/pathways", package))["published"]
    assert (published["key"], published["sha256"]) == ("no_show", package["pathways"][0]["sha256"])
    name = "no_show/pathway.bpmn"
    package["files"][name] = package["files"][name].replace("Clinical review", "Clinical look")
    refused = await office.admin.post("/pathways", package)
    assert (refused.status_code, "was changed after it was packed" in refused.json()["detail"]) == (400, True)
    for broken in ({"pathways": [1]}, {"pathways": 1}, {"files": [1]}, {"about": {"a": 1}}):
        assert (await office.admin.post("/pathways", {**package, **broken})).status_code == 400
