"""costcalc: what does this network cost?

    >>> import costcalc
    >>> costcalc.cost("googlenet").macs
    1582671872

The public names load what they need when they are first used.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # typing's own would be imported before the command line can end an interrupt in one line
if TYPE_CHECKING:
    from typing import Any

    from costcalc.api.bottleneck import bottleneck as bottleneck
    from costcalc.api.calibrate import calibrate as calibrate
    from costcalc.api.check import check as check
    from costcalc.api.claims import claims as claims
    from costcalc.api.compare import compare as compare
    from costcalc.api.costs import Cost as Cost
    from costcalc.api.costs import cost as cost
    from costcalc.api.diff import diff as diff
    from costcalc.api.explain import explain as explain
    from costcalc.api.formula import formula as formula
    from costcalc.api.inspect import inspect as inspect
    from costcalc.api.memory import memory as memory
    from costcalc.api.paper import paper as paper
    from costcalc.api.plot import plot_bottleneck as plot_bottleneck
    from costcalc.api.plot import plot_compare as plot_compare
    from costcalc.api.plot import plot_layers as plot_layers
    from costcalc.api.plot import plot_roofline as plot_roofline
    from costcalc.api.plot import plot_sweep as plot_sweep
    from costcalc.api.published import published as published
    from costcalc.api.reconcile import reconcile as reconcile
    from costcalc.api.roofline import roofline as roofline
    from costcalc.api.search import search as search
    from costcalc.api.sweep import sweep as sweep
    from costcalc.api.table import table as table
    from costcalc.api.time import time as time
    from costcalc.api.verify import verify as verify
    from costcalc.convert.rules import rule as rule
    from costcalc.models import graph as graph
    from costcalc.models import networks as networks
    from costcalc.spec import CostcalcError as CostcalcError
    from costcalc.spec import Facts as Facts
    from costcalc.spec import Graph as Graph
    from costcalc.spec import SpecError as SpecError
    from costcalc.spec import product as product
    from costcalc.spec import trace as trace

_HOMES = {
    "Cost": "costcalc.api.costs",
    "CostcalcError": "costcalc.spec",
    "Facts": "costcalc.spec",
    "Graph": "costcalc.spec",
    "SpecError": "costcalc.spec",
    "bottleneck": "costcalc.api.bottleneck",
    "calibrate": "costcalc.api.calibrate",
    "check": "costcalc.api.check",
    "claims": "costcalc.api.claims",
    "compare": "costcalc.api.compare",
    "cost": "costcalc.api.costs",
    "diff": "costcalc.api.diff",
    "explain": "costcalc.api.explain",
    "formula": "costcalc.api.formula",
    "graph": "costcalc.models",
    "graph_html": "costcalc.api.notebook",
    "inspect": "costcalc.api.inspect",
    "networks": "costcalc.models",
    "paper": "costcalc.api.paper",
    "plot_bottleneck": "costcalc.api.plot",
    "plot_compare": "costcalc.api.plot",
    "plot_layers": "costcalc.api.plot",
    "plot_roofline": "costcalc.api.plot",
    "plot_sweep": "costcalc.api.plot",
    "product": "costcalc.spec",
    "published": "costcalc.api.published",
    "reconcile": "costcalc.api.reconcile",
    "roofline": "costcalc.api.roofline",
    "rule": "costcalc.convert.rules",
    "search": "costcalc.api.search",
    "sweep": "costcalc.api.sweep",
    "table": "costcalc.api.table",
    "memory": "costcalc.api.memory",
    "time": "costcalc.api.time",
    "trace": "costcalc.spec",
    "verify": "costcalc.api.verify",
}

__all__ = [
    "Cost",
    "CostcalcError",
    "Facts",
    "Graph",
    "SpecError",
    "bottleneck",
    "calibrate",
    "check",
    "claims",
    "compare",
    "cost",
    "diff",
    "explain",
    "formula",
    "graph",
    "inspect",
    "memory",
    "networks",
    "paper",
    "plot_bottleneck",
    "plot_compare",
    "plot_layers",
    "plot_roofline",
    "plot_sweep",
    "product",
    "published",
    "reconcile",
    "roofline",
    "rule",
    "search",
    "sweep",
    "table",
    "time",
    "trace",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'costcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
