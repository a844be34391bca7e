"""Figures of costs, by matplotlib, which is imported only when a figure is drawn. ONE FIGURE = ONE FILE."""

ENDINGS = ("pdf", "svg", "png")
"""Formats of a figure; a fourth, "csv", is the numbers in it."""
