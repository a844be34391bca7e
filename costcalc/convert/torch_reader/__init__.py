"""Reads a torch module: one file per layer of torch that is listened to, and the graph that they build (`builder`)."""
