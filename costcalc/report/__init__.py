"""NUMBERS -> text, Markdown, CSV, LaTeX, JSON, HTML. Knows no op."""

FORMATS = ("text", "markdown", "csv", "latex", "json", "html")
