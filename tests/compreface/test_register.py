"""Applications, services and keys."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from ostiary.compreface.register import Register
from ostiary.compreface.values import Application, Kind
from ostiary.errors import AccessConflict, BadField, SettingsError, UnknownApplication, UnknownService
from ostiary.vault import KeyVault

KEYS = {kind: str(uuid.UUID(int=n + 1)) for n, kind in enumerate(Kind)}


def test_from_the_start_there_is_an_application_with_a_service_of_each_kind(register: Register) -> None:
    register.open()
    assert register.applications() == [Application(1, "Ostiary")]
    services = register.services()
    assert [service.kind for service in services] == list(Kind)
    assert [service.door for service in services] == [True, False, False]
    assert all(str(uuid.UUID(service.key)) == service.key for service in services)
    assert len({service.key for service in services}) == 3


def test_a_key_opens_its_service_for_its_kind_alone(register: Register) -> None:
    for service in register.services():
        for kind in Kind:
            if kind is service.kind:
                assert register.service_of(service.key.upper(), kind) == service
            else:
                with pytest.raises(UnknownService) as raised:
                    register.service_of(service.key, kind)
                assert service.key not in str(raised.value)
    with pytest.raises(UnknownService):
        register.service_of(str(uuid.uuid4()), Kind.RECOGNITION)


def test_keys_can_be_given_at_any_time(tmp_path: Path) -> None:
    for keys in ({}, KEYS, KEYS):
        register = Register(tmp_path, keys=keys)
        register.open()
        services = register.services()
        register.close()
        assert len(services) == 3
    assert {service.kind: service.key for service in services} == KEYS


def test_a_key_that_is_given_stays_with_whom_it_was_given(tmp_path: Path) -> None:
    register = Register(tmp_path)
    register.open()
    second = register.create_service(1, Kind.DETECTION, "second", KEYS[Kind.DETECTION].upper())
    first = register.services()[1]
    again = Register(tmp_path, keys={Kind.DETECTION: KEYS[Kind.DETECTION]})
    again.open()
    assert again.services()[1] == first
    assert again.service_of(KEYS[Kind.DETECTION], Kind.DETECTION) == second
    wrong = Register(tmp_path, keys={Kind.VERIFICATION: KEYS[Kind.DETECTION]})
    with pytest.raises(SettingsError, match="COMPREFACE_VERIFICATION_KEY") as raised:
        wrong.open()
    assert KEYS[Kind.DETECTION] not in str(raised.value)
    for opened in (register, again, wrong):
        opened.close()


def test_a_first_service_that_was_deleted_is_there_again_for_the_key_that_is_given(tmp_path: Path) -> None:
    register = Register(tmp_path, keys=KEYS)
    register.open()
    others = [register.create_service(1, kind, kind.value + "!") for kind in Kind]
    for service in register.services()[:3]:
        register.delete_service(service.id)
    register.rename_service(others[0].id, Kind.RECOGNITION.value)  # so that the name is taken
    register.close()
    register.open()
    again = [register.service_of(KEYS[kind], kind) for kind in Kind]
    assert [(service.name, service.door) for service in again] == [
        ("recognition 2", True), ("detection", False), ("verification", False),
    ]  # fmt: skip
    assert [register.service_of(other.key, other.kind).id for other in others] == [other.id for other in others]
    register.close()


def test_a_key_that_was_changed_is_not_brought_back_by_its_setting(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    register = Register(tmp_path, keys=KEYS)
    register.open()
    changed = register.change_key(1)
    for _ in range(2):  # the program starts again
        register.close()
        register.open()
    with pytest.raises(UnknownService):
        register.service_of(KEYS[Kind.RECOGNITION], Kind.RECOGNITION)
    assert register.service_of(changed.key, Kind.RECOGNITION) == changed
    assert "COMPREFACE_RECOGNITION_KEY" in caplog.text
    assert KEYS[Kind.RECOGNITION] not in caplog.text
    register.close()


def test_a_key_that_can_be_guessed_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    register = Register(tmp_path, keys={Kind.RECOGNITION: "00000000-0000-0000-0000-000000000002", Kind.DETECTION: str(uuid.uuid4())})
    register.open()
    register.close()
    assert ["COMPREFACE_RECOGNITION_KEY" in record.getMessage() for record in caplog.records] == [True]
    assert "-000000000002" not in caplog.text


def test_settings_can_give_one_key_then_another_then_the_first_again(tmp_path: Path) -> None:
    other = {kind: str(uuid.uuid4()) for kind in Kind}
    for keys in (KEYS, other, KEYS):
        register = Register(tmp_path, keys=keys)
        register.open()
        assert {service.kind: service.key for service in register.services()} == keys
        register.close()


def test_one_key_for_two_services_is_refused_from_the_start(tmp_path: Path) -> None:
    register = Register(tmp_path, keys=dict.fromkeys(Kind, KEYS[Kind.DETECTION]))
    with pytest.raises(SettingsError, match="COMPREFACE_DETECTION_KEY"):
        register.open()
    register.close()


def test_the_door_can_be_left_out(tmp_path: Path) -> None:
    register = Register(tmp_path, door=False)
    register.open()
    assert not any(service.door for service in register.services())
    register.close()


def test_applications_and_services_come_change_and_go(register: Register) -> None:
    application = register.create_application(" Shop ")
    assert register.rename_application(application.id, "Store").name == "Store"
    service = register.create_service(application.id, Kind.RECOGNITION, "faces")
    assert (service.application_id, service.door) == (application.id, False)
    assert register.service(service.id) == service
    assert register.rename_service(service.id, "people").name == "people"
    changed = register.change_key(service.id)
    assert changed.key != service.key
    with pytest.raises(UnknownService):
        register.service_of(service.key, Kind.RECOGNITION)
    assert register.service_of(changed.key, Kind.RECOGNITION).id == service.id
    assert [each.id for each in register.services(application.id)] == [service.id]
    register.delete_application(application.id)
    with pytest.raises(UnknownService):
        register.service(service.id)
    assert len(register.applications()) == 1


def test_what_is_not_there_or_in_the_way_is_told(register: Register) -> None:
    for ask in (
        lambda: register.rename_application(9, "x"),
        lambda: register.delete_application(9),
        lambda: register.create_service(9, Kind.DETECTION, "x"),
    ):
        with pytest.raises(UnknownApplication):
            ask()
    for ask in (lambda: register.delete_service(9), lambda: register.change_key(9), lambda: register.rename_service(9, "x")):
        with pytest.raises(UnknownService):
            ask()
    with pytest.raises(AccessConflict):
        register.create_application("Ostiary")
    with pytest.raises(AccessConflict):
        register.create_service(1, Kind.DETECTION, "recognition")
    with pytest.raises(AccessConflict):
        register.create_service(1, Kind.DETECTION, "x", register.services()[0].key)
    for name in ("", "  ", "x" * 51, "a\nb"):
        with pytest.raises(BadField):
            register.create_application(name)
    with pytest.raises(BadField):
        register.create_service(1, Kind.DETECTION, "x", "no key")


def test_the_number_of_a_service_that_is_gone_is_nobody_elses(register: Register) -> None:
    last = register.services()[-1]
    register.delete_service(last.id)
    assert register.create_service(1, Kind.VERIFICATION, "again").id > last.id


def test_the_door_can_have_its_service_again(register: Register) -> None:
    with pytest.raises(AccessConflict, match="there is a service"):
        register.create_service(1, Kind.RECOGNITION, "door", door=True)
    with pytest.raises(BadField):
        register.create_service(1, Kind.DETECTION, "door", door=True)
    register.delete_service(1)
    assert register.create_service(1, Kind.RECOGNITION, "another").door is False
    assert register.create_service(1, Kind.RECOGNITION, "door", door=True).door is True


def test_keys_cannot_be_read_from_a_sealed_file(tmp_path: Path) -> None:
    register = Register(tmp_path, vault=KeyVault([bytes(32)]), keys=KEYS)
    register.open()
    held = b"".join(file.read_bytes() for file in tmp_path.glob("compreface.db*"))
    assert not any(key.encode() in held for key in KEYS.values())
    assert {service.key for service in register.services()} == {*KEYS.values()}
    register.close()
