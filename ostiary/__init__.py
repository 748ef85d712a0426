"""Ostiary, a face-recognition doorkeeper for single-board computers.

The tour: a frame flows one way, `source -> detect -> track -> quality -> encode -> match -> decide -> sinks`.
`domain.py` has the values that travel, `stream/pipeline.py` the way itself, `app.py` builds everything.
"""

__version__ = "0.1.0"
