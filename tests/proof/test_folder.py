from __future__ import annotations

from pathlib import Path

import pytest

from ostiary.errors import BadFolder
from ostiary.proof.folder import read_layout


def lay(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def test_people_clips_and_strangers(tmp_path: Path) -> None:
    lay(tmp_path, "katya/b.jpg", "katya/a.JPG", "katya/walk.mp4", "katya/notes.txt", "ema/1.png", "unknown/postman.jpg")
    lay(tmp_path, "unknown/neighbour/1.jpg", "unknown/neighbour/2.jpg", ".git/x.jpg", "empty/readme.txt", "katya/.thumb.jpg")
    subjects = {s.name: s for s in read_layout(tmp_path).subjects}
    assert [file.name for file in subjects["katya"].files] == ["a.JPG", "b.jpg", "walk.mp4"]
    assert list(subjects) == ["ema", "katya", "unknown/postman.jpg", "unknown/neighbour"]
    assert [s.known for s in subjects.values()] == [True, True, False, False]
    assert len(subjects["unknown/neighbour"].files) == 2


def test_lfw_archive_with_pairs(tmp_path: Path) -> None:
    lay(tmp_path, "lfw-deepfunneled/Al_Gore/Al_Gore_0001.jpg", "lfw-deepfunneled/Al_Gore/Al_Gore_0002.jpg")
    lay(tmp_path, "lfw-deepfunneled/Bo_Derek/Bo_Derek_0001.jpg")
    (tmp_path / "pairs.txt").write_text("2\t1\nAl_Gore\t1\t2\nAl_Gore\t1\tBo_Derek\t1\nAl_Gore\t2\t1\nBo_Derek\t1\tAl_Gore\t2\n")
    layout = read_layout(tmp_path)
    assert [s.name for s in layout.subjects] == ["Al_Gore", "Bo_Derek"]
    assert [(p.first.name, p.second.name, p.same, p.fold) for p in layout.pairs] == [
        ("Al_Gore_0001.jpg", "Al_Gore_0002.jpg", True, 0),
        ("Al_Gore_0001.jpg", "Bo_Derek_0001.jpg", False, 0),
        ("Al_Gore_0002.jpg", "Al_Gore_0001.jpg", True, 1),
        ("Bo_Derek_0001.jpg", "Al_Gore_0002.jpg", False, 1),
    ]
    assert all(p.first.is_file() and p.second.is_file() for p in layout.pairs)


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadFolder, match="no such folder"):
        read_layout(tmp_path / "nowhere")
    with pytest.raises(BadFolder, match=r"NAME/picture.jpg"):
        read_layout(lay(tmp_path, "loose.jpg"))
    lay(tmp_path, "katya/a.jpg")
    (tmp_path / "pairs.txt").write_text("10 300\nkatya one two\n")
    with pytest.raises(BadFolder, match="list of pairs"):
        read_layout(tmp_path)
