"""OTHER PEOPLE'S MODELS <-> Graph. Only this package and `measure` import torch."""
