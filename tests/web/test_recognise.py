"""Asking who is in a picture: what is answered, what is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pytest
import requests

from ostiary.domain import Attributes, Guess, HeadPose, Quality, Reason, Recognition
from ostiary.errors import BadField, BadImage

GOOD = Quality(True, None, 0.9, 80.0, 0.8, 120.0, 0.1)
POOR = Quality(False, "too dark", 0.1, 20.0, 0.1, 9.0, 0.1, problems=("too dark: more light on the face",))


@dataclass
class Seer:
    """Sees one resident and one stranger in whatever it is shown."""

    engine: object

    def __getattr__(self, name: str) -> object:
        return getattr(self.engine, name)

    def recognize(self, image: bytes, attributes: Iterable[str] = ()) -> list[Recognition]:
        wanted = list(attributes)
        if image == b"broken":
            raise BadImage("it is cut off")
        if "iq" in wanted:
            raise BadField("attributes", "'iq' is none of age")
        looks = Attributes(41.26, Guess("female", 0.9), pose=HeadPose(1.0, -2.0, 3.0), eyes_open=(0.2, 0.3), landmarks5=np.ones((5, 2)))
        return [
            Recognition((1, 2, 30, 40), "Катя", 0.41234, "zero", 0.78, None, GOOD, looks if wanted else None),
            Recognition((5, 6, 10, 12), None, None, None, None, Reason.LOW_QUALITY, POOR),
        ]


@pytest.fixture
def base(site, engine) -> str:
    return site(Seer(engine), key="key")


def ask(base: str, image: bytes = b"picture", key: str = "key", **form: str) -> requests.Response:
    return requests.post(f"{base}/recognize", data=form, files={"image": ("a.jpg", image)}, headers={"x-api-key": key})


def test_every_face_is_told_with_the_grounds(base):
    answer = ask(base)
    assert answer.status_code == 200
    katya, stranger = answer.json()["faces"]
    assert katya["box"] == [1, 2, 30, 40]
    assert [katya[member] for member in ("name", "distance", "runner_up", "runner_up_distance", "reason")] == [
        "Катя", 0.4123, "zero", 0.78, None,
    ]  # fmt: skip
    assert "attributes" not in katya
    assert (stranger["name"], stranger["distance"], stranger["reason"]) == (None, None, "low_quality")
    assert stranger["quality"]["problems"] == ["too dark: more light on the face"]
    assert answer.json()["took_ms"] >= 0


def test_attributes_are_told_when_asked_for(base):
    katya, stranger = ask(base, attributes="age, gender,pose,eyes_open,landmarks5").json()["faces"]
    assert katya["attributes"] == {
        "age": 41.3,
        "gender": {"label": "female", "probability": 0.9},
        "pose": {"yaw": 1.0, "pitch": -2.0, "roll": 3.0},
        "eyes_open": [0.2, 0.3],
        "landmarks5": [[1.0, 1.0]] * 5,
    }
    assert "attributes" not in stranger


@pytest.mark.parametrize(
    ("image", "form", "status", "error"),
    [(b"broken", {}, 400, "bad_image"), (b"picture", {"attributes": "iq"}, 400, "bad_field"), (b"x" * (11 << 20), {}, 413, "too_large")],
)
def test_what_cannot_be_looked_at_is_refused(base, image: bytes, form: dict[str, str], status: int, error: str):
    answer = ask(base, image, **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_picture_and_the_right_to_ask_are_needed(base):
    assert ask(base, key="wrong").status_code == 401
    nothing = requests.post(f"{base}/recognize", data={"attributes": "age"}, headers={"x-api-key": "key"})
    assert (nothing.status_code, nothing.json()["error"]) == (400, "missing_field")
