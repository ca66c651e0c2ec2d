"""How do payloads rest? Encrypted, by keys that can be rotated, and never silently wrong."""

import pytest
from temporalio.api.common.v1 import Payload

from workflows.host.codec import ENCODING, EncryptedPayloads, KeyRing, KeyRingError, new_key
from workflows.host.converter import CasePayloadConverter
from workflows.host.public import PublicText
from workflows.host.settings import SettingsError, settings_from

OLD, NEW = new_key("2025"), new_key("2026")
SECRET = Payload(metadata={"encoding": b"json/plain"}, data=b'"Testina Beispiel"')


async def test_what_was_encrypted_comes_back() -> None:
    codec = EncryptedPayloads(KeyRing.parse(NEW))
    assert await codec.decode(await codec.encode([SECRET])) == [SECRET]


async def test_an_encrypted_payload_shows_nothing_and_names_its_key() -> None:
    (sealed,) = await EncryptedPayloads(KeyRing.parse(NEW)).encode([SECRET])
    assert sealed.metadata == {"encoding": ENCODING, "key-id": b"2026"}
    assert b"Testina" not in sealed.SerializeToString()


async def test_the_same_payload_twice_looks_different() -> None:
    first, second = await EncryptedPayloads(KeyRing.parse(NEW)).encode([SECRET, SECRET])
    assert first.data != second.data


async def test_a_rotated_ring_still_reads_what_the_old_key_wrote() -> None:
    sealed = await EncryptedPayloads(KeyRing.parse(OLD)).encode([SECRET])
    assert await EncryptedPayloads(KeyRing.parse(f"{NEW},{OLD}")).decode(sealed) == [SECRET]


async def test_a_ring_without_the_key_says_which_key_is_missing() -> None:
    sealed = await EncryptedPayloads(KeyRing.parse(OLD)).encode([SECRET])
    with pytest.raises(KeyRingError, match="needs key '2025'"):
        await EncryptedPayloads(KeyRing.parse(NEW)).decode(sealed)


async def test_a_changed_payload_does_not_open() -> None:
    codec = EncryptedPayloads(KeyRing.parse(NEW))
    (sealed,) = await codec.encode([SECRET])
    sealed.data = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])
    with pytest.raises(KeyRingError, match="does not open"):
        await codec.decode([sealed])


async def test_a_label_for_the_administrator_stays_readable() -> None:
    payloads = CasePayloadConverter().to_payloads([PublicText("Read the report"), "Testina Beispiel"])
    label, value = await EncryptedPayloads(KeyRing.parse(NEW)).encode(payloads)
    assert label.data == b'"Read the report"'
    assert b"Testina" not in value.data


def test_a_label_fits_the_servers_limit_even_in_the_middle_of_a_letter() -> None:
    label = PublicText.label("ä" * 300)
    assert len(label.encode()) == PublicText.SUMMARY_BYTES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "No payload key"),
        ("no-id", "has no id"),
        ("a:!!!", "is not base64"),
        ("a:c2hvcnQ=", "AES-256 needs 32"),
        pytest.param(f"{NEW},{NEW}", "given twice", id="same-id-twice"),
    ],
)
def test_a_malformed_ring_is_refused(text: str, message: str) -> None:
    with pytest.raises(KeyRingError, match=message):
        KeyRing.parse(text)


def test_a_process_without_keys_does_not_start() -> None:
    with pytest.raises(SettingsError, match="PATHWAYS_KEYS"):
        settings_from({})


def test_keys_never_show_in_settings() -> None:
    settings = settings_from({"PATHWAYS_KEYS": NEW, "PATHWAYS_DATABASE": "postgresql://u:hunter2@h/d"})
    assert "hunter2" not in repr(settings)
    assert NEW.partition(":")[2] not in repr(settings)
