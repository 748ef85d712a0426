"""What the README shows is what happens."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from ostiary.domain import PassEvent
from ostiary.sinks.post import signed_headers, signing_key
from ostiary.wire import dump, webhook_body

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def test_the_receiver_as_shown_opens_once_for_a_signed_webhook_of_now_alone(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"```python\n(from time import time\n\nfrom flask.*?)```", README, re.DOTALL)
    secret = re.search(r"WEBHOOK_SECRET=(\S+) make run", README)
    assert code
    assert secret
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(code[1], names)
    gate = names["app"].test_client()
    gate.application.testing = True

    def signed(event_id: str, captured_at: float) -> tuple[bytes, dict[str, str]]:
        body = dump(webhook_body(PassEvent(event_id, "katya", 0.31, "front", time.monotonic(), captured_at))).encode()
        return body, signed_headers(signing_key(secret[1]), event_id, int(time.time()), body)

    body, headers = signed("e1", time.time())
    for _ in range(2):
        assert gate.post("/open", data=body, headers=headers).status_code == 204
    assert capsys.readouterr().out == "open for katya\n"
    with pytest.raises(WebhookVerificationError):
        gate.post("/open", data=body.replace(b"katya", b"boris"), headers=headers)
    body, headers = signed("e2", time.time() - 15)
    assert gate.post("/open", data=body, headers=headers).status_code == 204
    assert capsys.readouterr().out == ""


def test_the_library_as_shown(
    portraits: dict[str, Path], models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.search(r"```python\n(from face_engine.*?)```", README, re.DOTALL)
    assert code
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(models_dir)
    shutil.copy(portraits["obama.jpg"], tmp_path / "katya.jpg")
    shutil.copy(portraits["obama2.jpg"], tmp_path / "visitor.jpg")
    monkeypatch.chdir(tmp_path)
    exec(code[1], {})
    assert capsys.readouterr().out.startswith("katya 0.2")
