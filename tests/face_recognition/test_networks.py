"""Nothing is loaded before it is needed, least of all what may not be used commercially."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ostiary.errors import ModelError
from ostiary.face_recognition import networks

Script = Callable[..., str]


@pytest.fixture
def script(tmp_path: Path, portraits: dict[str, Path]) -> Script:
    """Runs lines of Python in a process of its own, `obama` being a file there; what they print."""

    def run(*lines: str, **environ: str) -> str:
        code = "\n".join(("import sys, ostiary.face_recognition as us", f"obama = {str(portraits['obama.jpg'])!r}", *lines))
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environ}
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def test_importing_loads_neither_networks_nor_what_runs_them(script: Script) -> None:
    heavy = "{'cv2', 'onnx', 'onnxruntime', 'dlib', 'PIL', 'click', 'flask'}"
    assert script(f"print({heavy} & set(sys.modules))") == "set()"


def test_each_comes_when_it_is_needed(script: Script, models_dir: Path) -> None:
    told = script(
        "from ostiary.face_recognition.networks import loaded",
        "image = us.load_image_file(obama)[::2, ::2].copy()",
        "places = us.face_locations(image)",
        "print(*sorted(loaded()))",
        "us.face_encodings(image, places), us.face_landmarks(image, places, 'small')",
        "print(*sorted(loaded()))",
        "us.face_landmarks(image, places)",
        "print(*sorted(loaded()))",
        DATA_DIR=str(models_dir.parent),
    )
    assert told.splitlines() == [
        "face_detector",
        "face_detector face_encoder pose_predictor_5_point",
        "face_detector face_encoder pose_predictor_5_point pose_predictor_68_point",
    ]


def test_the_model_cache_is_the_users_unless_data_dir_names_one(script: Script, tmp_path: Path) -> None:
    line = "from ostiary.face_recognition.networks import means; print(means().models_dir)"
    assert script(line) == str(tmp_path / ".cache" / "ostiary" / "models")
    assert script(line, DATA_DIR="/var/lib/door") == "/var/lib/door/models"


def test_settings_of_the_doorkeeper_hold(script: Script) -> None:
    line = "from ostiary.face_recognition.networks import means; print(means().provider, means().threads)"
    assert script(line, PROVIDER="cuda", THREADS="3") == "cuda 3"


def test_what_cannot_be_loaded_is_told_and_tried_again(tmp_path: Path, models_dir: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    networks.use(networks.Means(blocked / "models"))
    with pytest.raises(ModelError, match="cannot be written"):
        networks.network("face_encoder")
    networks.use(networks.Means(models_dir))
    assert networks.network("face_encoder") is networks.network("face_encoder")
