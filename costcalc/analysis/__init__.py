"""GRAPH -> NUMBERS. Pure: no torch; pandas only if a frame is asked for."""
