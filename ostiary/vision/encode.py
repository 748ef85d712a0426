"""Encoders by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ostiary.domain import Encoder

if TYPE_CHECKING:
    from ostiary.vision.sface import SFace


def open_encoder(name: str, models_dir: Path, provider: str = "cpu", threads: int = 0) -> Encoder:
    """The encoder with its weights loaded. Raises ModelError and MissingExtra."""
    return _ENCODERS[name](models_dir, provider, threads)


def _open_sface(models_dir: Path, provider: str, threads: int, *, mirrored: bool = False) -> SFace:
    from ostiary.vision.landmarks import open_five_points
    from ostiary.vision.session import OrtSession
    from ostiary.vision.sface import SFace
    from ostiary.vision.weights import ready

    locate = open_five_points(models_dir, provider, threads)
    return SFace(OrtSession(ready("sface", models_dir), provider, threads), locate, mirrored=mirrored)


def _open_mirrored(models_dir: Path, provider: str, threads: int) -> SFace:
    return _open_sface(models_dir, provider, threads, mirrored=True)


def _open_dlib(models_dir: Path, provider: str, threads: int) -> Encoder:
    from ostiary.vision.dlib_resnet import open_dlib_resnet

    return open_dlib_resnet(models_dir, provider, threads)


def _open_fusion(models_dir: Path, provider: str, threads: int) -> Encoder:
    from ostiary.vision.fusion import Fusion

    return Fusion(_open_mirrored(models_dir, provider, threads), _open_dlib(models_dir, provider, threads))


_ENCODERS: dict[str, Callable[[Path, str, int], Encoder]] = {
    "sface": _open_sface,
    "sface-mirrored": _open_mirrored,
    "dlib": _open_dlib,
    "fusion": _open_fusion,
}
