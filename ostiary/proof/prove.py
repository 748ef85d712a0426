"""`ostiary prove`: labelled pictures and clips through the real detector, quality gate, encoder, gallery and judge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ostiary.engine import FaceEngine
from ostiary.errors import BadFolder
from ostiary.proof.evaluate import cast, evaluate, gallery_of
from ostiary.proof.folder import read_layout
from ostiary.proof.gather import Progress, gather
from ostiary.proof.report import InForce, Report


@dataclass(frozen=True, slots=True)
class Options:
    """`enrol`: pictures of each person that are enrolled. `own_gallery`: nobody is, the people who are enrolled already count."""

    enrol: int = 1
    own_gallery: bool = False
    workers: int = 1


def prove(folder: Path, engine: FaceEngine, work: Path, options: Options, progress: Progress) -> Report:
    """Raises BadFolder; EncoderMismatch for a gallery of another encoder. What was seen is kept in `work` for the next time."""
    layout = read_layout(folder)
    encoder_id = engine.eyes.encoder.id
    own = engine.gallery.require(encoder_id) if options.own_gallery else None
    files = [file for subject in layout.subjects for file in subject.files]
    seen = gather(files, engine, work / "looks.sqlite", options.workers, progress)
    people = cast(layout, seen, options.enrol, own)
    gallery = engine.judging(own if own is not None else gallery_of(people, encoder_id))
    if not len(gallery):
        raise BadFolder(
            folder, "nobody in it could be enrolled: at least one person needs two usable pictures, or one and strangers in unknown/"
        )
    rule, decision = engine.rule(len(gallery)), engine.settings.decision
    force = InForce(encoder_id, len(gallery), rule.threshold, rule.margin, decision.confirm_frames, decision.confirm_window_s)
    return evaluate(layout, seen, people, gallery, force)
