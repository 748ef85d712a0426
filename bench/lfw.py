"""Encodings of a folder in LFW's layout, NAME/NAME_0001.jpg; of several faces in a picture, the one nearest its middle."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

import ostiary.vision
from bench.faces import CACHE, MODELS, nearest_to_middle
from ostiary.domain import Detect, Encoder
from ostiary.encoders import ENCODERS
from ostiary.vision.detect import open_detector
from ostiary.vision.encode import open_encoder
from ostiary.vision.fusion import joined
from ostiary.vision.image import load
from ostiary.vision.session import cores

People = dict[str, np.ndarray]
"""The encodings of each person, one row for each picture, in the order of the file names."""

TWICE = frozenset(
    [
        "Andrew_Gilligan",
        "Anja_Paerson",
        "Gabrielle_Rose",
        "Glenn_Rivers",
        "Jeff_Roehm",
        "John_Burnett",
        "Mireya_Elisa_Moscoso_Rodriguez",
        "Prince_Felipe",
        "Raul_Ibanez",
        "Sung_Hong_Choi",
        "Virgina_Ruano_Pascal",
        "Wang_Nan",
        "Yingfan_Wang",
    ]
)
"""Folders of LFW that show somebody who has a folder under another name or spelling, too: the very same picture, or the
same person beyond doubt, found among the nearest pairs. Whoever counts them as strangers measures LFW's mistakes. Real
siblings and look-alikes stay."""

_APART = ("sface", "sface-mirrored", "dlib")  # what fusion is joined from needs no second look


def encode(folder: Path, cache: Path = CACHE / "encodings", *, workers: int | None = None) -> dict[str, People]:
    """For each encoder, everybody in the folder but `TWICE`; kept in `cache` for the next time."""
    pictures = [
        p for person in sorted(folder.iterdir()) if person.is_dir() and person.name not in TWICE for p in sorted(person.glob("*.jpg"))
    ]
    kept = cache / f"{_digest(pictures)}.npz"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **_encoded(pictures, workers or cores()))
    with np.load(kept) as arrays:
        rows = {name: arrays[name] for name in arrays.files}
    owners = rows.pop("owners")
    rows["fusion"] = joined(rows["sface-mirrored"], rows["dlib"])
    return {encoder: {str(name): rows[encoder][owners == name] for name in np.unique(owners)} for encoder in ENCODERS}


def _encoded(pictures: Sequence[Path], workers: int) -> dict[str, np.ndarray]:
    if workers == 1:
        found = list(tqdm(_in_turn(pictures), total=len(pictures), unit="picture"))
    else:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _open) as pool:
            found = list(tqdm(pool.map(_look, pictures, chunksize=16), total=len(pictures), unit="picture"))
    seen = [(path.parent.name, rows) for path, rows in zip(pictures, found, strict=True) if rows is not None]
    columns = {encoder: np.array([rows[i] for _, rows in seen]) for i, encoder in enumerate(_APART)}
    return {"owners": np.array([name for name, _ in seen]), **columns}


def _in_turn(pictures: Sequence[Path]) -> Iterator[tuple[np.ndarray, ...] | None]:
    _open()
    yield from map(_look, pictures)


_eyes: list[tuple[Detect, list[Encoder]]] = []  # of this process


def _open() -> None:
    _eyes[:] = [(open_detector("yunet", MODELS, threads=1), [open_encoder(name, MODELS, threads=1) for name in _APART])]


def _look(path: Path) -> tuple[np.ndarray, ...] | None:
    detect, encoders = _eyes[0]
    image = load(path, 40e6)
    face = nearest_to_middle(image, detect(image))
    return face and tuple(encoder.encode([encoder.align(image, face)])[0] for encoder in encoders)


def _digest(pictures: Sequence[Path]) -> str:
    """Of everything that encodings depend on: the pictures, and the code that looks at them."""
    digest = hashlib.blake2s(digest_size=8)
    for path in pictures:
        digest.update(f"{path.resolve()} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
    for module in ("align", "detect", "dlib_resnet", "image", "landmarks", "scale", "sface", "yunet"):
        digest.update((Path(ostiary.vision.__path__[0]) / f"{module}.py").read_bytes())
    return digest.hexdigest()
