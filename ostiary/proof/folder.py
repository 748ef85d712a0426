"""Labelled pictures and clips as they lie on a disk: `NAME/any.jpg`, `NAME/any.mp4`, `unknown/*`, or LFW with its `pairs.txt`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ostiary.errors import BadFolder

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"}
CLIPS = {".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v"}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Subject:
    """One human being and their pictures and clips. `known` is false for those of the folder `unknown`."""

    name: str
    files: tuple[Path, ...]
    known: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures to be told apart, or not, in one of the folds of a `pairs.txt`."""

    first: Path
    second: Path
    same: bool
    fold: int


@dataclass(frozen=True, slots=True)
class Layout:
    subjects: tuple[Subject, ...]
    pairs: tuple[Pair, ...] = ()


def read_layout(folder: Path) -> Layout:
    """Raises BadFolder where there is nobody in `folder`."""
    if not folder.is_dir():
        raise BadFolder(folder, "there is no such folder")
    root = _people_of(folder)
    subjects = [*_known(root), *_strangers(root / UNKNOWN)]
    if not subjects:
        raise BadFolder(folder, "no people were found in it: it must hold NAME/picture.jpg or NAME/clip.mp4, and strangers in unknown/")
    pairs = next((file for file in (folder / "pairs.txt", root / "pairs.txt") if file.is_file()), None)
    return Layout(tuple(subjects), tuple(_pairs(pairs, root)) if pairs else ())


def strangers_below(folder: Path) -> tuple[Subject, ...]:
    """A folder of nothing but strangers, laid out as `unknown` is. Raises BadFolder where there are none."""
    if not (found := tuple(_strangers(folder))):
        raise BadFolder(folder, "no pictures of strangers were found in it: it must hold picture.jpg, or STRANGER/picture.jpg")
    return found


def is_clip(file: Path) -> bool:
    return file.suffix.lower() in CLIPS


def _people_of(folder: Path) -> Path:
    """The folder of the people: LFW's own archive has it beside `pairs.txt`."""
    inner = [entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    if len(inner) == 1 and not _media(inner[0]) and inner[0].name != UNKNOWN and any(_media(e) for e in inner[0].iterdir() if e.is_dir()):
        return inner[0]
    return folder


def _known(root: Path) -> Iterator[Subject]:
    for entry in sorted(root.iterdir()):
        if entry.is_dir() and entry.name != UNKNOWN and not entry.name.startswith(".") and (files := _media(entry)):
            yield Subject(entry.name, files, known=True)


def _strangers(folder: Path) -> Iterator[Subject]:
    """A file that lies in `unknown` itself is a person of its own; several of one stranger lie in a folder together."""
    if not folder.is_dir():
        return
    for file in _media(folder):
        yield Subject(f"{folder.name}/{file.name}", (file,), known=False)
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.name.startswith(".") and (files := _media(entry)):
            yield Subject(f"{folder.name}/{entry.name}", files, known=False)


def _media(folder: Path) -> tuple[Path, ...]:
    wanted = PICTURES | CLIPS
    return tuple(sorted(f for f in folder.iterdir() if f.suffix.lower() in wanted and f.is_file() and not f.name.startswith(".")))


def _pairs(file: Path, root: Path) -> Iterator[Pair]:
    """LFW's list: a header of the folds and half their size, then as many pairs of one person as of two, fold by fold."""
    lines = [line.split() for line in file.read_text("utf-8").splitlines() if line.strip()]
    try:
        folds, half = (int(lines[0][0]), int(lines[0][1])) if len(lines[0]) > 1 else (1, int(lines[0][0]))
        for number, words in enumerate(lines[1 : 1 + 2 * folds * half]):
            name, first, other, second = words if len(words) == 4 else (words[0], words[1], words[0], words[2])
            yield Pair(_lfw(root, name, first), _lfw(root, other, second), len(words) == 3, number // (2 * half))
    except (ValueError, IndexError) as error:
        raise BadFolder(file, f"this is not LFW's list of pairs: {error}") from None


def _lfw(root: Path, name: str, number: str) -> Path:
    return root / name / f"{name}_{int(number):04d}.jpg"
