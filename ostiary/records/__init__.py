"""What is written down about people beside their faces: consent, notes, and from when to when they may pass."""
