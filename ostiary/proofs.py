"""The commands that measure: how often the door errs on labelled pictures, and what suits the people enrolled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ostiary import folders
from ostiary.assembly import stores
from ostiary.domain import Quality
from ostiary.engine import FaceEngine
from ostiary.gallery.photos import PhotoStore
from ostiary.keyring import vault_of
from ostiary.settings import Settings


def prove(settings: Settings, folder: Path, *, enrol: int, own_gallery: bool, jobs: int, out: Path | None) -> int:
    """Prints the report and writes it as a page, a picture and figures. An interrupted proof goes on where it was."""
    from ostiary.proof import page, report
    from ostiary.proof.prove import Options, prove
    from ostiary.vision.session import cores

    engine = stores.open_engine(settings)
    work = folders.private(settings.data.data_dir / "proof", "DATA_DIR")
    with _Bar() as bar:
        found = prove(folder, engine, work, Options(enrol, own_gallery, jobs or cores()), bar.show)
    print(report.text(found))
    target = folders.private(out, "--out") if out else work
    for file in page.write(found, target, f"Proof on {folder.resolve().name}"):
        print(file)
    return 0


def calibrate(settings: Settings, strangers: Path | None, *, jobs: int) -> int:
    """Prints what is to be known of the gallery and what to do about it. 1 where something is wrong with it."""
    from ostiary import calibrate as calibration
    from ostiary.calibrate_text import text
    from ostiary.proof import calibration as written

    engine = stores.open_engine(settings)
    gallery = engine.judging(engine.gallery.require(engine.eyes.encoder.id))
    if not len(gallery):
        print("nobody is enrolled: there is nothing to calibrate")
        return 1
    visitors = stores.visitor_store(settings).strangers(str(gallery.encoder_id))
    outside = [*visitors, *(_strangers_in(strangers, settings, engine, jobs) if strangers else ())]
    qualities = dict(_qualities(settings, engine, gallery.face_ids))
    found = calibration.calibrate(gallery, engine.rule(len(gallery)), settings.decision.fpir_target, outside, qualities)
    print(text(found, settings.decision))
    written.write(found, settings.decision.fpir_target, folders.private(stores.own_data(settings) / "proof", "DATA_DIR"))
    return 1 if found.duplicates or found.odd else 0


@dataclass(frozen=True, slots=True, eq=False)
class _Stranger:
    label: str
    encodings: np.ndarray


def _strangers_in(folder: Path, settings: Settings, engine: FaceEngine, jobs: int) -> Iterator[_Stranger]:
    """Each picture or clip below `folder` is one of a stranger; those in a folder of their own are of one."""
    from ostiary.proof.folder import strangers_below
    from ostiary.proof.gather import gather
    from ostiary.vision.session import cores

    subjects = strangers_below(folder)
    work = folders.private(settings.data.data_dir / "proof", "DATA_DIR")
    with _Bar() as bar:
        seen = gather([f for s in subjects for f in s.files], engine, work / "looks.sqlite", jobs or cores(), bar.show)
    for subject in subjects:
        probes = [probe for file in subject.files for trail in seen[file].trails for probe in trail.probes]
        if rows := [probe.encoding for probe in probes if probe.encoding is not None]:
            yield _Stranger(subject.name, np.array(rows))


def _qualities(settings: Settings, engine: FaceEngine, face_ids: tuple[str, ...]) -> Iterator[tuple[str, Quality]]:
    """Of the photos that were kept."""
    from ostiary.proof.looks import look_at

    photos = PhotoStore(settings.gallery.faces_dir / "photos", vault=vault_of(settings))
    for face_id in tqdm(face_ids, unit="photo"):
        if (photo := photos.load(face_id)) is not None:
            for trail in look_at(photo, engine.eyes, settings.limits.max_pixels).trails:
                yield face_id, trail.probes[0].quality


class _Bar(tqdm):
    """Counts files."""

    def __init__(self) -> None:
        super().__init__(unit="file")

    def show(self, done: int, total: int) -> None:
        self.total = total
        self.update(done - self.n)
