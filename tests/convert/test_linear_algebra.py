"""Triangular systems and Fourier transforms have mult-adds; which linear algebra is unknown, the docs say."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_modules import module
from torch import fft, linalg

import costcalc
from costcalc.spec import CostcalcError

PAGE = (Path(__file__).parents[2] / "docs" / "linear-algebra.md").read_text(encoding="utf-8")


def macs(run: Callable[..., Any], *shapes: Any) -> tuple[int, str]:
    cost = costcalc.cost(module(lambda self, *xs: run(*xs)), input=list(shapes), batch=None)
    return cost.macs, cost.status


@pytest.mark.parametrize(
    ("n", "k", "one"), [(4, 7, 4 * 4 * 7 // 2), (5, 6, 5 * 5 * 6 // 2), (5, 7, 87), (1, 1, 0), (1, 2, 1)]
)
def test_triangular_systems(n: int, k: int, one: int) -> None:
    """n²k/2, rounded down: 5 · 5 · 7 / 2 = 87.5. Two systems are 2 · 87, not 175."""
    solve = linalg.solve_triangular
    assert macs(lambda a, b: solve(a, b, upper=True), (n, n), (n, k)) == (one, "complete")
    assert macs(lambda a, b: solve(a, b, upper=True), (2, n, n), (n, k)) == (2 * one, "complete")
    assert macs(lambda a, b: solve(a, b, upper=True, left=False), (n, n), (3, k, n)) == (3 * one, "complete")
    assert macs(lambda a, b: torch.triangular_solve(b, a), (2, n, n), (2, n, k)) == (2 * one, "complete")


def test_two_triangular_systems() -> None:
    """n²k = 5 · 5 · 7 each; that of LU is given."""
    assert macs(lambda a, b: torch.cholesky_solve(b, a), (2, 5, 5), (2, 5, 7)) == (2 * 175, "complete")
    pivots = torch.arange(1, 6, dtype=torch.int32)

    def solve(lu: Any, b: Any) -> Any:
        return linalg.lu_solve(lu, pivots.to(lu.device), b)

    assert macs(solve, (5, 5), (5, 7)) == (175, "complete")


@pytest.mark.parametrize(
    ("run", "number"),
    [
        (lambda x: fft.fft(torch.complex(x, x)), 3 * 16 * 4),
        (lambda x: fft.ifft(torch.complex(x, x)), 3 * 16 * 4),
        (lambda x: fft.fft(torch.complex(x, x), n=5), 3 * 5 * 3),
        (lambda x: fft.fft(torch.complex(x, x), n=1), 0),
        (fft.rfft, 3 * 9 * 4),
        (fft.fft, 3 * 16 * 4),
        (lambda x: fft.irfft(torch.complex(x, x), n=30), 3 * 16 * 5),
        (lambda x: fft.fft2(torch.complex(x, x)), 3 * 16 * (2 + 4)),
        (fft.rfft2, 3 * 9 * (2 + 4)),
        (lambda x: fft.irfft2(torch.complex(x, x)), 3 * 16 * (2 + 5)),
    ],
)
def test_fourier_transforms(run: Callable[..., Any], number: int) -> None:
    """One per element of the spectrum and stage, on 3 rows of 16: 4 stages for 16, 2 for 3, 3 for 5, 5 for 30."""
    assert macs(run, (3, 16)) == (number, "complete")


A, B = (4, 4), (4, 3)
CALLS: dict[str, tuple[Callable[..., Any], Any]] = {
    "cross": (linalg.cross, [(4, 3), (4, 3)]),
    "householder_product": (linalg.householder_product, [A, (4,)]),
    "ldl_solve": (lambda a, b: linalg.ldl_solve(a, torch.arange(4, device=a.device), b), [A, B]),
    "lstsq": (linalg.lstsq, [A, B]),
    "lu_solve": (lambda a, b: linalg.lu_solve(a, torch.arange(4, dtype=torch.int32, device=a.device), b), [A, B]),
    "matmul": (linalg.matmul, [A, B]),
    "matrix_power": (lambda a: linalg.matrix_power(a, 3), [A]),
    "multi_dot": (lambda a, b: linalg.multi_dot([a, b]), [A, B]),
    "solve": (linalg.solve, [A, B]),
    "solve_ex": (linalg.solve_ex, [A, B]),
    "solve_triangular": (lambda a, b: linalg.solve_triangular(a, b, upper=True), [A, B]),
    "tensorinv": (lambda a: linalg.tensorinv(a, ind=1), [A]),
    "tensorsolve": (linalg.tensorsolve, [A, (4,)]),
    "vecdot": (linalg.vecdot, [B, B]),
    "fftfreq": (lambda a: fft.fftfreq(4, device=a.device), [A]),
    "rfftfreq": (lambda a: fft.rfftfreq(4, device=a.device), [A]),
}
"""Calls of functions that take other arguments than one matrix."""


NOT_READ = "not read: torch does not run it on the meta device"


def unknown() -> dict[str, str]:
    """By function of torch.linalg and torch.fft, the operations in it that are unknown."""
    found = {}
    for place, path in ((linalg, "torch.linalg"), (fft, "torch.fft")):
        for name, own in vars(place).items():
            if name.startswith("_") or not callable(own) or isinstance(own, type):
                continue
            run, shapes = CALLS.get(name, (own, [A]))
            try:
                cost = costcalc.cost(module(lambda self, *xs, run=run: run(*xs)), input=shapes, batch=None)
            except CostcalcError as error:
                found[f"{path}.{name}"] = NOT_READ if "meta" in str(error).lower() else str(error)
                continue
            ops = [node.facts.settings["aten"] for node in cost.graph.nodes if node.facts.macs is None]
            if ops:
                found[f"{path}.{name}"] = ", ".join(dict.fromkeys(ops))
    return found


def test_the_docs_name_what_is_unknown() -> None:
    rows = re.findall(r"^\| `(torch\.\w+\.\w+)` \| (.+) \|$", PAGE.partition("## Still unknown")[2], re.MULTILINE)
    assert {name: ops.replace("`", "") for name, ops in rows} == unknown()
