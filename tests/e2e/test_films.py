"""Films before the daemon's camera: a real one, a slow one, and one across a restart."""

from __future__ import annotations

import signal
from pathlib import Path

from standardwebhooks.webhooks import Webhook
from support.site import SECRET, Receiver, Site, wait_for


def test_a_real_clip(site: Site, receiver: Receiver, shared: Path) -> None:
    name = "lin-manuel-miranda"
    site.start_api()
    site.start("ws_server.py")
    assert site.register(name, shared / "testdata" / "portraits" / f"{name}.png").ok
    messages = site.listen()
    clip = shared / "testdata" / "clip" / "short_hamilton_clip.mp4"
    detector = site.start("detector.py", VIDEO_SOURCE=str(clip), COOLDOWN="600", WEBHOOK_URL=receiver.url, MIN_FACE="32")
    wait_for("the end of the clip", lambda: "has ended" in site.log(detector), 60)
    assert [Webhook(SECRET).verify(body, headers)["name"] for headers, body in receiver.got] == [name]
    assert len(messages) > 50


def test_at_a_frame_a_second_a_resident_passes_and_the_owner_is_told(
    site: Site, receiver: Receiver, slow_video: Path, portraits: dict[str, Path]
) -> None:
    site.start_api()
    site.start("ws_server.py")
    assert site.register("obama", portraits["obama.jpg"]).ok
    messages = site.listen("frames=0&status=1")
    detector = site.start("detector.py", VIDEO_SOURCE=f"front={slow_video}", MOTION_GATE="0", COOLDOWN="60", WEBHOOK_URL=receiver.url)
    wait_for("the end of the video", lambda: "has ended" in site.log(detector), 60)
    assert len(receiver.got) == 1
    told = {problem for message in messages for problem in message.get("warnings", ())}
    assert any(problem.startswith("camera front: 1.") for problem in told), messages


def test_a_cooldown_survives_a_restart(site: Site, receiver: Receiver, visit_video: Path, portraits: dict[str, Path]) -> None:
    site.start_api()
    assert site.register("obama", portraits["obama.jpg"]).ok
    door = {"VIDEO_SOURCE": str(visit_video), "COOLDOWN": "600", "WEBHOOK_URL": receiver.url}
    first = site.start("detector.py", **door)
    wait_for("the first PASS", lambda: receiver.got)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = site.start("detector.py", **door)
    wait_for("the video's end", lambda: "has ended" in site.log(second), 120)
    assert len(receiver.got) == 1
    (site.folder / "data" / "cooldowns.json").unlink()
    third = site.start("detector.py", **door)  # without the memory of it, the same film does pass
    wait_for("another PASS", lambda: len(receiver.got) == 2)
    third.terminate()
