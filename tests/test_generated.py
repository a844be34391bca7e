"""The pages that the program makes are current: `python docs/generate.py` writes them."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_generated_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = generate
    spec.loader.exec_module(generate)
    pages: dict[str, str] = generate.pages()
    written = {path: (ROOT / path).read_text(encoding="utf-8") for path in pages if (ROOT / path).exists()}
    old = [path for path, text in pages.items() if written.get(path) != text]
    assert not old, f"run python docs/generate.py: {old}"
    extra = {str(f.relative_to(ROOT)) for folder in generate.FOLDERS for f in (ROOT / folder).glob("*.md")} - set(pages)
    assert not extra
