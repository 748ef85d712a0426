"""Runs the benches named on the command line, or all, prints their tables and writes bench/results.json."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is loaded: peers are compared on one thread

NAMES = (
    "dlib_encoder",
    "dlib_cnn",
    "sface",
    "encoders",
    "pipeline",
    "match",
    "processes",
    "attributes",
    "stages",
    "api",
    "history",
    "drop_in",
    "compreface",
)
RESULTS = Path(__file__).parent / "results.json"


def main(wanted: list[str]) -> int:
    if unknown := set(wanted) - set(NAMES):
        print(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    figures: dict[str, float] = json.loads(RESULTS.read_text()) if wanted and RESULTS.exists() else {}
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for name in wanted or NAMES:
        measured = importlib.import_module(f"bench.{name}").measure()
        print(f"\n{name}")
        for figure, value in measured.items():
            print(f"  {figure:48} {value:10.4g}")
        figures.update({f"{name}.{figure}": round(value, 4) for figure, value in measured.items()})
    RESULTS.write_text(json.dumps(dict(sorted(figures.items())), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
