"""GRAPH -> NUMBERS. Pure: no torch; pandas only where a frame is asked for."""
