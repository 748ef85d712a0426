"""From the score map of dlib's CNN detector to boxes: the arithmetic of dlib, to the pixel."""

from __future__ import annotations

WINDOW_PX = 80
NMS_OVERLAP = 0.3382761351109955
