"""A program that is asked to start anew: by itself, or for its supervisor to do so."""

from __future__ import annotations

import socket
from pathlib import Path

import requests
from support.site import Site, wait_for

from ostiary.launch import START_ME_ANEW, Stop


def test_changed_settings_count_after_a_start_anew_of_the_same_process(site: Site) -> None:
    process = site.start_api(COOLDOWN="4")
    before = requests.get(f"{site.api}/system", timeout=10).json()
    assert before["roles"] == ["api"]
    refused = requests.put(f"{site.api}/settings", json={"changes": {"COOLDOWN": 9}}, timeout=10)
    assert (refused.status_code, refused.json()["error"]) == (409, "setting_overridden")
    changed = requests.put(f"{site.api}/settings", json={"changes": {"MARGIN": 0.07}}, timeout=10)
    assert changed.json()["pending"] == ["MARGIN"]
    assert requests.post(f"{site.api}/system/restart", timeout=10).json() == {"success": True}

    def after() -> dict[str, object] | None:
        try:
            told = requests.get(f"{site.api}/system", timeout=5).json()
        except requests.ConnectionError:
            return None
        return told if told["started_at"] != before["started_at"] else None

    wait_for("the new program", after)
    assert process.poll() is None  # it is the same process
    settings = {told["name"]: told for told in requests.get(f"{site.api}/settings", timeout=10).json()["settings"]}
    assert (settings["MARGIN"]["value"], settings["MARGIN"]["origin"], settings["MARGIN"]["pending"]) == ("0.07", "ostiary.toml", False)
    assert settings["COOLDOWN"]["value"] == "4"  # the environment is the same too


def test_below_systemd_the_program_ends_for_it_to_start_a_new_one(site: Site, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(tmp_path / "notify"))
        process = site.start_api(NOTIFY_SOCKET=str(tmp_path / "notify"))
        assert requests.post(f"{site.api}/system/restart", timeout=10).status_code == 200
        assert process.wait(30) == START_ME_ANEW


def test_a_signal_that_comes_meanwhile_wins() -> None:
    stop = Stop()
    stop.restart()
    assert stop.again
    stop.on_signal()
    assert not stop.again
    stop.restart()  # too late: it ends
    assert not stop.again
