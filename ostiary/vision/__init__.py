"""Pixels to faces: decode, detect, align, judge, encode."""
