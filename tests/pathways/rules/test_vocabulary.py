"""Does `pathways/library/work.yaml` say what worker, policy and templates really understand?"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from activities.duplicates import STATUSES
from activities.notification import MAIL_CHANNELS
from activities.pathway_start import KINDS
from interop.referral import Referral
from pathways.bpmn.model import Rung
from pathways.check import check_files
from pathways.ladders import library_ladders
from pathways.rules.template_fields import FOLDER
from pathways.rules.vocabulary import Words, vocabulary
from policy.alerts import alert_rules
from policy.matrix import matrix
from policy.profiles import profiles
from policy.referral_states import LOOP_STATE_NAMES
from tests.templates.applier import templates
from workflows.contract import names
from workflows.contract.urgency import URGENCIES

ROOT = Path(__file__).parents[3]
KNOWN = vocabulary()


def words(said: Words) -> set[str]:
    assert said.kind == "words"
    return set(said.words)


def choices(template: str, label: str) -> set[str]:
    field = next(each for each in templates()[template]["properties"] if each["label"] == label)
    fixed = (re.fullmatch(r'="(.*)"|([^=].*)', choice["value"]) for choice in field["choices"])
    return {found[1] or found[2] for found in fixed if found}


def activity_names() -> Iterator[str]:
    """The names under which the worker's activities answer, but for those that the host itself calls."""
    for path in (ROOT / "activities").glob("*.py"):
        yield from re.findall(r'@activity\.defn\(name="([^"]+)"\)', path.read_text(encoding="utf-8"))


def test_the_task_types_are_those_of_the_worker() -> None:
    assert set(KNOWN.types) == {*activity_names(), names.NOTIFY}


def test_every_header_that_an_activity_reads_is_known() -> None:
    read = {
        header
        for path in (ROOT / "activities").glob("*.py")
        for header in re.findall(r'work\.headers(?:\.get\(|\[)"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert read == {header for headers in KNOWN.types.values() for header in headers} - {
        "tell",
        "recipients",
        "role",
        "record",
    }


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (KNOWN.variables["priority"], URGENCIES),
        (KNOWN.variables["payload_profile"], profiles().profiles),
        (KNOWN.types["referral.send"]["payload_profile"], profiles().profiles),
        (KNOWN.types["order.record"]["status"], STATUSES),
        (KNOWN.types["pathway.start"]["kind"], KINDS),
        (KNOWN.properties["begunBy"], ("caller", "ladder", "request")),
        (KNOWN.inputs["imaging_order"]["modality"], choices("imaging-order", "Study")),
        (KNOWN.inputs["case_conference"]["mode"], choices("case-conference", "Mode")),
        (KNOWN.inputs["closed_loop_referral"]["return_at"], choices("referral", "Goes on when")),
        (KNOWN.types["notify"]["withheld"], choices("notify-patient", "If consent withholds it")),
    ],
)
def test_the_words_are_those_that_are_understood(said: Words, understood: object) -> None:
    assert words(said) == set(understood)  # type: ignore[call-overload]  # any collection of texts


def test_the_states_of_a_referral_are_those_of_the_policy() -> None:
    assert {word for word in words(KNOWN.properties["loopState"]) if " by " not in word} == set(LOOP_STATE_NAMES)


def test_every_level_and_channel_of_ladders_alerts_and_templates_is_known() -> None:
    levels, channels = words(KNOWN.types["notify"]["level"]), words(KNOWN.types["notify"]["channel"])
    rungs = [rung for ladder in library_ladders().values() for rung in ladder.rungs]
    assert levels >= {*get_args(get_type_hints(Rung)["level"]), *alert_rules().page_levels}
    assert levels >= choices("notify-patient", "Kind")
    assert channels >= {channel for rung in rungs for channel in rung.channel} | MAIL_CHANNELS
    assert channels >= alert_rules().page_channels | alert_rules().digest_channels


def test_the_services_are_those_that_the_templates_offer() -> None:
    assert KNOWN.services == choices("referral", "Service")


def test_the_messages_are_those_of_the_library() -> None:
    """Names that somebody else's diagram may hear are added by hand; none of ours is forgotten."""
    drawn = {
        name
        for path in (ROOT / "pathways/library").glob("*/pathway.bpmn")
        for name in re.findall(r'<bpmn:message [^>]*name="([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert drawn <= KNOWN.messages


def test_the_data_classes_are_those_of_the_access_matrix() -> None:
    assert KNOWN.data_classes == set(matrix().classes)


def test_what_a_referral_says_is_known_from_the_start() -> None:
    assert set(Referral.model_fields) - {"pathway_hint", "service_code"} <= KNOWN.begin


def test_nothing_in_the_library_or_the_guide_is_unknown() -> None:
    ours = {"unknown-work", "unknown-word", "misspelt-name", "header-computed", "unknown-element", "unknown-service"}
    ours |= {"misspelt-message", "unknown-data-class", "message-key-fixed", "unset-variable", "variable-as-text"}
    found = check_files([FOLDER.parent, *sorted((ROOT / "docs/designing").glob("*/"))])
    assert [finding for finding in found if finding.rule in ours] == []
