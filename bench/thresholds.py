"""Prints each encoder's curve for ostiary/encoders.py: `python -m bench.thresholds FOLDER`, FOLDER in LFW's layout."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bench.faces import MODELS, nearest_to_middle
from ostiary.encoders import ENCODERS
from ostiary.vision.detect import open_detector
from ostiary.vision.encode import open_encoder
from ostiary.vision.image import load

SHARES = (1e-5, 1e-4, 1e-3, 1e-2)


def main(folder: Path) -> int:
    detect = open_detector("yunet", MODELS)
    first_pictures = [sorted(person.glob("*.jpg"))[0] for person in sorted(folder.iterdir()) if person.is_dir()]
    for name, info in ENCODERS.items():
        encoder = open_encoder(name, MODELS)
        rows = []
        for path in tqdm(first_pictures, desc=name, unit="person"):
            image = load(path, 40e6)
            if face := nearest_to_middle(image, detect(image)):
                rows.append(encoder.encode([encoder.align(image, face)])[0])
        distances = np.sort(_pair_distances(np.array(rows), info.metric))
        curve = [(share, round(float(distances[int(share * len(distances))]), 3)) for share in SHARES]
        print(f"{name}: {len(rows)} people, {len(distances)} pairs, curve {curve}")
    return 0


def _pair_distances(rows: np.ndarray, metric: str) -> np.ndarray:
    if metric == "cosine":
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        distances = 1 - rows @ rows.T
    else:
        squares = (rows * rows).sum(1)
        distances = np.sqrt(np.maximum(0, squares[:, None] + squares - 2 * rows @ rows.T))
    return distances[np.triu_indices(len(rows), 1)]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
