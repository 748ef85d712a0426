"""What an encoder comes to in the whole: stills and video agree, galleries of any encoder go on opening the door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ostiary.domain import Detection, Sighting, Status, Track
from ostiary.encoders import ENCODERS
from ostiary.engine import FaceEngine
from ostiary.errors import EncoderMismatch
from ostiary.lookout import Lookout
from ostiary.settings import DecisionSettings
from ostiary.stream.decide import Decider, Rules
from ostiary.vision.image import load

MakeEngine = Callable[..., FaceEngine]


def _decided(engine: FaceEngine, image: np.ndarray) -> list[tuple[str | None, float | None]]:
    """Who is in `image`, and how far, as the video's stages have it."""
    lookout = Lookout(engine)
    gallery, faces = lookout.gallery(), lookout.detect(image)
    tracks = [Track(i, "door", face, 0.0, 0.0) for i, face in enumerate(faces)]
    sightings = [
        Sighting(track, probe, gallery.match(probe.encoding))
        for track, probe in zip(tracks, lookout.probe(image, faces), strict=True)
        if probe.encoding is not None
    ]
    decisions = Decider(Rules(1, 2.0)).decide(sightings, 0.0, lookout.rule(len(gallery)), gallery)
    return [(d.person if d.status is Status.PASS else None, d.distance) for d in decisions]


@pytest.mark.parametrize("encoder", ENCODERS)
def test_stills_and_video_are_of_one_mind(encoder: str, make: MakeEngine, portraits: dict[str, Path]) -> None:
    engine = make(encoder)
    engine.register("obama", portraits["obama.jpg"])
    image = load(portraits["obama2.jpg"], 40e6)
    (face,) = Lookout(engine).detect(image)
    (probe,) = Lookout(engine).probe(image, [face])
    assert probe.encoding is not None
    np.testing.assert_allclose(engine.encode(image, [face])[0], probe.encoding, atol=1e-5)
    (still,) = engine.recognize(image)
    ((person, distance),) = _decided(engine, image)
    assert still.name == person == "obama"
    assert distance == pytest.approx(still.distance, abs=0.06)  # their detectors look at different sizes
    assert _decided(engine, load(portraits["biden.jpg"], 40e6))[0][0] is None


@pytest.mark.parametrize("encoder", ["sface", "sface-mirrored", "dlib", "fusion"])
def test_auto_goes_on_with_whatever_the_gallery_was_made_with(encoder: str, make: MakeEngine, portraits: dict[str, Path]) -> None:
    make(encoder).register("obama", portraits["obama.jpg"])
    engine = make("auto")
    assert engine.encoder_name == encoder
    assert [found.name for found in engine.recognize(portraits["obama2.jpg"])] == ["obama"]


def test_a_gallery_moves_to_an_encoder_that_is_not_compatible_only_by_being_encoded_again(
    make: MakeEngine, portraits: dict[str, Path]
) -> None:
    make("sface").register("obama", portraits["obama.jpg"])
    fusion = make("fusion")
    with pytest.raises(EncoderMismatch):
        fusion.recognize(portraits["obama2.jpg"])
    assert fusion.reencode().written
    assert [found.name for found in fusion.recognize(portraits["obama2.jpg"])] == ["obama"]


def test_dlibs_distance_is_told_as_it_always_was_and_a_pinned_threshold_is_in_it(make: MakeEngine, portraits: dict[str, Path]) -> None:
    engine = make("dlib")
    engine.register("obama", portraits["obama.jpg"])
    image = load(portraits["obama2.jpg"], 40e6)
    face: Detection = max(engine.detect(image), key=lambda found: found.area)
    enrolled = engine.gallery.encodings[0]
    euclidean = float(np.linalg.norm(engine.encode(image, [face])[0] - enrolled))
    assert engine.recognize(image)[0].distance == pytest.approx(euclidean, abs=1e-5)
    for threshold, name in ((euclidean + 1e-4, "obama"), (euclidean - 1e-4, None)):
        pinned = make("dlib", decision=DecisionSettings(th_accept=threshold))
        (found,) = pinned.recognize(image)
        assert (found.name, found.distance) == (name, pytest.approx(euclidean, abs=1e-5))
