"""The model cache: made once, checked at each use, made again where it is damaged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ostiary.errors import ModelError
from ostiary.vision.weights import WEIGHTS, catalogue, ready


def states(folder: Path) -> dict[str, str]:
    return {row.name: row.state for row in catalogue(folder)}


def test_a_network_is_converted_once(tmp_path: Path) -> None:
    assert states(tmp_path)["yunet"] in ("available", "missing")
    first = ready("yunet", tmp_path)
    before = first.stat()
    assert states(tmp_path)["yunet"] == "ready"
    assert ready("yunet", tmp_path) == first
    assert first.stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_mode & 0o777 == 0o644


def test_a_damaged_one_is_made_again(tmp_path: Path) -> None:
    path = ready("yunet", tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert states(tmp_path)["yunet"] != "ready"
    assert ready("yunet", tmp_path).read_bytes() == whole


def test_one_of_an_older_converter_goes(tmp_path: Path) -> None:
    old = tmp_path / "yunet-49f000ec-v0-0123456789abcdef.onnx"
    old.write_bytes(b"old")
    new = ready("yunet", tmp_path)
    assert [path.name for path in tmp_path.glob("*.onnx")] == [new.name]


def test_processes_that_start_together_make_one_file(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from ostiary.vision.weights import ready; print(ready('yunet', Path(sys.argv[1])))"
    processes = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert said == {str(path) for path in tmp_path.glob("*.onnx")}
    assert len(said) == 1


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="models cannot be written"):
        ready("yunet", tmp_path / "models")


def test_a_complete_cache_is_only_read(tmp_path: Path) -> None:
    path = ready("yunet", tmp_path)
    (tmp_path / ".yunet.lock").unlink()
    assert ready("yunet", tmp_path) == path
    assert list(tmp_path.iterdir()) == [path]


def test_the_catalogue_names_licences() -> None:
    for weights in WEIGHTS.values():
        assert weights.asset.licence in ("MIT", "Apache-2.0", "public domain")
        assert len(weights.asset.sha256) == 64
        assert weights.asset.sources


def test_plain_weights_are_used_as_they_are(tmp_path: Path) -> None:
    path = ready("dlib_landmarks5", tmp_path)
    assert path.stat().st_size == WEIGHTS["dlib_landmarks5"].asset.size
