"""Pictures as the callers of `face_recognition` hand them over."""

from __future__ import annotations

import numpy as np


def as_rgb(image: np.ndarray) -> np.ndarray:
    """A contiguous RGB picture; a grey one gets three equal channels. Raises dlib's error for anything else."""
    if image.dtype != np.uint8 or not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)):
        raise RuntimeError("Unsupported image type, must be 8bit gray or RGB image.")
    if image.ndim == 2:
        image = np.broadcast_to(image[:, :, None], (*image.shape, 3))
    return np.ascontiguousarray(image)
