"""RECEPTIVE FIELDS: the part of the input that an element of a layer's output depends on, followed op by op."""
