from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DECODING_IN_THREADS = """
import io, threading
from PIL import Image
from ostiary.memory import give_back_large_blocks
from ostiary.vision.image import decode

give_back_large_blocks()
file = io.BytesIO()
Image.new("RGB", (5000, 4000)).save(file, "PNG")
one_at_a_time, together = threading.Semaphore(), threading.Barrier(4)

def megabytes():
    [line] = [line for line in open("/proc/self/status") if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024

def work():
    together.wait()
    for _ in range(2):
        with one_at_a_time:
            decode(file.getvalue(), 4e7)
    together.wait()

before = megabytes()
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
together.wait()
together.wait()
print(megabytes() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_what_large_pictures_took_goes_back() -> None:
    command = [sys.executable, "-c", DECODING_IN_THREADS]
    kept = float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert kept < 60
