"""The commands that measure: how often the door errs on labelled pictures."""

from __future__ import annotations

from pathlib import Path

from tqdm import tqdm

from ostiary import app, folders
from ostiary.settings import Settings


def prove(settings: Settings, folder: Path, *, enrol: int, own_gallery: bool, jobs: int, out: Path | None) -> int:
    """Prints the report and writes it as a page, a picture and figures. An interrupted proof goes on where it was."""
    from ostiary.proof import page, report
    from ostiary.proof.prove import Options, prove
    from ostiary.vision.session import cores

    engine = app.open_engine(settings)
    work = folders.private(settings.data.data_dir / "proof", "DATA_DIR")
    with tqdm(unit="file") as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = prove(folder, engine, work, Options(enrol, own_gallery, jobs or cores()), progress)
    print(report.text(found))
    target = folders.private(out, "--out") if out else work
    for file in page.write(found, target, f"Proof on {folder.resolve().name}"):
        print(file)
    return 0
