"""One word for anybody, details for whoever may ask."""

from __future__ import annotations

import requests


def test_all_is_well(site, engine):
    base = site(engine, report=lambda: {"cameras": [{"name": "front", "state": "live"}]})
    answer = requests.get(f"{base}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "cameras": [{"name": "front", "state": "live"}], "problems": []})
    assert requests.get(f"{base}/readyz").json() == {"status": "ok", "problems": []}


def test_a_damaged_gallery_is_reported(site, engine):
    engine.gallery_problem = "face_db.pkl cannot be read"
    for path in ("/healthz", "/readyz"):
        answer = requests.get(f"{site(engine)}{path}")
        assert (answer.status_code, answer.json()) == (503, {"status": "problem", "problems": ["face_db.pkl cannot be read"]})


def test_missing_models_are_reported_by_readyz(site, engine):
    engine.model_problem = "model sface: is missing"
    base = site(engine)
    assert requests.get(f"{base}/healthz").status_code == 200
    answer = requests.get(f"{base}/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["model sface: is missing"])


def test_problems_of_others_count(site, engine):
    base = site(engine, report=lambda: {"problems": ["camera front is lost"]})
    answer = requests.get(f"{base}/healthz")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["camera front is lost"])


def test_without_the_key_only_one_word(site, engine):
    engine.gallery_problem = "secret/face_db.pkl cannot be read"
    base = site(engine, key="key")
    assert requests.get(f"{base}/healthz").json() == {"status": "problem"}
    assert requests.get(f"{base}/healthz", headers={"x-api-key": "key"}).json()["problems"]
