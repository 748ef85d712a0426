"""Options that are given once for all calls, and what the JavaScript SDK makes of addresses."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from dataclasses import replace

import pytest
from sdk.conftest import opened
from support.sdks import JsSdk, Place


@pytest.mark.parametrize("name", ["python", "javascript"])
def test_options_of_the_client_hold_for_its_calls(name: str, place: Place, empty: None) -> None:
    options = {"limit": 1, "det_prob_threshold": 0.8, "prediction_count": 2, "face_plugins": "calculator", "status": True}
    with ExitStack() as stack:
        sdk = opened(name, replace(place, options=options), stack)
        names = [sdk.add(sdk.picture(picture), "x").body["subject"] for picture in ("obama.jpg", "biden.jpg")]
        for body in (sdk.detect(sdk.picture("both.jpg")).body, sdk.recognise(sdk.picture("both.jpg")).body):
            assert len(body["result"]) == 1
            assert {"box", "embedding", "execution_time"} <= set(body["result"][0])
            assert set(body["plugins_versions"]) == {"detector", "calculator"}
        near = sdk.recognise(sdk.picture("both.jpg")).body["result"][0]["subjects"]
        assert [each["subject"] for each in near] == names
        assert near[0]["similarity"] > 0.5 > near[1]["similarity"]
        (verified,) = sdk.verify(sdk.picture("both.jpg"), sdk.picture("obama2.jpg")).body["result"]  # the largest of the two
        assert verified["face_matches"][0]["similarity"] > 0.5


def test_an_address_that_the_javascript_sdk_spoils_changes_no_subject(javascript: JsSdk) -> None:
    added = javascript.add(javascript.picture("obama.jpg"), "John", det_prob_threshold=0.8)
    assert added.body["subject"] == "John?det_prob_threshold=0.8"
    spoilt = javascript.ask("detection", "detect", javascript.picture("obama.jpg"), {"det_prob_threshold": 0.8, "face_plugins": "age"})
    assert set(spoilt.body["result"][0]) == {"box", "age"}  # what was meant is taken where it can only be that


def test_a_buffer_that_the_javascript_sdk_sends_without_a_boundary_is_refused(javascript: JsSdk) -> None:
    data = base64.b64encode((javascript.place.folder / "obama.jpg").read_bytes()).decode()
    answer = javascript.ask("detection", "detect", {"bytes": data}, {})
    assert (answer.status, answer.body) == (400, {"message": "Something went wrong, please try again", "code": 0})


def test_a_key_of_another_service_opens_nothing(place: Place, empty: None) -> None:
    keys = dict.fromkeys(place.keys, place.keys["detection"])
    with ExitStack() as stack:
        sdk = opened("python", replace(place, keys=keys), stack)
        assert sdk.subjects().body == {"message": f"Recognition service with API Key {place.keys['detection']} not found", "code": 10}
        assert sdk.detect("obama.jpg").body["result"]
