"""Who may import whom: DESIGN's floor plan, kept."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "ostiary"
ROOMS = {
    "access",
    "vision",
    "gallery",
    "stream",
    "sinks",
    "hub",
    "web",
    "proof",
    "visitors",
    "history",
    "records",
    "attendance",
    "compreface",
    "moving",
    "face_recognition",
}
MAY_USE = {
    "access": {"access"},
    "vision": {"vision"},
    "gallery": {"gallery"},
    "stream": {"stream"},
    "sinks": {"sinks"},
    "hub": {"hub"},
    "visitors": {"visitors", "gallery"},
    "history": {"history"},
    "records": {"records", "gallery"},
    "attendance": {"attendance"},
    "compreface": {"compreface", "engine", "gallery", "vision"},
    "moving": {"moving", "compreface", "engine", "gallery"},
    "face_recognition": {"face_recognition", "vision"},
    "web": {"web", "access", "gallery", "visitors", "history", "engine", "records", "attendance", "compreface"},
    "calibrate": {"gallery"},
    "cameras": {"stream"},
    "album": {"engine", "gallery"},
    "proof": {"proof", "engine", "gallery", "stream", "vision"},  # runs the pieces as engine and pipeline do
    "engine": {"vision", "gallery"},
    "roster": {"gallery"},
    "lookout": {"engine", "gallery"},
}
ALONE = {  # met in one file or two, nowhere else
    "onnxruntime": {"vision/session.py"},
    "onnx": {"vision/dequantise.py", "vision/onnx_graph.py"},
    "asyncio": {"hub/server.py"},
    "sqlite3": {"proof/cache.py", "visitors/store.py", "visitors/records.py", "visitors/reception.py"},
    "pickle": {"gallery/unpickle.py", "gallery/codec.py"},
}


def _imports(path: Path) -> set[str]:
    """Modules of ostiary (dotted) and of others (top name) that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "ostiary" else {node.module}
    return {name if name.startswith("ostiary") else name.partition(".")[0] for name in found}


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (parts[1] in ROOMS or parts[1] in {"engine", "app", "assembly", "cli"}) else "tools"


def test_rooms_know_only_whom_they_may() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        relative = path.relative_to(PACKAGE)
        here = relative.parts[0].removesuffix(".py")
        allowed = MAY_USE.get(
            here,
            ROOMS | {"engine", "app", "assembly"}
            if here
            in {
                "app",
                "assembly",
                "cli",
                "doctor",
                "terminal",
                "terminal_access",
                "terminal_events",
                "terminal_face_recognition",
                "terminal_visitors",
                "terminal_privacy",
                "terminal_people",
                "terminal_attendance",
                "terminal_compreface",
                "terminal_import",
                "proofs",
            }
            else set(),
        )
        for module in _imports(path):
            if module.startswith("ostiary") and _room(module) not in allowed | {"tools"}:
                wrong.append(f"{relative} imports {module}")
    assert wrong == []


def test_some_libraries_are_met_in_their_one_file() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        relative = str(path.relative_to(PACKAGE))
        for library in _imports(path) & set(ALONE):
            if relative not in ALONE[library]:
                wrong.append(f"{relative} imports {library}")
    assert wrong == []


def test_only_entries_read_the_environment() -> None:
    readers = [str(p.relative_to(PACKAGE)) for p in PACKAGE.rglob("*.py") if "os.environ" in p.read_text("utf-8")]
    assert sorted(readers) == ["cli.py", "face_recognition/networks.py"]  # the drop-in is its users' entry


def test_the_stream_s_own_program_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from ostiary import cli; from ostiary.assembly import hub, stores; from ostiary.settings import load; "
    script += "import ostiary.hub.server; stores.prepared(load({}, Path())); print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "cv2", "onnxruntime", "sqlalchemy", "flask", "pydantic"} & set(loaded)
