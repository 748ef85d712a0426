from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from ostiary.stream.cooldown import Clock, Cooldowns, system_clock


@dataclass
class Times:
    """Two clocks that a test turns."""

    monotonic: float = 1000.0
    wall: float = 1.7e9
    boot: str = "boot-1"

    def clock(self) -> Clock:
        return Clock(lambda: self.monotonic, lambda: self.wall, self.boot)

    def pass_by(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cooldowns.json"


def opened(file: Path, times: Times, cooldown_s: float = 5.0) -> Cooldowns:
    cooldowns = Cooldowns(file, cooldown_s, times.clock())
    cooldowns.load()
    return cooldowns


def test_one_pass_per_person_and_camera_in_each_cooldown(file: Path, times: Times) -> None:
    cooldowns = opened(file, times)
    assert cooldowns.spend("katya", "front", times.monotonic)
    assert not cooldowns.spend("katya", "front", times.monotonic)
    assert cooldowns.spend("katya", "back", times.monotonic)
    assert cooldowns.spend("ema", "front", times.monotonic)
    times.pass_by(4.99)
    assert not cooldowns.spend("katya", "front", times.monotonic)
    times.pass_by(0.02)
    assert cooldowns.spend("katya", "front", times.monotonic)


def test_it_counts_from_capture_to_capture(file: Path, times: Times) -> None:
    cooldowns = opened(file, times)
    assert cooldowns.spend("katya", "front", times.monotonic - 0.2)  # that frame took long
    times.pass_by(4.9)
    assert cooldowns.spend("katya", "front", times.monotonic)
    times.pass_by(5.1)
    assert not cooldowns.spend("katya", "front", times.monotonic - 0.2)


def test_it_survives_a_restart(file: Path, times: Times) -> None:
    assert opened(file, times).spend("кáтя", "front", times.monotonic)
    times.pass_by(2)
    assert not opened(file, times).spend("кáтя", "front", times.monotonic)
    times.pass_by(3.1)
    assert opened(file, times).spend("кáтя", "front", times.monotonic)


def test_it_is_on_disk_before_the_action(file: Path, times: Times) -> None:
    opened(file, times).spend("katya", "front", times.monotonic)
    assert [entry["camera"] for entry in json.loads(file.read_text())["spent"]] == ["front"]
    assert b"katya" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_of_an_older_version_which_names_people_is_understood(file: Path, times: Times) -> None:
    opened(file, times).spend("katya", "front", times.monotonic)
    content = json.loads(file.read_text())
    for entry in content["spent"]:
        del entry["whose"]
        entry["person"] = "katya"
    file.write_text(json.dumps(content))
    assert not opened(file, times).spend("katya", "front", times.monotonic)


@pytest.mark.parametrize("jump", [-1e9, -60, 60, 1e9])
def test_a_turned_wall_clock_neither_locks_nor_replays(file: Path, times: Times, jump: float) -> None:
    cooldowns = opened(file, times)
    cooldowns.spend("katya", "front", times.monotonic)
    times.wall += jump
    assert not cooldowns.spend("katya", "front", times.monotonic)
    assert not opened(file, times).spend("katya", "front", times.monotonic)
    times.pass_by(5.1)
    assert opened(file, times).spend("katya", "front", times.monotonic)


@pytest.mark.parametrize(("jump", "passes"), [(-1e9, False), (2, False), (60, True)])
def test_after_a_reboot_the_wall_clock_tells_but_never_locks_for_longer_than_a_cooldown(
    file: Path, times: Times, jump: float, passes: bool
) -> None:
    opened(file, times).spend("katya", "front", times.monotonic)
    times.boot, times.monotonic = "boot-2", 12.0
    times.wall += jump
    rebooted = opened(file, times)
    assert rebooted.spend("katya", "front", times.monotonic) is passes
    times.pass_by(5.1)
    assert rebooted.spend("katya", "front", times.monotonic)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"boot": "x", "spent": [{"person": 1}]}', b"\xff\xfe\x00"])
def test_a_damaged_file_starts_anew_and_says_so(file: Path, times: Times, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    file.write_bytes(content)
    cooldowns = opened(file, times)
    assert "cooldowns start anew" in caplog.text
    assert cooldowns.spend("katya", "front", times.monotonic)
    assert not opened(file, times).spend("katya", "front", times.monotonic)


def test_a_file_that_cannot_be_written_keeps_nobody_out_and_is_reported_once(
    tmp_path: Path, times: Times, caplog: pytest.LogCaptureFixture
) -> None:
    cooldowns = opened(tmp_path / "missing" / "cooldowns.json", times)
    assert cooldowns.spend("katya", "front", times.monotonic)
    assert not cooldowns.spend("katya", "front", times.monotonic)
    assert cooldowns.spend("ema", "front", times.monotonic)
    assert caplog.text.count("cannot be written") == 1


def test_what_is_over_is_forgotten(file: Path, times: Times) -> None:
    cooldowns = opened(file, times)
    cooldowns.spend("katya", "front", times.monotonic)
    times.pass_by(6)
    cooldowns.spend("ema", "front", times.monotonic)
    assert "katya" not in file.read_text()


def test_no_cooldown_lets_every_frame_pass(file: Path, times: Times) -> None:
    cooldowns = opened(file, times, cooldown_s=0)
    assert cooldowns.spend("katya", "front", times.monotonic)
    assert cooldowns.spend("katya", "front", times.monotonic)


def test_the_machine_has_both_clocks() -> None:
    clock = system_clock()
    assert clock.monotonic() <= clock.monotonic()
    assert clock.wall() > 1.6e9
