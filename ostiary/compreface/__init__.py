"""CompreFace's applications, services and face collections, kept here."""
