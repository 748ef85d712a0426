from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.errors import SettingOverridden, SettingsError
from ostiary.settings import Settings, load
from ostiary.settings_file import SettingsFile


def opened(folder: Path, **environ: str) -> SettingsFile:
    return SettingsFile(folder, environ, load(environ, folder))


def test_changes_are_written_in_their_own_shapes_and_the_rest_is_kept(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text("# mine\nMARGIN = 0.1  # tried out\nCOOLDOWN = 7\n")
    file = opened(tmp_path)
    after = file.change(
        {"COOLDOWN": "9", "DRAW": False, "TH_ACCEPT": "AUTO", "WEBHOOK_URL": "http://a/, http://b/", "LIVENESS": "Warn", "MAX_FPS": 12.5}
    )
    text = (tmp_path / "ostiary.toml").read_text()
    assert text.startswith("# mine\nMARGIN = 0.1  # tried out\nCOOLDOWN = 9\n")
    assert tomllib.loads(text) == {
        "MARGIN": 0.1,
        "COOLDOWN": 9,
        "DRAW": False,
        "TH_ACCEPT": "AUTO",
        "WEBHOOK_URL": ["http://a/", "http://b/"],
        "LIVENESS": "warn",
        "MAX_FPS": 12.5,
    }
    assert stat.S_IMODE((tmp_path / "ostiary.toml").stat().st_mode) == 0o600
    assert after == load({}, tmp_path)
    assert file.pending() == {"COOLDOWN", "DRAW", "WEBHOOK_URL", "LIVENESS", "MAX_FPS"}


def test_what_is_taken_out_goes_back_to_its_default(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text("COOLDOWN = 7\nDRAW = false\n")
    assert opened(tmp_path).change({"COOLDOWN": None, "DRAW": "  "}).decision.cooldown_s == 5
    assert (tmp_path / "ostiary.toml").read_text() == ""


@pytest.mark.parametrize(
    "wishes",
    [
        {"COOLDOWN": "-1"},
        {"NO_SUCH": "1"},
        {"DRAW": False, "MAX_FPS": 1},
        {"COOLDOWN": 9, "LIVENESS": "on"},
        {"COOLDOWN": "1\n[a]"},
        {"WS_TOKEN": "a\0"},
        {"WS_URL": "ws://********@hub.lan:3001/"},
        {"WS_TOKEN": "\ud800"},
    ],
)
def test_what_cannot_be_used_changes_nothing(tmp_path: Path, wishes: dict[str, object]) -> None:
    (tmp_path / "ostiary.toml").write_text("COOLDOWN = 7\n")
    with pytest.raises(SettingsError):
        opened(tmp_path).change(wishes)
    assert (tmp_path / "ostiary.toml").read_text() == "COOLDOWN = 7\n"


def test_a_check_of_the_whole_refuses_too(tmp_path: Path) -> None:
    def check(settings: Settings) -> None:
        if settings.camera.video_source == "demo,0":
            raise SettingsError("VIDEO_SOURCE", "demo,0", "the demo plays alone")

    with pytest.raises(SettingsError, match="plays alone"):
        SettingsFile(tmp_path, {}, load({}, tmp_path), check).change({"VIDEO_SOURCE": "demo,0"})
    assert not (tmp_path / "ostiary.toml").exists()


@pytest.mark.parametrize(
    ("dotenv", "environ", "place"),
    [("COOLDOWN=3", {}, ".env"), ("", {"COOLDOWN": "3"}, "environment"), ("", {"COOLDOWN": ""}, "environment")],
)
def test_what_a_stronger_place_sets_is_refused_by_name(tmp_path: Path, dotenv: str, environ: dict[str, str], place: str) -> None:
    (tmp_path / ".env").write_text(dotenv)
    with pytest.raises(SettingOverridden, match=place):
        opened(tmp_path, **environ).change({"COOLDOWN": 9})
    assert not (tmp_path / "ostiary.toml").exists()


def test_a_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "door.toml").write_text("COOLDOWN = 7\n")
    (tmp_path / "ostiary.toml").symlink_to(tmp_path / "etc" / "door.toml")
    opened(tmp_path).change({"COOLDOWN": 8})
    assert (tmp_path / "ostiary.toml").is_symlink()
    assert (tmp_path / "etc" / "door.toml").read_text() == "COOLDOWN = 8\n"


def test_a_file_broken_since_the_start_is_told_and_left(tmp_path: Path) -> None:
    file = opened(tmp_path)
    (tmp_path / "ostiary.toml").write_text("COOLDOWN = \n")
    with pytest.raises(SettingsError, match="cannot be read"):
        file.change({"COOLDOWN": 8})
    with pytest.raises(SettingsError, match="cannot be read"):
        file.pending()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text.strip()), st.floats(0, 86400))
def test_any_text_and_number_comes_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, text: str, seconds: float) -> None:
    folder = tmp_path_factory.mktemp("any")
    opened(folder).change({"WS_TOKEN": text, "COOLDOWN": seconds})
    after = load({}, folder)
    assert (after.stream.token, after.decision.cooldown_s) == (text.strip(), seconds)
