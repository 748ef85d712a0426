from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ostiary import cli
from ostiary.domain import Detection
from ostiary.engine import FaceEngine
from ostiary.errors import BadFolder
from ostiary.proof import page, report
from ostiary.proof.looks import meant
from ostiary.proof.metrics import Share
from ostiary.proof.prove import Options, prove
from ostiary.settings import DataSettings, GallerySettings, Settings, VisionSettings
from ostiary.vision.eyes import Eyes, open_eyes


@pytest.fixture
def settings(tmp_path: Path, models_dir: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(models_dir)
    vision = VisionSettings(encoder="sface", threads=1)
    return Settings(vision=vision, data=DataSettings(data), gallery=GallerySettings(faces_dir=tmp_path / "faces"))


@pytest.fixture
def folder(tmp_path: Path, portraits: dict[str, Path]) -> Path:
    """Obama in two pictures and a clip; a picture too blurred, one without a face, a broken one; a stranger."""
    place = tmp_path / "people"
    for file, source in (("obama/1.jpg", "obama.jpg"), ("obama/2.jpg", "obama2.jpg"), ("unknown/biden.jpg", "biden.jpg")):
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(portraits[source], place / file)
    image = cv2.imread(str(portraits["obama2.jpg"]))
    cv2.imwrite(str(place / "obama" / "3-blurred.jpg"), cv2.GaussianBlur(image, (0, 0), image.shape[1] / 40))
    cv2.imwrite(str(place / "obama" / "4-grey.jpg"), np.full((200, 200, 3), 128, np.uint8))
    (place / "obama" / "5-broken.jpg").write_bytes(b"not a picture")
    clip(place / "obama" / "walk.mp4", image)
    return place


def clip(path: Path, image: np.ndarray, frames: int = 8) -> None:
    """The face, moving a little, ten times a second."""
    image = cv2.resize(image, (640, 640 * image.shape[0] // image.shape[1] // 2 * 2))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, image.shape[1::-1])
    for i in range(frames):
        writer.write(np.roll(image, 2 * i, axis=1))
    writer.release()


def silent(done: int, total: int) -> None:
    pass


def run(folder: Path, engine: FaceEngine, work: Path, options: Options | None = None) -> report.Report:
    return prove(folder, engine, work, options or Options(), silent)


def test_a_resident_passes_a_stranger_does_not(folder: Path, settings: Settings, tmp_path: Path) -> None:
    found = run(folder, FaceEngine.from_settings(settings), tmp_path / "work")
    assert (found.force.people, found.residents, found.strangers, found.files) == (1, 1, 1, 7)
    single, three = found.quorums[0], next(q for q in found.quorums if q.frames == 3)
    threshold = found.force.threshold
    assert single.errors.fnir(threshold) == Share(0, 2)  # the still and the clip
    assert three.errors.fnir(threshold) == Share(0, 1)  # the clip alone has three frames
    assert single.errors.fpir(threshold) == Share(0, 1)
    assert found.quorum_in_force is three
    (obama,) = found.persons
    assert (obama.name, obama.enrolled, obama.frames, obama.passed, obama.attempts) == ("obama", 1, 3, 1, 1)
    assert sorted(problem.split(":")[0] for problem in found.unusable) == ["blurred", "image", "no face was found"]


def test_at_a_hopeless_threshold_the_resident_is_refused(folder: Path, settings: Settings, tmp_path: Path) -> None:
    strict = replace(settings, decision=replace(settings.decision, th_accept=0.01))
    found = run(folder, FaceEngine.from_settings(strict), tmp_path / "work")
    assert found.quorums[0].errors.fnir(found.force.threshold) == Share(2, 2)
    assert found.persons[0].passed == 0


def test_what_was_seen_is_not_looked_at_again(folder: Path, settings: Settings, tmp_path: Path) -> None:
    work = tmp_path / "work"
    first = run(folder, FaceEngine.from_settings(settings), work)

    def blind(settings: VisionSettings, encoder: str, models_dir: Path) -> Eyes:
        def fail(*_: object) -> list[Detection]:
            raise AssertionError("looked again")

        return replace(open_eyes(settings, encoder, models_dir), detect=fail, detect_thoroughly=fail)

    again = run(folder, FaceEngine(settings=settings, open_eyes=blind), work)
    assert page.figures(again) == page.figures(first)
    shutil.copy(folder / "obama" / "2.jpg", folder / "obama" / "same.jpg")
    run(folder, FaceEngine(settings=settings, open_eyes=blind), work)  # a copy is known by its content
    with (folder / "obama" / "same.jpg").open("ab") as changed:
        changed.write(b"!")
    with pytest.raises(AssertionError, match="looked again"):
        run(folder, FaceEngine(settings=settings, open_eyes=blind), work)
    (kept,) = (entry for entry in work.iterdir() if entry.suffix == ".sqlite")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert b"\xff\xd8\xff" not in kept.read_bytes()  # no JPEG


def test_an_interrupted_proof_goes_on_where_it_was(folder: Path, settings: Settings, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prove(folder, FaceEngine.from_settings(settings), tmp_path / "work", Options(), interrupt)
    told: list[tuple[int, int]] = []
    prove(folder, FaceEngine.from_settings(settings), tmp_path / "work", Options(), lambda *numbers: told.append(numbers))
    assert told[0] == (3, 7)
    assert told[-1] == (7, 7)


def test_several_processes_find_the_same(folder: Path, settings: Settings, tmp_path: Path) -> None:
    engine = FaceEngine.from_settings(settings)
    alone = run(folder, engine, tmp_path / "alone")
    together = run(folder, engine, tmp_path / "together", Options(workers=2))
    assert page.figures(together)["quorums"] == page.figures(alone)["quorums"]
    assert together.persons[0].distance == pytest.approx(alone.persons[0].distance, abs=1e-5)


def test_the_people_enrolled_already(folder: Path, settings: Settings, tmp_path: Path, portraits: dict[str, Path]) -> None:
    engine = FaceEngine.from_settings(settings)
    engine.register("obama", portraits["obama.jpg"])
    (folder / "obama" / "1.jpg").rename(folder / "unknown" / "b.jpg")  # a label may be wrong: he is no stranger
    found = run(folder, engine, tmp_path / "work", Options(own_gallery=True))
    assert found.quorums[0].errors.fnir(found.force.threshold) == Share(0, 2)
    assert found.quorums[0].errors.fpir(found.force.threshold) == Share(1, 2)
    assert engine.names() == ["obama"]


def test_nobody_to_enrol(tmp_path: Path, settings: Settings, portraits: dict[str, Path]) -> None:
    (tmp_path / "people" / "obama").mkdir(parents=True)
    shutil.copy(portraits["obama.jpg"], tmp_path / "people" / "obama")
    with pytest.raises(BadFolder, match="two usable pictures"):
        run(tmp_path / "people", FaceEngine.from_settings(settings), tmp_path / "work")


def test_the_face_meant_is_the_large_one_nearest_the_middle() -> None:
    def face(x: int, side: int) -> Detection:
        return Detection((x, 50, x + side, 50 + side), 0.9)

    def chosen(faces: Sequence[Detection]) -> Detection | None:
        return meant(faces, (200, 400, 3))

    left, middle, far = face(0, 110), face(150, 100), face(300, 100)
    assert chosen([left, middle, far]) is middle
    assert chosen([face(180, 30), left]) is left
    assert chosen([]) is None


def test_the_command_writes_a_page_of_its_own(
    folder: Path, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (folder / "obama").rename(folder / "O'<b>ama")
    environ = {"DATA_DIR": str(settings.data.data_dir), "FACES_DIR": str(tmp_path / "faces"), "ENCODER": "sface"}
    assert cli.main(["prove", str(folder), "--jobs", "1", "--out", str(tmp_path / "out")], environ) == 0
    printed = capsys.readouterr().out
    assert "with 3 frames: residents refused 0.00 %" in printed
    html = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "O&#x27;&lt;b&gt;ama" in html
    assert "<b>" not in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    assert html.count("<svg") == 2
    with Image.open(tmp_path / "out" / "report.png") as picture:
        assert picture.width == 1440
        assert len(picture.getcolors(1 << 24) or ()) > 10
    figures = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert figures["quorums"][0]["strangers_let_in"] == {"count": 0, "of": 1}
    assert (tmp_path / "out" / "report.html").stat().st_mode & 0o777 == 0o600


def test_five_johns_keep_apart(shared: Path, settings: Settings, tmp_path: Path) -> None:
    found = run(shared / "testdata" / "johns", FaceEngine.from_settings(settings), tmp_path / "work")
    threshold = found.force.threshold
    assert found.force.people == 5
    for quorum in found.quorums:
        assert quorum.stand_ins
        assert quorum.errors.fnir(threshold).value <= 0.04
        assert quorum.errors.fpir(threshold).count == 0
    assert found.quorum_in_force is not None
    assert found.quorum_in_force.errors.fnir(threshold).of == 15
    point = found.verification.at_far(1e-2)
    assert point is not None
    assert point.right.value > 0.98
