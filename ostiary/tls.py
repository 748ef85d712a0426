"""TLS by a certificate and its key: for the servers, and for the house's own programs that reach them."""

from __future__ import annotations

import ssl
from pathlib import Path

from ostiary.errors import SettingsError


def server_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """None where neither is given. Raises SettingsError."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = "TLS_CERT" if certificate is None else "TLS_KEY"
        raise SettingsError(missing, "", "TLS_CERT and TLS_KEY are set together, or neither of them")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    for knob, path in (("TLS_CERT", certificate), ("TLS_KEY", key)):
        try:
            path.open("rb").close()
        except OSError as error:
            raise SettingsError(knob, str(path), f"cannot be read: {error.strerror}") from None
    try:
        context.load_cert_chain(certificate, key, password="")  # "": never asked for on a terminal that nobody watches
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise SettingsError("TLS_CERT", str(certificate), f"it and TLS_KEY are not a PEM certificate and its key: {reason}") from None
    return context


def own_context(certificate: Path) -> ssl.SSLContext:
    """Trusts this very certificate, whatever name the house's own server is reached by."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it may be signed by somebody who is not in the file
    context.load_verify_locations(certificate)
    return context
