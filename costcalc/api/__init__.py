"""WHAT PYTHON USES. ONE FUNCTION = ONE FILE: each does what the command of its name does, and returns a Report."""
