"""Frames over time: capture, track, decide."""
