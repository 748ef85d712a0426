"""Who comes to the door without being known, what was decided lately, and what the owner says about either."""
