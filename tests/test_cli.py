"""The commands as a person types them: real processes, real pictures."""

from __future__ import annotations

import socket
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from support.terminal import Terminal

from ostiary.domain import Reason, Status
from ostiary.encoders import ENCODERS
from ostiary.vision.weights import WEIGHTS
from ostiary.visitors.store import VisitorStore
from ostiary.visitors.values import Encounter, Look


def test_people_from_the_terminal(ostiary: Terminal, portraits: dict[str, Path]) -> None:
    done = ostiary("register", "Катя", portraits["obama.jpg"], portraits["obama2.jpg"])
    assert (done.returncode, done.stdout.count("Катя now has")) == (0, 2), done.stderr
    assert ostiary("faces").stdout == "Катя\n"
    seen = ostiary("recognize", portraits["obama3.jpg"], portraits["biden.jpg"])
    assert "Катя distance 0." in seen.stdout.splitlines()[0]
    assert "unknown (unknown)" in seen.stdout.splitlines()[1]
    assert ostiary("unregister", "Катя").stdout == "Катя: 2 examples removed\n"
    gone = ostiary("unregister", "Катя")
    assert (gone.returncode, gone.stderr) == (2, "ostiary: nobody named 'Катя' is enrolled\n")


def test_what_cannot_be_enrolled_is_named_and_the_rest_is(ostiary: Terminal, portraits: dict[str, Path], tmp_path: Path) -> None:
    done = ostiary("register", "obama", tmp_path / "missing.jpg", portraits["obama.jpg"])
    assert done.returncode == 1
    assert "missing.jpg: image: cannot be read" in done.stderr
    assert "obama now has 1 example " in done.stdout


def test_a_picture_of_somebody_else_is_refused_and_forced(ostiary: Terminal, portraits: dict[str, Path], tmp_path: Path) -> None:
    done = ostiary("register", "obama", portraits["obama.jpg"], portraits["biden.jpg"])
    assert (done.returncode, done.stdout.count("obama now has")) == (1, 1)
    assert "not like the other pictures of 'obama'" in done.stderr
    with zipfile.ZipFile(tmp_path / "people.zip", "w") as archive:  # a folder of single pictures, packed as it was
        archive.write(portraits["obama2.jpg"], "obama/1.jpg")
        archive.write(portraits["biden.jpg"], "obama/2.jpg")
    packed = ostiary("register-zip", tmp_path / "people.zip")
    assert "1 registered, 1 not" in packed.stdout
    assert "obama/2.jpg: this face is not like the other pictures" in packed.stderr
    assert "obama now has 3 examples" in ostiary("register", "obama", portraits["biden.jpg"], "--force").stdout


def test_a_zip_with_one_bad_picture(ostiary: Terminal, portraits: dict[str, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "people.zip", "w") as archive:
        archive.write(portraits["obama.jpg"], "obama/1.jpg")
        archive.write(portraits["biden.jpg"], "biden.jpg")
        archive.writestr("ema.jpg", b"not a picture")
    done = ostiary("register-zip", tmp_path / "people.zip")
    assert done.returncode == 1
    assert "2 registered, 1 not" in done.stdout
    assert "ema.jpg: image:" in done.stderr
    assert "3/3" in done.stderr  # the progress bar
    assert ostiary("faces").stdout.split() == ["obama", "biden"]


def test_reencoding_moves_the_gallery_to_the_other_encoder(ostiary: Terminal, portraits: dict[str, Path]) -> None:
    assert ostiary("register", "obama", portraits["obama.jpg"]).returncode == 0
    mismatch = ostiary("recognize", portraits["obama2.jpg"], ENCODER="dlib")
    assert mismatch.returncode == 2
    assert "ostiary reencode" in mismatch.stderr
    done = ostiary("reencode", ENCODER="dlib")
    assert (done.returncode, done.stdout) == (0, "1 examples encoded with dlib-resnet-v1, 0 lost\n"), done.stderr
    assert "obama distance 0." in ostiary("recognize", portraits["obama2.jpg"]).stdout


def test_attributes_are_printed(ostiary: Terminal, portraits: dict[str, Path], obtain: Callable[[str], Path]) -> None:
    for name in ("face_age_gender", "face_landmarks68"):
        obtain(name)
    done = ostiary("recognize", "--attributes", "age, gender,landmarks68", portraits["obama.jpg"], portraits["biden.jpg"])
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0].split("/")[-1].strip() for line in lines] == [
        *("obama.jpg", "age", "gender", "landmarks68"),
        *("biden.jpg", "age", "gender", "landmarks68"),
    ]
    assert lines[1].startswith("    age: about ")
    assert lines[2].startswith("    gender: male (")
    assert len(lines[3].split()) == 1 + 68
    unknown = ostiary("recognize", "--attributes", "shoe", portraits["obama.jpg"])
    assert unknown.returncode == 2
    assert "'shoe' is none of age, gender" in unknown.stderr


def test_models_are_listed_with_their_licences(ostiary: Terminal) -> None:
    listed = {line.split()[0]: line for line in ostiary("models", "--fetch").stdout.splitlines()}
    assert all(" ready " in listed[name] for name in ("yunet", "sface", "dlib_resnet", "dlib_mmod", "dlib_landmarks5"))
    assert set(listed) == set(WEIGHTS)  # optional ones are listed though they may be out of reach
    assert "Apache-2.0" in listed["sface"]


def test_a_bad_setting_is_named(ostiary: Terminal) -> None:
    done = ostiary("faces", CONFIRM_FRAMES="0")
    assert (done.returncode, done.stderr) == (2, "ostiary: CONFIRM_FRAMES='0': expected a number from 1 to 30\n")


def test_the_demo_among_real_cameras_is_refused(ostiary: Terminal) -> None:
    done = ostiary("detect", VIDEO_SOURCE="front=0,demo")
    assert done.returncode == 2
    assert "the demo plays alone" in done.stderr


def test_watching_wishes_for_no_pictures_whatever_else_the_address_asks(ostiary: Terminal) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as hub:

        def refuse() -> None:
            line, _ = hub.accept()
            with line:
                asked.append(line.recv(4096).splitlines()[0])
                line.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        refusing = threading.Thread(target=refuse)
        refusing.start()
        done = ostiary("watch", WS_URL=f"ws://127.0.0.1:{hub.getsockname()[1]}/ws/face-stream?camera=door")
        refusing.join()
    assert done.returncode == 2
    assert asked == [b"GET /ws/face-stream?camera=door&frames=0 HTTP/1.1"]


def test_a_window_needs_an_opencv_with_windows(ostiary: Terminal) -> None:
    done = ostiary("detect", SHOW_WINDOW="true", VIDEO_SOURCE=".")
    assert done.returncode == 2
    assert "SHOW_WINDOW" in done.stderr
    assert "opencv-python" in done.stderr


def test_the_doctor_names_what_is_wrong_and_what_is_not(ostiary: Terminal, portraits: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(portraits["obama.jpg"].read_bytes())
    ill = ostiary("doctor", VIDEO_SOURCE="/dev/video63", WEBHOOK_URL="http://user:hunter2@127.0.0.1:9/")
    assert ill.returncode == 1
    assert "FAIL  camera" in ill.stdout
    assert "FAIL  webhook" in ill.stdout
    assert "hunter2" not in ill.stdout + ill.stderr
    well = ostiary("doctor", VIDEO_SOURCE=str(folder), API_PORT="59173", WS_PORT="59174")
    assert well.returncode == 0, well.stdout
    assert "delivers 910x1137 pictures" in well.stdout
    assert "nobody is enrolled yet" in well.stdout


def test_visitors_from_the_terminal(ostiary: Terminal, portraits: dict[str, Path], tmp_path: Path) -> None:
    assert ostiary("visitors", "list").stdout == ""
    row = np.eye(1, 128, dtype=np.float32)[0]
    picture = portraits["obama.jpg"].read_bytes()
    store = VisitorStore(tmp_path / "data" / "visitors")
    store.record(
        Encounter("e1", "door", Status.REJECT, Reason.UNKNOWN, None, None, 1, 2, ENCODERS["sface"].id, (Look(row, 0.9),), None), picture
    )
    assert ostiary("visitors", "list").stdout.startswith("visitor 1: seen once, first 19")
    assert ostiary("visitors", "picture", 1, "face.jpg").returncode == 0
    assert (tmp_path / "face.jpg").read_bytes() == picture
    assert ostiary("visitors", "decisions").stdout.startswith("e1 19")
    assert ostiary("visitors", "ignore", 1).stdout == "visitor 1 is ignored (change 1)\n"
    refused = ostiary("visitors", "merge", 1, 2)
    assert (refused.returncode, refused.stderr) == (2, "ostiary: there is no visitor 2: forgotten, or never there\n")
    assert "ignored" in ostiary("visitors", "list", "--ignored").stdout
    assert ostiary("visitors", "undo", 1).stdout == "undone: visitor 1 is ignored (change 1)\n"
    assert ostiary("visitors", "changes").stdout.startswith("1 ")
    assert ostiary("visitors", "forget", 1).returncode == 0
    assert ostiary("visitors", "list", "--ignored").stdout == ""
    assert ostiary("visitors", "correct", "e1", "katya").returncode == 2
