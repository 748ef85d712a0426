"""Proof: how often the doorkeeper errs, measured with its own pieces on labelled pictures and clips."""
