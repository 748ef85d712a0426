"""CompreFace's REST API: its paths, shapes and numbers, for clients that were written for it."""
