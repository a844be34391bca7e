"""CLAIMS OF THE LITERATURE about cost, recomputed. ONE CLAIM = ONE FUNCTION; files are grouped by source.

The files are found by their names.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from costcalc.analysis.claims.claim import Build, Claim, Counter, Finding, Networks
from costcalc.spec.progress import steps


def all_claims() -> list[Claim]:
    """Every claim, file by file, in the order of its file."""
    files = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    modules = [import_module(f"{__name__}.{file}") for file in files if file not in ("__init__", "claim")]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Claim)]


def check(build: Build, tool: Callable[[str], Counter]) -> list[tuple[Claim, Finding]]:
    """Every claim with its finding.

    `build` returns a network for a name and a batch; `tool` returns a counting tool's convention for a name.
    """
    networks = Networks(build, tool)
    return [(claim, claim.check(networks)) for claim in steps(all_claims(), "claims", lambda claim: claim.source)]
