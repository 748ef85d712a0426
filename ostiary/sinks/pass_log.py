"""Writes each PASS into the log."""

from __future__ import annotations

import logging

from ostiary.domain import Outcome

log = logging.getLogger(__name__)


class PassLog:
    def offer(self, outcome: Outcome) -> None:
        for event in outcome.passes:
            log.info("PASS %s at %s, distance %.3f", event.person, event.camera, event.distance)
