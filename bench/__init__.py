"""Measurements. `python -m bench` runs all and writes bench/results.json; `python -m bench match` runs one."""
