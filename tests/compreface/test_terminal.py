"""`ostiary compreface`, and `ostiary reencode` for services, as a person types them."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from support.terminal import Terminal

from ostiary.access.store import AccessStore
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.values import Kind
from ostiary.engine import FaceEngine
from ostiary.errors import EncoderMismatch, UnknownService
from ostiary.settings import DataSettings, GallerySettings, Settings, VisionSettings
from tests.support.collections import Face, look


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=DataSettings(tmp_path / "data"), gallery=GallerySettings(tmp_path / "faces"))


def test_services_are_made_shown_and_deleted(ostiary: Terminal, register: Register, settings: Settings) -> None:
    first = register.services()[0]
    listed = ostiary("compreface", "services").stdout
    assert "the door's own gallery" in listed
    assert first.key not in listed
    assert first.key in ostiary("compreface", "services", "--keys").stdout
    assert ostiary("compreface", "key", "1").stdout == f"{first.key}\n"
    made = ostiary("compreface", "create", "Shop", "recognition", "customers").stdout.strip()
    service = register.service_of(made, Kind.RECOGNITION)
    assert (service.name, register.applications()[-1].name) == ("customers", "Shop")
    new = ostiary("compreface", "key", str(service.id), "--new").stdout.strip()
    with pytest.raises(UnknownService):
        register.service_of(made, Kind.RECOGNITION)
    Keeper(register, FaceEngine(settings=settings)).collection(service).add("John", b"picture", look(1))
    refused = ostiary("compreface", "delete", str(service.id))
    assert (refused.returncode, "1 face, which go" in refused.stderr) == (2, True)
    assert register.service_of(new, Kind.RECOGNITION).id == service.id
    assert ostiary("compreface", "delete", str(service.id), "--yes").stdout == "customers is deleted, and with it 1 face\n"
    gone = ostiary("compreface", "key", str(service.id))
    assert (gone.returncode, gone.stderr) == (2, f"ostiary: there is no service {service.id}\n")
    audit = AccessStore(settings.data.data_dir)
    noted = [entry.action for entry in audit.audit.entries()]
    audit.close()
    assert noted == ["service.delete", "service.key.changed", "service.create", "service.key.shown", "service.key.shown"]


def test_keys_come_from_the_settings(ostiary: Terminal) -> None:
    key = str(uuid.uuid4())
    assert key in ostiary("compreface", "services", "--keys", COMPREFACE_DETECTION_KEY=key.upper(), COMPREFACE_DOOR="false").stdout
    assert "own gallery" not in ostiary("compreface", "services", COMPREFACE_DOOR="false").stdout
    wrong = ostiary("compreface", "services", COMPREFACE_DETECTION_KEY="secret")
    assert (wrong.returncode, "COMPREFACE_DETECTION_KEY" in wrong.stderr, "secret" in wrong.stderr) == (2, True, False)


def test_services_follow_another_encoder(
    ostiary: Terminal, register: Register, settings: Settings, portraits: dict[str, Path], tmp_path: Path
) -> None:
    def collection_by(encoder: str):  # type: ignore[no-untyped-def]
        engine = FaceEngine(settings=Settings(vision=VisionSettings(encoder=encoder), data=settings.data, gallery=settings.gallery))
        return engine, Keeper(register, engine).collection(service)

    service = register.create_service(1, Kind.RECOGNITION, "own")
    picture = portraits["obama.jpg"].read_bytes()
    engine, own = collection_by("sface")
    own.add("Obama", picture, Face(engine.encode(picture, engine.detect(picture))[0]))
    engine, own = collection_by("sface-mirrored")
    probe = engine.encode(portraits["obama2.jpg"], engine.detect(portraits["obama2.jpg"]))[0]
    with pytest.raises(EncoderMismatch):
        own.nearest(probe, 1)
    done = ostiary("reencode", ENCODER="sface-mirrored")
    assert (done.returncode, "CompreFace's services: 1 encoded, 0 lost" in done.stdout) == (0, True), done.stderr
    assert own.nearest(probe, 1)[0].similarity > 0.99
