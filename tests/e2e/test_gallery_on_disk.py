"""What the API answered with success is on disk, whatever happens next."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from pathlib import Path

import cv2
import requests
from support.site import Site, free_port, wait_for


def _small(portrait: Path) -> bytes:
    """Half as large, and so four times as quickly decoded."""
    image = cv2.imread(str(portrait), cv2.IMREAD_REDUCED_COLOR_2)
    return cv2.imencode(".jpg", image)[1].tobytes()


def _enrol_many(api: str, prefix: str, picture: bytes, count: int) -> list[str]:
    """Registers until the API is gone; the names that were acknowledged."""
    acknowledged = []
    with requests.Session() as session:
        for number in range(count):
            form = {"name": f"{prefix} {number}", "force": "true"}
            try:
                answer = session.post(f"{api}/register", data=form, files={"image": picture}, timeout=60)
            except requests.ConnectionError:
                break
            assert answer.json() == {**answer.json(), "success": True}
            acknowledged.append(form["name"])
    return acknowledged


def test_kill_9_in_the_middle_of_registrations_loses_none_that_was_acknowledged(site: Site, portraits: dict[str, Path]) -> None:
    api = site.start_api()
    picture = _small(portraits["obama2.jpg"])
    acknowledged: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda p=prefix: acknowledged.append(_enrol_many(site.api, p, picture, 100))) for prefix in ("a", "b")
    ]
    for thread in threads:
        thread.start()
    wait_for("some registrations", lambda: len(requests.get(f"{site.api}/faces", timeout=10).json()) >= 20)
    api.send_signal(signal.SIGKILL)
    api.wait()
    for thread in threads:
        thread.join()
    names = {name for some in acknowledged for name in some}
    assert 20 <= len(names) < 200
    site.start_api()
    known = set(requests.get(f"{site.api}/faces", timeout=10).json())
    assert names <= known
    assert len(known - names) <= 2  # written, but killed before the answer


def test_two_apis_that_register_at_once_lose_nothing(site: Site, portraits: dict[str, Path]) -> None:
    site.start_api()
    other_port = str(free_port())
    site.start_api(API_PORT=other_port)
    other = f"http://127.0.0.1:{other_port}"
    picture = _small(portraits["obama2.jpg"])
    results: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda a=api, p=prefix: results.append(_enrol_many(a, p, picture, 20)))
        for api, prefix in ((site.api, "a"), (other, "b"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {f"{prefix} {number}" for prefix in "ab" for number in range(20)}
    assert {name for some in results for name in some} == expected
    for api in (site.api, other):
        assert set(requests.get(f"{api}/faces", timeout=10).json()) == expected


class _Evil:
    def __init__(self, proof: Path):
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.proof}",)


def test_a_damaged_or_malicious_gallery_keeps_the_last_good_one_and_is_never_overwritten(
    site: Site, portraits: dict[str, Path], tmp_path: Path
) -> None:
    site.start_api()
    assert site.register("obama", portraits["obama.jpg"]).ok
    assert requests.get(f"{site.api}/healthz", timeout=10).status_code == 200
    gallery = site.folder / "faces" / "face_db.pkl"
    good = gallery.read_bytes()
    proof = tmp_path / "executed"
    for bad in (good[: len(good) // 2], b"", os.urandom(500), pickle.dumps(_Evil(proof))):
        gallery.write_bytes(bad)
        health = wait_for("the damage to be noticed", lambda: _problem(site))
        assert "face_db.pkl" in health["problems"][0]
        assert requests.get(f"{site.api}/faces", timeout=10).json() == ["obama"]
        refused = site.register("biden", portraits["biden.jpg"])
        assert (refused.status_code, refused.json()["error"]) == (503, "not_ready")
        assert "face_db.pkl" in refused.json()["message"]
        assert gallery.read_bytes() == bad
        gallery.write_bytes(good)
        wait_for("the repair to be noticed", lambda: not _problem(site))
    assert not proof.exists()
    assert site.register("biden", portraits["biden.jpg"]).ok


def _problem(site: Site) -> dict[str, list[str]] | None:
    answer = requests.get(f"{site.api}/healthz", timeout=10)
    return answer.json() if answer.status_code == 503 else None
