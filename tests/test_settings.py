from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.errors import SettingsError
from ostiary.knobs import Allowed, flag, number, whole
from ostiary.settings import Origin, all_knobs, effective, load

ROOT = Path(__file__).parent.parent


def test_defaults_are_designs(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    assert settings.camera.video_source == "0"
    assert settings.decision.confirm_frames == 3
    assert settings.decision.th_accept is None
    assert settings.gallery.db_path == Path("faces/face_db.pkl")
    assert settings.given == frozenset()


def test_later_sources_win(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text('COOLDOWN = 7\nAPI_PORT = 6000\nWEBHOOK_URL = ["http://a/", "http://b/"]\nDRAW = false\n')
    (tmp_path / ".env").write_text("API_PORT=6001\nMARGIN=0.1\n")
    settings = load({"MARGIN": "0.2", "FACES_DIR": "", "PATH": "/bin"}, tmp_path)
    assert settings.decision.cooldown_s == 7
    assert settings.api.port == 6001
    assert settings.decision.margin == 0.2
    assert settings.webhook.urls == ("http://a/", "http://b/")
    assert settings.camera.draw is False
    assert settings.gallery.faces_dir == Path("faces")
    assert settings.given == {"COOLDOWN", "API_PORT", "WEBHOOK_URL", "DRAW", "MARGIN"}
    assert settings.origins == {
        "COOLDOWN": Origin.FILE,
        "API_PORT": Origin.DOTENV,
        "WEBHOOK_URL": Origin.FILE,
        "DRAW": Origin.FILE,
        "MARGIN": Origin.ENVIRONMENT,
    }


def test_every_setting_tells_where_it_came_from_and_what_it_takes(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text("COOLDOWN = 7\n")
    told = {shown.name: shown for shown in effective(load({"TH_ACCEPT": "0.4"}, tmp_path))}
    assert (told["COOLDOWN"].value, told["COOLDOWN"].default, told["COOLDOWN"].origin) == ("7", "5", Origin.FILE)
    assert told["COOLDOWN"].allowed == Allowed("number", low=0, high=86400, unit="seconds")
    assert (told["TH_ACCEPT"].origin, told["TH_ACCEPT"].allowed) == (Origin.ENVIRONMENT, Allowed("number", low=0.01, high=2, auto=True))
    assert told["LIVENESS"].allowed == Allowed("choice", choices=("off", "warn", "enforce"))
    assert (told["DRAW"].allowed.kind, told["FACES_DIR"].allowed.kind, told["WEBHOOK_URL"].allowed.kind) == ("flag", "path", "list")
    assert (told["CONFIRM_FRAMES"].allowed.kind, told["CONFIRM_FRAMES"].origin) == ("whole", Origin.DEFAULT)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("COOLDOWN", "-1", "0 to 86400 seconds"),
        ("TH_ACCEPT", "nan", "0.01 to 2"),
        ("CONFIRM_FRAMES", "2.5", "whole number"),
        ("DETECTOR", "haar", "yunet, hog, cnn"),
        ("DRAW", "maybe", "true or false"),
        ("LIVENESS", "on", "off, warn, enforce"),
        ("CHALLENGE", "wink", "none, turn, blink"),
        ("API_PORT", "70000", "1 to 65535"),
    ],
)
def test_a_bad_value_names_knob_value_and_range(tmp_path: Path, name: str, value: str, allowed: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({name: value}, tmp_path)
    assert all(part in str(caught.value) for part in (name, value, allowed))


def test_an_unknown_key_in_toml_is_an_error_and_broken_toml_too(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text("COOLDWON = 7\n")
    with pytest.raises(SettingsError, match="COOLDWON"):
        load({}, tmp_path)
    (tmp_path / "ostiary.toml").write_text("COOLDOWN = \n")
    with pytest.raises(SettingsError, match=r"ostiary\.toml"):
        load({}, tmp_path)


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    hidden = {
        "API_KEY": "k3y-one",
        "WS_TOKEN": "k3y-two",
        "WEBHOOK_SECRET": "k3y-three",
        "VIDEO_SOURCE": "rtsp://u:k3y-four@cam/",
        "WS_URL": "ws://u:k3y-five@hub.lan:3001/ws/face-stream?token=k3y-six",
    }
    settings = load(hidden, tmp_path)
    shown = repr(settings) + "".join(shown.value + shown.default for shown in effective(settings))
    assert "k3y" not in shown
    printed = subprocess.run([sys.executable, ROOT / "settings.py"], env=hidden, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "k3y" not in printed.stdout + printed.stderr
    assert "API_KEY=********" in printed.stdout
    assert "WS_URL=ws://********@hub.lan:3001/ws/face-stream?token=********" in printed.stdout


def test_the_readme_lists_every_knob() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name, _ in all_knobs() if f"`{name}`" not in readme] == []


@given(st.floats(allow_nan=True), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_number_takes_exactly_its_range(value: float, low: float, span: float) -> None:
    parse = number(low, low + span)
    if low <= value <= low + span:
        assert parse(repr(value)) == value
    else:
        with pytest.raises(ValueError, match="expected a number"):
            parse(repr(value))


@given(st.text())
def test_parsers_raise_nothing_but_value_error(text: str) -> None:
    for parse in (flag, whole(0, 9), number(0, 1)):
        with contextlib.suppress(ValueError):
            parse(text)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "ws://127.0.0.1:3001/ws/face-stream"),
        ({"WS_PORT": "3002"}, "ws://127.0.0.1:3002/ws/face-stream"),
        ({"WS_HOST": "0.0.0.0"}, "ws://127.0.0.1:3001/ws/face-stream"),
        ({"WS_HOST": "::"}, "ws://[::1]:3001/ws/face-stream"),
        ({"WS_HOST": "192.168.1.4", "WS_PORT": "80"}, "ws://192.168.1.4:80/ws/face-stream"),
        ({"WS_PORT": "3002", "WS_URL": "ws://hub.lan:3001/ws/face-stream"}, "ws://hub.lan:3001/ws/face-stream"),
    ],
)
def test_the_detector_publishes_to_the_hub_beside_it_unless_told_otherwise(given: dict[str, str], url: str, tmp_path: Path) -> None:
    assert load(given, tmp_path).stream.url == url


@pytest.mark.parametrize("given", [{"MAX_FPS": "1"}, {"CONFIRM_FRAMES": "30"}, {"CONFIRM_WINDOW": "0.2", "MAX_FPS": "10"}])
def test_a_quorum_that_can_never_be_met_is_refused(given: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nobody could pass"):
        load(given, tmp_path)


@pytest.mark.parametrize("given", [{"MAX_FPS": "1.5"}, {"MAX_FPS": "0.2", "CONFIRM_FRAMES": "1"}, {"MAX_FPS": "1", "CONFIRM_WINDOW": "3"}])
def test_a_slow_quorum_is_a_choice(given: dict[str, str], tmp_path: Path) -> None:
    assert load(given, tmp_path).camera.max_fps == float(given["MAX_FPS"])
