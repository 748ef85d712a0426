"""Points 37 and 40 of the contract's checklist, with real processes: what is kept when one ends, and what several do at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import requests
from support.site import Site, free_port, opened

KEY = str(uuid.uuid4())


@pytest.fixture
def house(tmp_path: Path, models_dir: Path, portraits: dict[str, Path]) -> Iterator[Site]:
    with opened(tmp_path, models_dir, portraits) as site:
        site.env.update(COMPREFACE_PORT=str(free_port()), COMPREFACE_RECOGNITION_KEY=KEY, COMPREFACE_DOOR="false")
        yield site


@dataclass
class Client:
    base: str

    def __call__(self, method: str, path: str, **request: Any) -> Any:
        answer = requests.request(method, f"{self.base}/api/v1/recognition{path}", headers={"x-api-key": KEY}, timeout=60, **request)
        assert answer.status_code < 300, answer.text
        return answer.content if path.endswith("/img") else answer.json()

    def add(self, subject: str, picture: bytes) -> str:
        return str(self("POST", "/faces", params={"subject": subject}, files={"file": ("a.jpg", picture)})["image_id"])

    def recognize(self, picture: bytes) -> list[tuple[str, float]]:
        [face] = self("POST", "/recognize", params={"prediction_count": 9}, files={"file": ("a.jpg", picture)})["result"]
        return [(one["subject"], one["similarity"]) for one in face["subjects"]]


@pytest.fixture
def start(house: Site) -> Callable[..., Client]:
    def started(**env: str) -> Client:
        house.start_api(**env)
        return Client(f"http://127.0.0.1:{env.get('API_PORT', house.env['API_PORT'])}")

    return started


def test_37_everything_is_there_after_a_restart(house: Site, start: Callable[..., Client], pictures: Any) -> None:
    client = start()
    client("POST", "/subjects", json={"subject": "nobody yet"})
    image_id = client.add("Барак", pictures.obama)
    client.add("Joe", pictures.biden)
    before = client("GET", "/subjects"), client("GET", "/faces"), client.recognize(pictures.obama3)
    house.programs[0].kill()
    house.programs[0].wait()

    start()
    client = Client(f"http://127.0.0.1:{house.env['COMPREFACE_PORT']}")  # the other port serves the same
    assert (client("GET", "/subjects"), client("GET", "/faces"), client.recognize(pictures.obama3)) == before
    assert sorted(before[0]["subjects"]) == ["Joe", "nobody yet", "Барак"]
    assert client("GET", f"/faces/{image_id}/img") == pictures.obama
    assert requests.get(f"{client.base}/faces", timeout=10).status_code == 404  # but nothing else
    assert requests.get(f"http://127.0.0.1:{house.env['API_PORT']}/faces", timeout=10).json() == []


def test_40_at_once_and_in_two_processes_nothing_is_lost(start: Callable[..., Client], pictures: Any) -> None:
    clients = [start(), start(API_PORT=str(free_port()), COMPREFACE_PORT="0")]
    turns, photos = cycle(clients), cycle([pictures.obama, pictures.obama2, pictures.obama3])
    with ThreadPoolExecutor(8) as pool:
        added = [pool.submit(next(turns).add, name, next(photos)) for name in ["Barack", "BARACK"] * 8]
    ids = {one.result() for one in added}
    assert len(ids) == 16
    for client in clients:
        [subject] = client("GET", "/subjects")["subjects"]
        assert {face["image_id"] for face in client("GET", "/faces", params={"size": 99})["faces"]} == ids

    one, other = clients
    assert {name for name, _ in other.recognize(pictures.obama)} == {subject}
    one("PUT", "/subjects/barack", json={"subject": "President"})
    assert {name for name, _ in other.recognize(pictures.obama)} == {"President"}
    joe = other.add("Joe", pictures.biden)
    assert one.recognize(pictures.biden)[0] == ("Joe", 1.0)
    one("DELETE", f"/faces/{joe}")
    assert {name for name, _ in other.recognize(pictures.biden)} == {"President"}
    other("DELETE", "/subjects/President")
    assert one.recognize(pictures.obama) == []
