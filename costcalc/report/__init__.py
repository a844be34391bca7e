"""NUMBERS -> text, Markdown, CSV, LaTeX, JSON, HTML. Does not depend on ops."""

FORMATS = ("text", "markdown", "csv", "latex", "json", "html")

ALIASES = {"tex": "latex", "md": "markdown"}
"""Other accepted names of formats."""

ENDINGS = {"txt": "text", "md": "markdown", "csv": "csv", "tex": "latex", "json": "json", "html": "html", "htm": "html"}
"""The format of a file, by the ending of its name."""
