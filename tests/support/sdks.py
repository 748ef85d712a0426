"""CompreFace's published SDKs, each in a process of its own, asked in one way."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import pytest
from filelock import FileLock

WORKERS = Path(__file__).parent.parent / "sdk"
PYTHON_SDK = ["compreface-sdk==0.6.0", "urllib3<2"]  # it pins a library that fails with the newer
JS_SDK = "@exadel/compreface-js-sdk@1.0.0"

Options = dict[str, Any]


@dataclass
class Answer:
    """What the caller of an SDK gets. `status` is None where the SDK does not tell it."""

    body: Any = None
    status: int | None = None
    raised: str | None = None


@dataclass
class Place:
    """Where the SDKs find the server, and the pictures that a test has: as files in `folder`, and at `url`."""

    host: str
    port: int
    keys: dict[str, str]
    folder: Path
    url: str
    options: Options = field(default_factory=dict)


class Sdk(Protocol):
    """Every method that the SDKs have, as far as both have it."""

    forms: tuple[str, ...]
    """How a picture may be given."""

    def picture(self, name: str, form: str = "path") -> Any: ...
    def detect(self, picture: Any, **options: Any) -> Answer: ...
    def verify(self, source: Any, target: Any, **options: Any) -> Answer: ...
    def recognise(self, picture: Any, **options: Any) -> Answer: ...
    def faces(self) -> Answer: ...
    def add(self, picture: Any, subject: str, **options: Any) -> Answer: ...
    def verify_face(self, picture: Any, image_id: str, **options: Any) -> Answer: ...
    def delete(self, image_id: str) -> Answer: ...
    def delete_of(self, subject: str) -> Answer: ...
    def subjects(self) -> Answer: ...
    def add_subject(self, subject: str) -> Answer: ...
    def rename_subject(self, subject: str, new: str) -> Answer: ...
    def delete_subject(self, subject: str) -> Answer: ...
    def delete_subjects(self) -> Answer: ...


class Worker:
    """A process that is asked by JSON lines."""

    def __init__(self, command: list[str], place: Place, stack: ExitStack):
        self.place = place
        self._process = subprocess.Popen(command, cwd=place.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(self._process.wait)
        stack.enter_context(self._process.stdout)  # type: ignore[arg-type]
        stack.enter_context(self._process.stdin)  # type: ignore[arg-type]

    def ask(self, service: str, method: str, *arguments: Any) -> Answer:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([service, method, arguments]) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        return Answer(told.get("answer"), told.get("status"), told.get("raised"))


class PythonSdk(Worker):
    forms = ("path", "bytes", "url")

    def __init__(self, python: Path, place: Place, stack: ExitStack):
        arguments = [f"http://{place.host}", str(place.port), json.dumps(place.keys), json.dumps(place.options)]
        super().__init__([str(python), str(WORKERS / "worker.py"), *arguments], place, stack)

    def picture(self, name: str, form: str = "path") -> Any:
        data = (self.place.folder / name).read_bytes()
        return {"path": name, "bytes": {"bytes": base64.b64encode(data).decode()}, "url": f"{self.place.url}/{name}"}[form]

    def detect(self, picture: Any, **options: Any) -> Answer:
        return self.ask("detection", "detect", picture, options)

    def verify(self, source: Any, target: Any, **options: Any) -> Answer:
        return self.ask("verification", "verify", source, target, options)

    def recognise(self, picture: Any, **options: Any) -> Answer:
        return self.ask("recognition", "recognize", picture, options)

    def faces(self) -> Answer:
        return self.ask("recognition.faces", "list")

    def add(self, picture: Any, subject: str, **options: Any) -> Answer:
        return self.ask("recognition.faces", "add", picture, subject, options)

    def verify_face(self, picture: Any, image_id: str, **options: Any) -> Answer:
        return self.ask("recognition.faces", "verify", picture, image_id, options)

    def delete(self, image_id: str) -> Answer:
        return self.ask("recognition.faces", "delete", image_id)

    def delete_of(self, subject: str) -> Answer:
        return self.ask("recognition.faces", "delete_all", subject)

    def subjects(self) -> Answer:
        return self.ask("recognition.subjects", "list")

    def add_subject(self, subject: str) -> Answer:
        return self.ask("recognition.subjects", "add", subject)

    def rename_subject(self, subject: str, new: str) -> Answer:
        return self.ask("recognition.subjects", "update", subject, new)

    def delete_subject(self, subject: str) -> Answer:
        return self.ask("recognition.subjects", "delete", subject)

    def delete_subjects(self) -> Answer:
        return self.ask("recognition.subjects", "delete_all")


class JsSdk(Worker):
    """It builds proper addresses only where a limit is given, and of names what a caller has encoded."""

    forms = ("path", "base64", "url")

    def __init__(self, home: Path, place: Place, stack: ExitStack):
        arguments = [str(home), f"http://{place.host}", str(place.port), json.dumps(place.keys), json.dumps(place.options)]
        super().__init__(["node", str(WORKERS / "worker.mjs"), *arguments], place, stack)

    def picture(self, name: str, form: str = "path") -> Any:
        data = (self.place.folder / name).read_bytes()
        return {"path": f"./{name}", "base64": base64.b64encode(data).decode(), "url": f"{self.place.url}/{name}"}[form]

    def detect(self, picture: Any, **options: Any) -> Answer:
        return self.ask("detection", "detect", picture, _limited(options))

    def verify(self, source: Any, target: Any, **options: Any) -> Answer:
        return self.ask("verification", "verify", source, target, _limited(options))

    def recognise(self, picture: Any, **options: Any) -> Answer:
        return self.ask("recognition", "recognize", picture, _limited(options))

    def faces(self) -> Answer:
        return self.ask("recognition.faces", "list")

    def add(self, picture: Any, subject: str, **options: Any) -> Answer:
        return self.ask("recognition.faces", "add", picture, _encoded(subject), options)

    def verify_face(self, picture: Any, image_id: str, **options: Any) -> Answer:
        return self.ask("recognition.faces", "verify", picture, image_id, _limited(options))

    def delete(self, image_id: str) -> Answer:
        return self.ask("recognition.faces", "delete", image_id)

    def delete_many(self, image_ids: list[str]) -> Answer:
        return self.ask("recognition.faces", "delete_multiple_images", image_ids)

    def delete_of(self, subject: str) -> Answer:
        return self.ask("recognition.faces", "delete_all_subject", _encoded(subject))

    def delete_all(self) -> Answer:
        return self.ask("recognition.faces", "delete_all")

    def subjects(self) -> Answer:
        return self.ask("recognition.subjects", "list")

    def add_subject(self, subject: str) -> Answer:
        return self.ask("recognition.subjects", "add", subject)

    def rename_subject(self, subject: str, new: str) -> Answer:
        return self.ask("recognition.subjects", "rename", _encoded(subject), new)

    def delete_subject(self, subject: str) -> Answer:
        return self.ask("recognition.subjects", "delete", _encoded(subject))

    def delete_subjects(self) -> Answer:
        return self.ask("recognition.subjects", "deleteAll")


def _limited(options: Options) -> Options:
    return {"limit": 0, **options} if options else {}


def _encoded(subject: str) -> str:
    return quote(subject, safe="")


def python_sdk(cache: Path) -> Path:
    """The Python that has the SDK, made at first use; skips where it cannot be had."""
    home = cache / "compreface-sdk-0.6.0"
    python = home / "bin" / "python"
    _made(home, [sys.executable, "-m", "venv", "--clear", str(home)], [str(python), "-m", "pip", "install", "--quiet", *PYTHON_SDK])
    return python


def js_sdk(cache: Path) -> Path:
    """The folder whose `node_modules` has the SDK, made at first use; skips where it cannot be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    home = cache / "compreface-js-sdk-1.0.0"
    home.mkdir(parents=True, exist_ok=True)
    quiet = ["--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save"]
    _made(home, ["npm", "install", *quiet, "--prefix", str(home), JS_SDK])
    return home


def _made(home: Path, *commands: list[str]) -> None:
    """Runs the commands once, whoever else asks at the same time."""
    home.parent.mkdir(parents=True, exist_ok=True)
    done = home / ".made"
    with FileLock(home.with_name(f"{home.name}.lock")):
        for command in commands if not done.exists() else ():
            try:
                ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
            except (OSError, subprocess.TimeoutExpired) as error:
                pytest.skip(f"the SDK cannot be had: {error}")
            if ended.returncode:
                pytest.skip(f"the SDK cannot be had: {(ended.stderr.strip().splitlines() or ['no reason given'])[-1]}")
        done.touch()
