"""Encoders by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ostiary.domain import Encoder


def open_encoder(name: str, models_dir: Path, provider: str = "cpu", threads: int = 0) -> Encoder:
    """The encoder with its weights loaded. Raises ModelError and MissingExtra."""
    return _ENCODERS[name](models_dir, provider, threads)


def _open_sface(models_dir: Path, provider: str, threads: int, *, mirrored: bool = False) -> Encoder:
    from ostiary.vision.landmarks import FivePoints
    from ostiary.vision.session import OrtSession
    from ostiary.vision.sface import SFace
    from ostiary.vision.weights import ready
    from ostiary.vision.yunet import YuNet

    locate = FivePoints(YuNet(OrtSession(ready("yunet", models_dir), provider, threads)))
    return SFace(OrtSession(ready("sface", models_dir), provider, threads), locate, mirrored=mirrored)


def _open_mirrored(models_dir: Path, provider: str, threads: int) -> Encoder:
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
