"""How do payloads rest? Encrypted by the key of their case, and never silently wrong."""

import json

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    NexusSerializationContext,
    SerializationContext,
    WorkflowSerializationContext,
)

from records.database import Database
from workflows.host.codec import ENCODING, EncryptedPayloads
from workflows.host.converter import CasePayloadConverter, data_converter
from workflows.host.keys import DataKeys
from workflows.host.keys_errors import KeyRingError, KeyUnknown, PayloadChanged
from workflows.host.keys_wrapping import KeyRing, new_key
from workflows.host.public import PublicText
from workflows.host.settings import SettingsError, settings_from

SECRET = Payload(metadata={"encoding": b"json/plain"}, data=b'"Testina Beispiel"')
KEY = new_key("2026")


@pytest.fixture
def codec(data_keys: DataKeys) -> EncryptedPayloads:
    """The codec as a case uses it."""
    return EncryptedPayloads(data_keys).with_context(WorkflowSerializationContext("default", "case-codec"))


def activity_of(workflow_id: str | None) -> ActivitySerializationContext:
    return ActivitySerializationContext("default", "1", "referral.send", "queue", workflow_id, "Dental", is_local=True)


async def test_what_was_encrypted_comes_back(codec: EncryptedPayloads) -> None:
    assert await codec.decode(await codec.encode([SECRET])) == [SECRET]


async def test_an_encrypted_payload_shows_nothing_and_names_its_key(codec: EncryptedPayloads) -> None:
    (sealed,) = await codec.encode([SECRET])
    assert sealed.metadata == {"encoding": ENCODING, "key-id": b"case-codec"}
    assert b"Testina" not in sealed.SerializeToString()


@pytest.mark.parametrize(
    ("context", "name"),
    [
        (WorkflowSerializationContext("default", "case-1"), b"case-1"),
        (WorkflowSerializationContext("default", "case-1/image#1/read#2"), b"case-1"),
        (activity_of("case-1/image#1"), b"case-1"),
        (activity_of(None), b"installation"),
        (NexusSerializationContext("e", "s", "o"), b"installation"),
    ],
    ids=["case", "called case", "activity", "activity of no case", "no case"],
)
async def test_a_case_and_all_it_called_share_one_key(
    data_keys: DataKeys, context: SerializationContext, name: bytes
) -> None:
    converter = data_converter(data_keys).with_context(context)
    (sealed,) = await converter.encode([{"name": "Testina"}])
    assert sealed.metadata["key-id"] == name
    assert await data_converter(data_keys).decode([sealed]) == [{"name": "Testina"}], "reading needs no context"


async def test_payloads_of_several_cases_are_decrypted_together(data_keys: DataKeys) -> None:
    codec = EncryptedPayloads(data_keys)
    cases = [codec.with_context(WorkflowSerializationContext("default", f"case-{n}")) for n in range(3)]
    sealed = [payload for case in cases for payload in await case.encode([SECRET])]
    assert await codec.decode(sealed) == [SECRET] * 3


async def test_the_same_payload_twice_looks_different(codec: EncryptedPayloads) -> None:
    first, second = await codec.encode([SECRET, SECRET])
    assert first.data != second.data


async def test_a_changed_payload_does_not_open(codec: EncryptedPayloads) -> None:
    (sealed,) = await codec.encode([SECRET])
    sealed.data = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])
    with pytest.raises(PayloadChanged, match="does not open"):
        await codec.decode([sealed])


async def test_a_payload_does_not_pass_for_one_of_another_case(codec: EncryptedPayloads, data_keys: DataKeys) -> None:
    (sealed,) = await codec.encode([SECRET])
    await data_keys.sealing("case-other")
    sealed.metadata["key-id"] = b"case-other"
    with pytest.raises(PayloadChanged):
        await codec.decode([sealed])


async def test_a_payload_of_a_key_that_nobody_has_says_so(codec: EncryptedPayloads) -> None:
    (sealed,) = await codec.encode([SECRET])
    sealed.metadata["key-id"] = b"case-of-elsewhere"
    with pytest.raises(KeyUnknown, match="no data key 'case-of-elsewhere'"):
        await codec.decode([sealed])


async def test_a_long_payload_is_compressed(codec: EncryptedPayloads) -> None:
    long = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(["the same words"] * 1_000).encode())
    (sealed,) = await codec.encode([long])
    assert len(sealed.data) < len(long.data) / 20


async def test_a_label_for_the_administrator_stays_readable_and_needs_no_key() -> None:
    payloads = CasePayloadConverter().to_payloads([PublicText("Read the report"), "Testina Beispiel"])
    nowhere = EncryptedPayloads(DataKeys(Database("sqlite:////nowhere/keys.db"), KeyRing.parse(KEY)))
    (label,) = await nowhere.encode(payloads[:1])
    assert label.data == b'"Read the report"'


def test_a_label_fits_the_servers_limit_even_in_the_middle_of_a_letter() -> None:
    label = PublicText.label("ä" * 300)
    assert len(label.encode()) == PublicText.SUMMARY_BYTES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "No key"),
        ("no-id", "has no id"),
        ("a:!!!", "is not base64"),
        ("a:c2hvcnQ=", "AES-256 needs 32"),
        pytest.param(f"{KEY},{KEY}", "given twice", id="same-id-twice"),
    ],
)
def test_a_malformed_ring_is_refused(text: str, message: str) -> None:
    with pytest.raises(KeyRingError, match=message):
        KeyRing.parse(text)


def test_a_process_without_keys_does_not_start() -> None:
    with pytest.raises(SettingsError, match="PATHWAYS_KEYS"):
        settings_from({})


def test_keys_never_show_in_settings() -> None:
    settings = settings_from({"PATHWAYS_KEYS": KEY, "PATHWAYS_DATABASE": "postgresql://u:hunter2@h/d"})
    assert "hunter2" not in repr(settings)
    assert KEY.partition(":")[2] not in repr(settings)
