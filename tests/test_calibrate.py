from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from ostiary import cli
from ostiary.assembly import stores
from ostiary.calibrate import Calibration, calibrate, standings
from ostiary.calibrate_text import text
from ostiary.domain import Quality, Reason, Status
from ostiary.encoders import ENCODERS
from ostiary.gallery.gallery import Gallery
from ostiary.judge import Rule
from ostiary.settings import DecisionSettings, load
from ostiary.visitors.values import Encounter, Look

SFACE = ENCODERS["sface"]
RULE = Rule(0.6, 0.05)
GOOD = Quality(usable=True, problem=None, score=0.9, eyes_px=60, sharpness=0.4, brightness=120, yaw=0)


def face(axis: int, distance: float = 0.0, towards: int = 127) -> np.ndarray:
    """An encoding at that distance from the pure face `axis`."""
    row = np.zeros(SFACE.dim, np.float32)
    row[axis], row[towards] = 1 - distance, (1 - (1 - distance) ** 2) ** 0.5
    return row


@dataclass(frozen=True)
class Seen:
    label: str
    encodings: np.ndarray


def gallery(**people: list[np.ndarray]) -> Gallery:
    rows = [(name, row) for name, examples in people.items() for row in examples]
    ids = [f"{name}-{i}" for i, (name, _) in enumerate(rows)]
    return Gallery.of(SFACE.id, [name for name, _ in rows], np.array([row for _, row in rows]), face_ids=ids)


def found(people: Gallery, *strangers: Seen, qualities: dict[str, Quality] | None = None) -> Calibration:
    return calibrate(people, RULE, 0.001, strangers, qualities)


def test_people_apart_need_nothing() -> None:
    result = found(gallery(katya=[face(0), face(0, 0.3, 50)], ema=[face(1)], zero=[face(2)]))
    assert (result.people, result.examples) == (3, 4)
    assert result.duplicates == result.look_alikes == result.odd == result.better == ()
    assert result.margin == SFACE.margin
    assert (result.kept, result.tried) == (2, 2)
    assert result.suggestion.th_accept == pytest.approx(SFACE.threshold(3, 0.001), abs=1e-3)


def test_without_strangers_the_built_in_curve_stands_in_for_them() -> None:
    people = gallery(katya=[face(0)], ema=[face(1)])
    words = text(found(people), DecisionSettings())
    assert f"of 1,000 strangers it expects the closest at {SFACE.threshold(2, 0.0005):.3f} from somebody" in words
    assert "built-in curve" not in text(found(people, Seen("visitor 1", face(5)[None])), DecisionSettings())


def test_one_person_under_two_names_and_siblings_are_named() -> None:
    result = found(gallery(katya=[face(0)], katja=[face(0, 0.3, 50)], ema=[face(1)], anna=[face(1, 0.58, 60)], zero=[face(2)]))
    assert [(n.one, n.other, round(n.distance, 3)) for n in result.duplicates] == [("katja", "katya", 0.3)]
    assert [(n.one, n.other) for n in result.look_alikes] == [("anna", "ema")]
    assert result.closest == result.duplicates[0]
    words = text(result, DecisionSettings())
    assert "katja and katya, 0.300" in words
    assert "anna and ema" in words


def test_of_single_people_the_same_is_told_as_of_all() -> None:
    people = gallery(katya=[face(0), face(9)], katja=[face(0, 0.3, 50)], ema=[face(1)], anna=[face(1, 0.58, 60)], zero=[face(2)])
    whole, each = found(people), standings(people, people.names, RULE)
    assert {pair for one in each.values() for pair in one.duplicates} == set(whole.duplicates)
    assert {pair for one in each.values() for pair in one.look_alikes} == set(whole.look_alikes)
    assert {photo for one in each.values() for photo in one.odd} == set(whole.odd)
    assert [pair.other for pair in each["katja"].duplicates] == ["katya"]
    assert each["zero"].duplicates == each["zero"].look_alikes == each["zero"].odd == ()
    assert standings(people, [], RULE) == {}


def test_with_a_pinned_threshold_all_distances_are_those_that_are_told() -> None:
    """Two photos of one direction, as dlib's encoder makes them, but not equally long."""
    dlib = ENCODERS["dlib"]
    katya = np.array([face(0) * 1.1, face(0) * 1.8])
    as_usual = Gallery.of(dlib.id, ["katya", "katya"], katya)
    one, other = (calibrate(each, Rule(0.45, 0.05), 0.001) for each in (as_usual, as_usual.as_told()))
    assert (one.kept, other.kept) == (2, 0)  # at a distance of 0, and of 0.7


def test_an_odd_photo_is_told_by_the_others() -> None:
    katya = [face(0), face(0, 0.3, 50), face(9)]
    result = found(gallery(katya=katya, ema=[face(1)]))
    assert [(p.person, p.number) for p in result.odd] == [("katya", 3)]
    assert "unlike" in result.odd[0].problem


def test_a_photo_of_somebody_else_enrolled_is_told_so() -> None:
    result = found(gallery(katya=[face(0), face(0, 0.3, 50), face(1, 0.2, 51)], ema=[face(1)]))
    assert [(p.person, p.number) for p in result.odd] == [("katya", 3)]
    assert "looks more like ema (0.200)" in result.odd[0].problem


def test_of_two_different_photos_either_may_be_wrong() -> None:
    result = found(gallery(katya=[face(0), face(9)], ema=[face(1)]))
    assert [(p.person, p.number) for p in result.odd] == [("katya", 2)]
    assert "one of them" in result.odd[0].problem


def test_the_best_photo_of_a_person_counts() -> None:
    people = gallery(katya=[face(0), face(0, 0.3, 50)], ema=[face(1)], zero=[face(2)])
    poor, dark = replace(GOOD, score=0.1), replace(GOOD, usable=False, problem="too dark: more light on the face")
    result = found(people, qualities={"katya-0": poor, "katya-1": GOOD, "ema-2": dark, "zero-3": replace(GOOD, score=0.2)})
    assert [(p.person, p.problem) for p in result.better] == [("ema", "too dark: more light on the face"), ("zero", "quality is only 0.20")]


def test_the_closest_stranger_bounds_the_threshold() -> None:
    people = gallery(katya=[face(0)], ema=[face(1)])
    postman = Seen("visitor 1", np.array([face(0, 0.9, 60), face(0, 0.56, 60)]))
    result = found(people, postman, Seen("visitor 2", np.array([face(70)])))
    assert result.strangers == 2
    assert result.closest_stranger is not None
    assert (result.closest_stranger.one, result.closest_stranger.other) == ("visitor 1", "katya")
    assert result.suggestion.th_accept < 0.56 < SFACE.threshold(2, 0.001)
    assert "visitor 1 and katya, 0.560" in text(result, DecisionSettings())


def test_a_resident_among_the_strangers_does_not_shut_the_door() -> None:
    result = found(gallery(katya=[face(0)], ema=[face(1)]), Seen("visitor 1", face(0, 0.2, 60)[None]))
    assert [near.one for near in result.residents_seen] == ["visitor 1"]
    assert result.strangers == 0
    assert result.suggestion.th_accept == pytest.approx(SFACE.threshold(2, 0.001), abs=1e-3)


def test_the_margin_grows_where_photos_pass_as_somebody_else() -> None:
    # Katya's second photo is 0.40 from her first and 0.34 from ema: it fits, yet ema is nearer by 0.06.
    second = np.zeros(SFACE.dim, np.float32)
    second[0], second[1] = 0.60, 0.66
    second[60] = (1 - 0.60**2 - 0.66**2) ** 0.5
    result = found(gallery(katya=[face(0), second], ema=[face(1)]))
    assert result.odd == ()
    assert 0.06 < result.margin <= 0.08
    assert result.kept < result.tried


def test_thresholds_by_size_fall() -> None:
    by_size = [threshold for _, threshold in found(gallery(katya=[face(0)])).by_size]
    assert by_size == sorted(by_size, reverse=True)


def test_the_command_names_the_pair_and_the_stranger(
    tmp_path: Path, models_dir: Path, portraits: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(models_dir)
    (tmp_path / "outside").mkdir()
    shutil.copy(portraits["biden.jpg"], tmp_path / "outside" / "postman.jpg")
    environ = {"ENCODER": "sface"}
    assert cli.main(["calibrate"], environ) == 1
    assert "nobody is enrolled" in capsys.readouterr().out
    assert cli.main(["register", "obama", str(portraits["obama.jpg"])], environ) == 0
    assert cli.main(["register", "barack", str(portraits["obama2.jpg"]), "--force"], environ) == 0
    assert cli.main(["calibrate", "--strangers", "outside", "--jobs", "1"], environ) == 1
    printed = capsys.readouterr().out
    assert "barack and obama, 0." in printed.partition("under two names")[2]
    assert "1 stranger seen; the closest: outside/postman.jpg and" in printed
    assert "suggested: TH_ACCEPT=0." in printed
    assert cli.main(["calibrate", "--strangers", "nowhere"], environ) == 2


def test_visitors_count_as_strangers(
    tmp_path: Path, models_dir: Path, portraits: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load({"ENCODER": "sface"}, tmp_path)
    engine = stores.open_engine(settings)
    (tmp_path / "data" / "models").symlink_to(models_dir)
    engine.register("obama", portraits["obama.jpg"])
    picture = portraits["biden.jpg"]
    looks = tuple(Look(row, 0.9) for row in engine.encode(picture, engine.detect(picture)))
    encoder = engine.eyes.encoder.id
    seen = Encounter("d1", "front", Status.REJECT, Reason.UNKNOWN, None, None, time.time(), time.time(), encoder, looks, None)
    stores.visitor_store(settings).record(seen, None)
    assert cli.main(["calibrate"], {"ENCODER": "sface"}) == 0
    assert "1 stranger seen; the closest: visitor 1 and obama" in capsys.readouterr().out


def test_people_of_a_folder_keep_apart(
    shared: Path, tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(models_dir)
    for person in sorted((shared / "testdata" / "knn" / "train").iterdir()):
        pictures = [str(picture) for picture in sorted(person.iterdir())]
        assert cli.main(["register", person.name, *pictures], {"ENCODER": "sface"}) == 0
    assert cli.main(["calibrate"], {"ENCODER": "sface"}) == 0
    printed = capsys.readouterr().out
    assert "5 people, 9 photos" in printed
    assert "8 of 8 photos would be let in" in printed
