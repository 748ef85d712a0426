"""Whether `face_locations` finds what dlib's HOG detector finds, over all pictures and films in folders:

    python -m bench.same_boxes FOLDER ... [--upsample 1] [--every 1]

A picture of more than a thousand pixels is halved until it is smaller. Prints each difference, and at the end how many pictures
have the same boxes in the same order, and how much quicker it was, in CPU time on one thread.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import ostiary.face_recognition as ours
from bench.faces import MODELS
from bench.original import Css, Original
from ostiary.face_recognition.networks import Means, use

PICTURES = (".jpg", ".jpeg", ".png")
FILMS = (".mp4", ".avi")
LARGEST_PX = 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.same_boxes")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--upsample", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="only every nth picture")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    use(Means(MODELS, threads=1))
    theirs = Original(MODELS)
    count: Counter[str] = Counter()
    spent, spent_by_them = 0.0, 0.0
    for name, image in _images(given.folders, given.every):
        start = time.process_time()
        mine = ours.face_locations(image, given.upsample)
        middle = time.process_time()
        other = theirs.face_locations(image, given.upsample)
        if count["pictures"]:  # the first loads what is needed
            spent, spent_by_them = spent + middle - start, spent_by_them + time.process_time() - middle
        kinds = _differences(mine, other)
        count.update(kinds)
        count["pictures"] += 1
        count["faces"] += len(other)
        count["pictures the same"] += mine == other
        for kind in kinds:
            print(f"{name}: {kind}: {mine} for {other}")
    for what, number in count.items():
        print(f"{what:20} {number:8}")
    print(f"{'times faster':20} {spent_by_them / max(spent, 1e-9):8.1f}   {spent * 1000 / max(count['pictures'] - 1, 1):.1f} ms a picture")


def _images(folders: list[Path], every: int) -> Iterator[tuple[str, np.ndarray]]:
    files = [file for folder in folders for file in ([folder] if folder.is_file() else sorted(folder.rglob("*")))]
    for file in [file for file in files if file.suffix.lower() in PICTURES][::every]:
        with Image.open(file) as opened:
            yield file.name, _smaller(np.array(opened.convert("RGB")))
    for film in (file for file in files if file.suffix.lower() in FILMS):
        reader, number = cv2.VideoCapture(str(film)), 0
        while (read := reader.read())[0]:
            number += 1
            if number % every == 0:
                yield f"{film.name} {number}", _smaller(np.ascontiguousarray(read[1][:, :, ::-1]))


def _smaller(image: np.ndarray) -> np.ndarray:
    while max(image.shape) > LARGEST_PX:
        half = Image.fromarray(image)
        image = np.array(half.resize((half.width // 2, half.height // 2), Image.Resampling.BOX))
    return image


def _differences(mine: list[Css], other: list[Css]) -> Counter[str]:
    """A face missed, a box somewhere else, a face that they do not have, or another order."""
    alone, theirs_alone = [box for box in mine if box not in other], [box for box in other if box not in mine]
    moved = sum(any(_near(box, each) for each in alone) for box in theirs_alone)
    found = Counter(missed=len(theirs_alone) - moved, elsewhere=moved, more=max(len(alone) - moved, 0))
    if mine != other and not alone and not theirs_alone:
        found["in another order"] = 1
    return +found


def _near(one: Css, other: Css) -> bool:
    """Whether the middle of each lies in the other."""
    return all(
        box[0] <= (each[0] + each[2]) / 2 <= box[2] and box[3] <= (each[1] + each[3]) / 2 <= box[1]
        for box, each in ((one, other), (other, one))
    )


if __name__ == "__main__":
    main()
