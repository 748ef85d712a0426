"""Age, gender, expression and 68 landmarks by face-api's networks.

Age, gender and expression are guesses about looks, not facts about people. On Labeled Faces in the Wild the gender is
right for 95.8 % of 500 faces (women 92.0 %, men 99.6 %) and the age 6.8 years off on average (436 pictures of 117
people); a smile is told from its absence in 98 of 100 faces, while fear and disgust are hardly recognised at all.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ostiary.domain import Attributes, Detection, Guess, Session
from ostiary.vision.attributes.square import Square
from ostiary.vision.session import OrtSession
from ostiary.vision.weights import ready

GENDERS = ("male", "female")
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")

_SIDE = 112
_AGE_GENDER = Square(_SIDE, 0.9)  # tight: at 1.4 the gender is wrong nine times more in a hundred
_EXPRESSION = Square(_SIDE, 1.2)
_LANDMARKS = Square(_SIDE, 1.0, lower=0.05, level=True)


class AgeGender:
    def __init__(self, session: Session):
        self._session = session

    def __call__(self, image: np.ndarray, faces: list[Detection]) -> list[Attributes]:
        genders, ages = self._session.run({"input": _AGE_GENDER.crops(image, faces)})
        return [Attributes(age=float(age[0]), gender=_likeliest(GENDERS, gender)) for age, gender in zip(ages, genders, strict=True)]


class Expression:
    def __init__(self, session: Session):
        self._session = session

    def __call__(self, image: np.ndarray, faces: list[Detection]) -> list[Attributes]:
        (expressions,) = self._session.run({"input": _EXPRESSION.crops(image, faces)})
        return [Attributes(expression=_likeliest(EXPRESSIONS, shares)) for shares in expressions]


class Landmarks68:
    def __init__(self, session: Session):
        self._session = session

    def __call__(self, image: np.ndarray, faces: list[Detection]) -> list[Attributes]:
        (landmarks,) = self._session.run({"input": _LANDMARKS.crops(image, faces)})
        points = landmarks.reshape(-1, 68, 2) * _SIDE
        return [Attributes(landmarks68=_LANDMARKS.to_image(of_one, face)) for of_one, face in zip(points, faces, strict=True)]


def open_age_gender(models_dir: Path, provider: str, threads: int) -> AgeGender:
    return AgeGender(OrtSession(ready("face_age_gender", models_dir), provider, threads))


def open_expression(models_dir: Path, provider: str, threads: int) -> Expression:
    return Expression(OrtSession(ready("face_expression", models_dir), provider, threads))


def open_landmarks68(models_dir: Path, provider: str, threads: int) -> Landmarks68:
    return Landmarks68(OrtSession(ready("face_landmarks68", models_dir), provider, threads))


def _likeliest(labels: tuple[str, ...], shares: np.ndarray) -> Guess:
    best = int(shares.argmax())
    return Guess(labels[best], float(shares[best]))
