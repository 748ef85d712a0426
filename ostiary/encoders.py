"""What is known of each encoder without loading it: id, metric, margin, and the threshold for a gallery's size."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """Facts about an encoder.

    `margin` is how much nearer a person must be than the runner-up, in the encoder's distance. `curve` holds
    (share, distance) pairs, share ascending: of the distances between single pictures of *different* people, `share`
    are at most `distance`.

    `length` is that of most encodings, where the metric is euclidean. An encoding's own length says nothing of whose face
    it is, so encodings are judged as if all had this one, while the outside is told their distance as they are.
    """

    id: str
    dim: int
    metric: str
    margin: float
    curve: tuple[tuple[float, float], ...]
    length: float = 1.0

    def threshold(self, people: int, fpir_target: float) -> float:
        """The distance that a share of `fpir_target` of strangers would undercut among `people` enrolled ones.

        A stranger is let in by the nearest of `people` chances, so each chance may take 1 - (1 - target)^(1/people).
        """
        share = -math.expm1(math.log1p(-fpir_target) / max(people, 1))
        return _interpolate(self.curve, share)


def _interpolate(curve: tuple[tuple[float, float], ...], share: float) -> float:
    """Distance at `share`, linear in log(share); beyond the measured ends the last slope goes on."""
    points = [(math.log(s), d) for s, d in curve]
    wanted = math.log(share)
    right = min(max(bisect.bisect(points, (wanted,)), 1), len(points) - 1)
    (x1, d1), (x2, d2) = points[right - 1], points[right]
    return d1 + (wanted - x1) * (d2 - d1) / (x2 - x1)


CURVE_PEOPLE = 2866
"""Who stand behind the curves. No package that may be had ships so many faces, so `calibrate` takes the curve for its strangers
until a site has seen some of its own."""

# The curves: 2,866 people of LFW's development half, one picture each, 4.1 million pairs; `python -m bench.thresholds`
# prints them. Nearer than the first point are siblings and a dozen accidents; the slope goes on there. Of single frames of
# strangers, 0.12 % (sface), 0.10 % (sface-mirrored), 0.08 % (fusion) and 0.03 % (dlib) then pass among 1,000 people at a
# target of 0.1 %; see `python -m bench.accuracy`. The margins cost no more than 0.1 % of the residents' frames there.
ENCODERS = {
    "sface": EncoderInfo("sface-2021dec", 128, "cosine", 0.05, ((3e-6, 0.509), (1e-5, 0.538), (1e-4, 0.586), (1e-3, 0.643), (1e-2, 0.711))),
    "sface-mirrored": EncoderInfo(
        "sface-2021dec-mirrored", 128, "cosine", 0.05, ((3e-6, 0.500), (1e-5, 0.535), (1e-4, 0.585), (1e-3, 0.641), (1e-2, 0.709))
    ),
    "dlib": EncoderInfo(
        "dlib-resnet-v1", 128, "euclidean", 0.05, ((3e-6, 0.415), (1e-5, 0.442), (1e-4, 0.494), (1e-3, 0.551), (1e-2, 0.618)), length=1.43
    ),
    "fusion": EncoderInfo(
        "sface-2021dec-mirrored+dlib-resnet-v1",
        256,
        "cosine",
        0.03,
        ((3e-6, 0.230), (1e-5, 0.248), (1e-4, 0.274), (1e-3, 0.303), (1e-2, 0.338)),
    ),
}


def info_of(encoder_id: str) -> tuple[str, EncoderInfo]:
    """The (setting's name, facts) of an encoder id. Raises KeyError for an id that this version does not know."""
    for name, info in ENCODERS.items():
        if info.id == encoder_id:
            return name, info
    raise KeyError(encoder_id)
