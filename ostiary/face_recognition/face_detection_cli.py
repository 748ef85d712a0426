"""The command line of `face_recognition`'s tool `face_detection`."""

from __future__ import annotations

import click

from ostiary.face_recognition.pictures import Desk
from ostiary.face_recognition.tools import detect


@click.command()
@click.argument("image_to_check", type=click.Path(exists=True))
@click.option(
    "--cpus",
    default=1,
    type=click.IntRange(min=-1),
    show_default=True,
    help="How many pictures to look at at once, each on a core; -1: one on every core.",
)
@click.option(
    "--model",
    default="hog",
    type=click.Choice(["hog", "cnn"]),
    show_default=True,
    help="hog finds frontal faces, cnn also turned and hidden ones.",
)
@click.option(
    "--upsample", default=0, type=click.IntRange(min=0), show_default=True, help="How often to double the picture, for smaller faces."
)
@click.pass_context
def main(context: click.Context, image_to_check: str, cpus: int, model: str, upsample: int) -> None:
    """Say where faces are in IMAGE_TO_CHECK, a picture or a folder of pictures: file, top, right, bottom, left."""
    with Desk(cpus) as desk:
        detect(image_to_check, desk, model, upsample)
    context.exit(1 if desk.refused else 0)
