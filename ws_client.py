"""The stream's client. As a library, `subscribe` reads events and `Publisher` sends them; run, it prints events.

import threading
from ws_client import subscribe

for message in subscribe("ws://127.0.0.1:3001/ws/face-stream?frames=0", token="", stop=threading.Event()):
    print(message["status"], message["name"])
"""

import sys

from ostiary.hub.client import Publisher, subscribe

__all__ = ["Publisher", "subscribe"]

if __name__ == "__main__":
    from ostiary.cli import program

    sys.exit(program("watch"))
