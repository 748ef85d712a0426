"""`ostiary.face_recognition` beside what it stands in for, function by function: one face in a 455 x 568 picture, one thread.

Theirs is dlib as `face_recognition` calls it, from the wheel of dlib-bin, which is without BLAS. Landmarks are dlib's own code on
both sides. What HOG gains depends on the picture: the more of it is no face, the more. `python -m bench.same_boxes FOLDER` tells it
for other pictures, and whether the boxes are the same.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import ostiary.face_recognition as ours
from bench.faces import MODELS, portraits
from bench.original import Original
from bench.timing import compare
from ostiary.face_recognition.networks import Means, use

PEOPLE = 10_000
JITTERS = 10
# The highest resident size of this program alone: what getrusage tells includes that of whoever started it.
_TOLD = (
    "import time; print(time.process_time() * 1000, "
    "next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM')) / 1024)"
)
_OURS = "import ostiary.face_recognition"
_OURS_USED = f"""
from pathlib import Path
import ostiary.face_recognition as us
from ostiary.face_recognition.networks import Means, use
use(Means(Path({str(MODELS)!r}), threads=1))
image = us.load_image_file({{file!r}})
assert len(us.face_encodings(image)) == 1
"""
_THEIRS = f"""
from pathlib import Path
from bench.original import Original
them = Original(Path({str(MODELS)!r}))
"""
_THEIRS_USED = f"{_THEIRS}assert len(them.face_encodings(them.load_image_file({{file!r}}))) == 1"


def measure() -> dict[str, float]:
    cv2.setNumThreads(1)
    use(Means(MODELS, threads=1))
    file = portraits()["obama.jpg"]
    return {**_processes(file), **_functions(file), **_differences()}


def _functions(file: Path) -> dict[str, float]:
    theirs = Original(MODELS)
    image = _picture(file)
    places, (face,) = theirs.face_locations(image), theirs.face_encodings(image)
    others = [_picture(each) for each in portraits().values()]
    crowd = [*np.random.default_rng(0).normal(scale=0.1, size=(PEOPLE, face.size))]
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object], int]] = {
        "load_image_file": (lambda: ours.load_image_file(file), lambda: theirs.load_image_file(file), 15),
        "face_locations_hog": (lambda: ours.face_locations(image), lambda: theirs.face_locations(image), 15),
        "face_locations_hog_of_6_portraits": (
            lambda: [ours.face_locations(each) for each in others],
            lambda: [theirs.face_locations(each) for each in others],
            5,
        ),
        "face_locations_cnn": (lambda: ours.face_locations(image, 0, "cnn"), lambda: theirs.face_locations(image, 0, "cnn"), 5),
        "batch_face_locations_of_3": (
            lambda: ours.batch_face_locations([image] * 3, 0),
            lambda: theirs.batch_face_locations([image] * 3, 0),
            3,
        ),
        "face_landmarks_small": (
            lambda: ours.face_landmarks(image, places, "small"),
            lambda: theirs.face_landmarks(image, places, "small"),
            15,
        ),
        "face_landmarks_large": (lambda: ours.face_landmarks(image, places), lambda: theirs.face_landmarks(image, places), 15),
        "face_encodings": (lambda: ours.face_encodings(image, places), lambda: theirs.face_encodings(image, places), 15),
        "face_encodings_of_8_places": (lambda: ours.face_encodings(image, places * 8), lambda: theirs.face_encodings(image, places * 8), 7),
        f"face_encodings_{JITTERS}_jitters": (
            lambda: ours.face_encodings(image, places, JITTERS),
            lambda: theirs.face_encodings(image, places, JITTERS),
            5,
        ),
        "face_encodings_with_hog": (lambda: ours.face_encodings(image), lambda: theirs.face_encodings(image), 15),
        f"face_distance_{PEOPLE}": (lambda: ours.face_distance(crowd, face), lambda: theirs.face_distance(crowd, face), 15),
        f"compare_faces_{PEOPLE}": (lambda: ours.compare_faces(crowd, face), lambda: theirs.compare_faces(crowd, face), 15),
    }
    told: dict[str, float] = {}
    for name, (mine, other, rounds) in pairs.items():
        told[f"{name}_ms"], told[f"{name}_theirs_ms"], told[f"{name}_times_faster"] = compare(mine, other, rounds)
    return told


def _differences() -> dict[str, float]:
    """Over all portraits."""
    theirs = Original(MODELS)
    boxes, told = 0, dict.fromkeys(("small", "large"), 0.0)
    for file in portraits().values():
        image = _picture(file)
        places = theirs.face_locations(image)
        boxes += places != ours.face_locations(image)
        boxes += theirs.face_locations(image, 0, "cnn") != ours.face_locations(image, 0, "cnn")
        for model in ("small", "large"):
            pairs = zip(ours.face_encodings(image, places, 1, model), theirs.face_encodings(image, places, 1, model), strict=True)
            told[model] = max(told[model], *(float(np.abs(a - b).max()) for a, b in pairs))
    return {"pictures_with_other_boxes": boxes, **{f"encodings_{model}_largest_difference": far for model, far in told.items()}}


def _processes(file: Path) -> dict[str, float]:
    """CPU time and largest memory of a process that only imports, and of one that encodes one picture as well."""
    told: dict[str, float] = {}
    for name, script in {"import": _OURS, "import_theirs": _THEIRS, "first": _OURS_USED, "first_theirs": _THEIRS_USED}.items():
        code = f"{script.format(file=str(file))}\n{_TOLD}"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        told[f"{name}_ms"], told[f"{name}_mb"] = map(float, done.stdout.split())
    return told


def _picture(file: Path) -> np.ndarray:
    image = Image.open(file).convert("RGB")
    return np.array(image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX))
