"""What faces look like: optional small networks, each loaded when it is first asked for. `read.py` joins them."""
