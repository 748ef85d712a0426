"""The pipeline's eyes follow the gallery, also where the other encoder cannot be had at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ostiary import lookout
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import ModelError
from ostiary.gallery.gallery import Example, Gallery
from ostiary.lookout import Lookout


@pytest.fixture
def missing() -> set[str]:
    """The encoders that cannot be had."""
    return {"dlib"}


@pytest.fixture
def engine(tmp_path: Path, missing: set[str]) -> FaceEngine:
    def open_eyes(_: object, name: str, __: Path) -> Any:
        if name in missing:
            raise ModelError(name, "could not be had")
        return SimpleNamespace(encoder=SimpleNamespace(id=ENCODERS[name].id))

    return FaceEngine(faces_dir=tmp_path, open_eyes=open_eyes)


def enrol(engine: FaceEngine, encoder: str) -> None:
    info = ENCODERS[encoder]
    example = Example("a", 0.0, np.ones(info.dim, np.float32) / np.float32(info.dim**0.5))
    engine.store.change(lambda _: Gallery().adding([("katya", example)], info.id))
    engine.watcher.refresh()


def test_without_the_other_encoder_nobody_passes_until_it_can_be_had(
    engine: FaceEngine, missing: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENCODERS, "dlib", replace(ENCODERS["dlib"], margin=0.2))
    enrol(engine, "sface")
    seen = Lookout(engine)
    assert len(seen.gallery()) == 1
    before = seen.rule(1)
    enrol(engine, "dlib")
    assert seen.rule(1) == before  # what has been seen with the old eyes is judged by their measure
    monkeypatch.setattr(lookout, "RETRY_S", 0.0)
    assert len(seen.gallery()) == 0
    assert "could not be had" in (seen.problem or "")
    assert seen.rule(0).threshold > 0
    missing.clear()
    assert len(seen.gallery()) == 1
    assert (seen.problem, seen.encoder_id) == (None, ENCODERS["dlib"].id)
    assert seen.rule(1) == engine.rule(1) != before
    assert seen.rule(1).margin == 0.2
