"""What the two command-line tools of `face_recognition` print, line by line."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from ostiary.errors import BadImage
from ostiary.face_recognition import api
from ostiary.face_recognition.pictures import Desk, pictures_in

LONGEST_PX = 1600
"""Larger pictures of unknown people are shrunk to this; those of known people are not."""


def recognize(known: str, unknown: str, desk: Desk, tolerance: float, show_distance: bool) -> None:
    names, encodings = _known_people(known, desk)
    for file, found in desk.each(pictures_in(unknown), partial(_encodings_in, longest_px=LONGEST_PX)):
        for name, distance in _named(found, names, encodings, tolerance):
            desk.say(f"{file},{name},{distance}" if show_distance else f"{file},{name}")


def detect(place: str, desk: Desk, model: str, upsample: int) -> None:
    for file, found in desk.each(pictures_in(place), partial(_faces_in, model=model, upsample=upsample)):
        for top, right, bottom, left in found:
            desk.say(f"{file},{top},{right},{bottom},{left}")


def _known_people(folder: str, desk: Desk) -> tuple[list[str], list[np.ndarray]]:
    """Their names are the files'."""
    names: list[str] = []
    encodings: list[np.ndarray] = []
    for file, found in desk.each(pictures_in(folder), _encodings_in):
        if len(found) > 1:
            desk.say(f"WARNING: More than one face found in {file}. Only considering the first face.")
        if not found:
            desk.say(f"WARNING: No faces found in {file}. Ignoring file.")
            continue
        names.append(Path(file).stem)
        encodings.append(found[0])
    return names, encodings


def _named(
    found: list[np.ndarray], names: list[str], encodings: list[np.ndarray], tolerance: float
) -> list[tuple[str, np.floating | None]]:
    """Everybody whom a face is near enough to, face by face."""
    told: list[tuple[str, np.floating | None]] = []
    for face in found:
        near = [(name, distance) for name, distance in zip(names, api.face_distance(encodings, face), strict=True) if distance <= tolerance]
        told += near or [("unknown_person", None)]
    return told or [("no_persons_found", None)]


def _encodings_in(file: str, longest_px: int | None = None) -> list[np.ndarray]:
    from PIL import Image

    image = _load(file)
    if longest_px and max(image.shape) > longest_px:
        smaller = Image.fromarray(image)
        smaller.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
        image = np.array(smaller)
    return api.face_encodings(image)


def _faces_in(file: str, model: str, upsample: int) -> list[api.Css]:
    return api.face_locations(_load(file), upsample, model)


def _load(file: str) -> np.ndarray:
    from PIL import Image

    try:
        return api.load_image_file(file)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadImage(str(error)) from None
