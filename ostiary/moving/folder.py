"""Pictures in folders named after people, as DeepFace, Frigate, Double Take and most others keep them: `NAME/any.jpg`.

Of nested folders the innermost names the person, and a picture beside the folders is of whom its own name says. What Frigate
and Double Take keep beside them of faces that nobody has named is left out. Hidden files are passed over.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ostiary.errors import BadFolder, BadImage, TooLarge
from ostiary.moving.values import Refused, Source
from ostiary.settings import LimitSettings

_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".avif"}
_LEFTOVERS = {"thumbs.db", "desktop.ini", "__macosx", "@eadir", "#recycle"}
# What Frigate makes of a face that it tried to recognise: the event's id, then, in several orders, the time, who it seemed to be, how surely.
_ATTEMPT = re.compile(r"\d+\.\d+-\w+-.+\.webp")
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class FilePicture:
    origin: str
    name: str
    path: Path
    limits: LimitSettings

    def key(self) -> str:
        """Of what is in it: moved elsewhere, a picture stays itself."""
        return f"file {self.name}\0{hashlib.sha256(self.read()).hexdigest()}"

    def read(self) -> bytes:
        most = int(self.limits.max_upload_mb * _MEGABYTE)
        try:
            with self.path.open("rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            raise BadImage(f"cannot be read: {error.strerror}") from None
        if len(data) > most:
            raise TooLarge("the picture", f"{self.limits.max_upload_mb:g} MB", "MAX_UPLOAD_MB")
        return data


def read_folder(folder: Path, limits: LimitSettings) -> Source:
    """Raises BadFolder where there is nothing to be had in it."""
    if not folder.is_dir():
        raise BadFolder(folder, "there is no such folder")
    root = _labelled(folder)
    offers: list[FilePicture] = []
    left_out: list[Refused] = []
    for file in _files(root, left_out):
        within = file.relative_to(root)
        if file.suffix.lower() not in _SUFFIXES:
            left_out.append(Refused(str(within), "no picture, by its name"))
        elif file.parent.name == "train" and _ATTEMPT.fullmatch(file.name):
            left_out.append(Refused(str(within), "a face that Frigate tried to recognise, and nobody has named"))
        else:
            name = within.parts[-2] if len(within.parts) > 1 else file.stem
            offers.append(FilePicture(str(within), name, file, limits))
    if not offers:
        raise BadFolder(folder, "it holds no pictures of people: it must hold NAME/picture.jpg")
    return Source(offers, tuple(left_out))


def _labelled(folder: Path) -> Path:
    """Where the people are: Double Take's storage keeps, beside those of `train`, pictures that nobody has named."""
    train = folder / "train"
    if (folder / "matches").is_dir() and train.is_dir() and any(entry.is_dir() for entry in train.iterdir()):
        return train
    return folder


def _files(root: Path, left_out: list[Refused]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        left_out.append(Refused(str(error.filename), f"the folder cannot be read: {error.strerror}"))

    for place, folders, files in os.walk(root, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not _passed_over(name))
        for name in sorted(files):
            if not _passed_over(name) and (path := Path(place, name)).is_file():
                yield path


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LEFTOVERS
