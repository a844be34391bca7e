"""NUMBERS -> text, Markdown, CSV, LaTeX, JSON, HTML. Does not depend on ops."""

FORMATS = ("text", "markdown", "csv", "latex", "json", "html")
