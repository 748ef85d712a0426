"""What was seen in files, kept between runs so that an interrupted proof goes on: encodings and figures, no pictures."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import sqlite3
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

import ostiary
from ostiary.domain import Detection, Probe, Quality
from ostiary.proof.looks import Seen, Trail


def key_of(file: Path, eyes: str) -> str:
    """Names what `eyes` (encoder and settings, in words) see in the present content of `file`."""
    content = hashlib.sha256(file.read_bytes()).hexdigest()
    return hashlib.sha256(f"{content} {file.suffix.lower()} {eyes} {_code()}".encode()).hexdigest()


class Cache:
    """A private file, used by one process."""

    def __init__(self, path: Path):
        self._path = path

    def __enter__(self) -> Self:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        self._rows = sqlite3.connect(self._path)
        self._rows.execute("CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, facts TEXT NOT NULL, encodings BLOB NOT NULL)")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._rows.close()

    def get(self, key: str) -> Seen | None:
        row = self._rows.execute("SELECT facts, encodings FROM seen WHERE key = ?", (key,)).fetchone()
        return _unpacked(*row) if row else None

    def put(self, key: str, seen: Seen) -> None:
        with self._rows:
            self._rows.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (key, *_packed(seen)))


def _packed(seen: Seen) -> tuple[str, bytes]:
    facts = [[[at, _facts(probe)] for at, probe in zip(trail.ats, trail.probes, strict=True)] for trail in seen.trails]
    rows = [probe.encoding for trail in seen.trails for probe in trail.probes if probe.encoding is not None]
    encodings = io.BytesIO()
    np.save(encodings, np.array(rows, np.float32), allow_pickle=False)
    return json.dumps({"problem": seen.problem, "trails": facts}, default=lambda number: number.item()), encodings.getvalue()


def _facts(probe: Probe) -> dict[str, Any]:
    return {
        "box": [int(side) for side in probe.detection.box],
        "score": float(probe.detection.score),
        "quality": asdict(probe.quality),
        "encoded": probe.encoding is not None,
    }


def _unpacked(facts: str, encodings: bytes) -> Seen:
    read = json.loads(facts)
    rows = iter(np.load(io.BytesIO(encodings), allow_pickle=False))
    trails = []
    for trail in read["trails"]:
        probes = [
            Probe(Detection(tuple(f["box"]), f["score"]), Quality(**f["quality"]), next(rows) if f["encoded"] else None) for _, f in trail
        ]
        trails.append(Trail(tuple(at for at, _ in trail), tuple(probes)))
    return Seen(tuple(trails), read["problem"])


@functools.cache
def _code() -> str:
    """Names the code that looks: what an older one saw is not taken for what this one sees."""
    root = Path(ostiary.__file__).parent
    files = [root / "stream" / "track.py", Path(__file__), *sorted((root / "vision").glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
