"""Structured logs: one line an event, as text for people or JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
import time

from ostiary.settings import LogSettings


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def start(settings: LogSettings, *, quiet: bool = False) -> None:
    """Sends all logs to standard error in the wished form; `quiet` keeps what a terminal's user need not see."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.format == "json":
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    logging.basicConfig(level="WARNING" if quiet else settings.level.upper(), handlers=[handler], force=True)
    for chatty in ("waitress.queue", "websockets", "urllib3", "PIL", "filelock"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
