"""The names that a wrong one may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], most: int = 3, cutoff: float = 0.6) -> list[str]:
    """Up to `most` known names like this one in any case, the nearest first; otherwise those that begin with it.

    cutoff  how alike they are at least, from 0 to 1
    """
    from difflib import get_close_matches

    lower: dict[str, str] = {}
    for each in known:
        lower.setdefault(each.lower(), each)
    found = get_close_matches(name.lower(), lower, most, cutoff)
    begin = [each for each in lower if len(name) > 1 and each.startswith(name.lower())]
    return [lower[each] for each in found or begin[:most]]


def hinted(
    problem: str, name: object, known: Iterable[str], after: str = "", most: int = 1, cutoff: float = 0.6,
    otherwise: str = "",
) -> str:  # fmt: skip
    """``PROBLEM; did you mean NAME? AFTER``: a problem with a wrong name, and the known names that are `nearest`.

    Without any it is ``PROBLEM; OTHERWISE AFTER``.
    """
    near = nearest(name, known, most, cutoff) if isinstance(name, str) else []
    hint = f"did you mean {', '.join(near)}?" if near else otherwise
    return "; ".join(filter(None, [problem, " ".join(filter(None, [hint, after]))]))


def no_file(file: str, otherwise: str = "") -> str:
    """``there is no file 'nett.py'; did you mean net.py?``, with the file in its folder that has a name like it, or
    the same name with another ending.

    otherwise  what is said instead if none is near
    """
    import os

    folder = os.path.dirname(file)
    try:
        known = [each for each in os.listdir(folder or ".") if each.isprintable()]
    except (OSError, ValueError):
        known = []
    stem, ending = os.path.splitext(os.path.basename(file))
    alike = {os.path.splitext(each)[0]: each for each in known if each.endswith(ending)}
    near = [alike[each] for each in nearest(stem, alike, 1)] or [each for each in known if each.startswith(f"{stem}.")]
    if near:
        return f"there is no file {file!r}; did you mean {os.path.join(folder, near[0])}?"
    return otherwise or f"there is no file {file!r}"
