"""NUMBERS -> text, Markdown, CSV, LaTeX, JSON, HTML. Does not depend on ops."""
