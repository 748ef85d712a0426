"""The command line of `face_recognition`'s tool of that name."""

from __future__ import annotations

import click

from ostiary.face_recognition.pictures import Desk
from ostiary.face_recognition.tools import recognize


@click.command()
@click.argument("known_people_folder", type=click.Path(exists=True, file_okay=False))
@click.argument("image_to_check", type=click.Path(exists=True))
@click.option(
    "--cpus",
    default=1,
    type=click.IntRange(min=-1),
    show_default=True,
    help="How many pictures to look at at once, each on a core; -1: one on every core.",
)
@click.option(
    "--tolerance",
    default=0.6,
    show_default=True,
    help="Largest distance between faces of one person. Lower it if one face gets several names.",
)
@click.option("--show-distance", default=False, type=bool, show_default=True, help="Print each match's distance, too.")
@click.pass_context
def main(context: click.Context, known_people_folder: str, image_to_check: str, cpus: int, tolerance: float, show_distance: bool) -> None:
    """Say who of the people in KNOWN_PEOPLE_FOLDER (name.jpg) is in IMAGE_TO_CHECK, a picture or a folder of pictures."""
    with Desk(cpus) as desk:
        recognize(known_people_folder, image_to_check, desk, tolerance, show_distance)
    context.exit(1 if desk.refused else 0)
