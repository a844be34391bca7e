"""OTHER PEOPLE'S MODELS <-> Graph. The only room, with `measure`, that imports torch."""
