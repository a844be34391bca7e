"""NUMBERS -> text, Markdown, CSV, LaTeX, JSON, HTML. Knows no op."""
