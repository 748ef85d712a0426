"""The first minute of somebody who has no camera: everything in one process, on embedded defaults."""

from __future__ import annotations

import signal

import pytest
import requests
from support.site import Receiver, Site, wait_for
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


def test_the_demo_shows_pass_reject_and_a_delivered_webhook_and_stops_cleanly(site: Site, receiver: Receiver) -> None:
    up = site.start("ostiary", "up", "--demo-if-no-camera", VIDEO_SOURCE="demo", HISTORY_FLUSH="0.5", WEBHOOK_URL=receiver.url)
    messages = site.listen("frames=0&status=1")
    wait_for("a PASS", lambda: any(m.get("passes") for m in messages))
    with pytest.raises(InvalidStatus, match="401"):  # only the detector of this very process publishes
        connect(f"{site.stream}?role=publish")
    wait_for("a stranger", lambda: any(f["reason"] == "unknown" for m in messages for f in m.get("faces", ())))
    delivered = wait_for("a delivery", lambda: [m for m in messages if m["type"] == "status" and m["webhooks"]["delivered"]])
    assert delivered[0]["cameras"][0]["state"] == "live"
    assert not receiver.got, "the demo's resident must not open a real gate"
    assert "WEBHOOK_URL is not used" in site.log(up)
    (visitor,) = wait_for("a visitor", lambda: requests.get(f"{site.api}/visitors", timeout=10).json())
    assert requests.get(f"{site.api}/visitors/{visitor['id']}/face.jpg", timeout=10).content.startswith(b"\xff\xd8")
    passed = [event["event_id"] for m in messages for event in m.get("passes", ())]
    kept = {d["event_id"] for d in requests.get(f"{site.api}/corrections/decisions", timeout=10).json()}
    assert passed[0] in kept, "what the stream and the webhook told can be corrected by the same id"
    wait_for("the stranger in the history", lambda: kept & {event["id"] for event in site.history(kind="visitor")})
    (told,) = [event for event in site.history(kind="pass") if event["id"] == passed[0]]
    assert told["grounds"]["votes"] >= 3
    assert requests.get(f"{site.api}/events/{passed[0]}/face.jpg", timeout=10).content.startswith(b"\xff\xd8")
    assert requests.post(f"{site.api}/visitors/{visitor['id']}/ignore", timeout=10).json()["success"]
    up.send_signal(signal.SIGINT)
    assert up.wait(20) == 0
    assert "Traceback" not in site.log(up)
    assert not (site.folder / "faces").exists()  # the demo's people stay in the demo's gallery
    assert not (site.folder / "data" / "visitors").exists()
