"""What all errors of this project have in common."""

from __future__ import annotations


class OstiaryError(Exception):
    """Base of all errors that this project raises on purpose. `code` is stable and machine-readable."""

    code = "error"
