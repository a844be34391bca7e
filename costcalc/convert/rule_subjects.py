"""What a user's rule can be for: ops without mult-adds of their own, modules, and functions of autograd."""

from __future__ import annotations

import re
import sys
from typing import Any

from costcalc.spec import CostcalcError
from costcalc.spec.arguments import shown

Subject = str | type
"""The name of an op, without ``aten::`` and the trailing underscore of an in-place op; or a class."""


def subject(of: Any) -> tuple[Subject, str]:
    """What a rule is for, from the argument of ``costcalc.rule``, and its text in messages.

    Raises CostcalcError for anything that cannot have one, and for what costcalc counts by itself.
    """
    if isinstance(of, type):
        _check_class(of)
        return of, of.__name__
    if not isinstance(of, str) or not re.fullmatch(r"[\w.]+::\w+", of):
        raise CostcalcError(
            f"costcalc.rule({shown(of)}): give it the name of an op, like 'mylib::scan', or a class of modules"
        )
    name = (of[:-1] if of.endswith("_") else of).removeprefix("aten::")
    why = _onnx(name) if "." in name.partition("::")[0] else _torch(name)
    if why:
        raise CostcalcError(f"costcalc.rule({of!r}): {why}")
    return name, of


def label(key: Subject) -> str:
    """Its name in reports."""
    return key if isinstance(key, str) else key.__name__


def kind_of(key: Subject) -> str:
    """``op``, ``module`` or ``function``."""
    if isinstance(key, str):
        return "op"
    import torch  # it is loaded already: there is a class of it

    return "module" if issubclass(key, torch.nn.Module) else "function"


def _check_class(of: type) -> None:
    """Raise CostcalcError for a class that is neither of modules nor of functions of autograd, or has its own op."""
    torch: Any = sys.modules.get("torch")
    kinds = (torch.nn.Module, torch.autograd.Function) if torch is not None else ()
    if not issubclass(of, kinds) or of in kinds:
        problem = "give it a subclass of torch.nn.Module or torch.autograd.Function, or the name of an op"
        raise CostcalcError(f"costcalc.rule({of.__name__}): {problem}")
    from costcalc.convert.torch_reader.modules import RULES  # imports torch

    if of in RULES:
        problem = "costcalc has a rule for this module of torch, which cannot be replaced"
        raise CostcalcError(f"costcalc.rule({of.__name__}): {problem}")


def _torch(name: str) -> str:
    """Why an op of torch, or a custom one, cannot have a rule; empty if it can."""
    space = name.rpartition("::")[0]
    if space and "torch" not in sys.modules:
        return ""
    from costcalc.convert.torch_reader.aten.unknown import counted_as  # imports torch

    found = counted_as(name)
    if found is None:
        return "" if space else "torch has no such op"
    return "" if found == "unknown" or (space and found != "by a rule") else f"{SAYS[found]}, which cannot be replaced"


def _onnx(name: str) -> str:
    """Why an op of ONNX cannot have a rule; empty if it can."""
    from importlib.util import find_spec

    if find_spec("onnx") is None:
        return ""
    from costcalc.convert.onnx_reader import op_kinds, ops  # imports onnx

    op = name.removeprefix("ai.onnx::")
    if op in ops.handlers():
        return f"{SAYS['by a rule']}, which cannot be replaced"
    kind = op_kinds.kind(op)
    return "" if kind == "unknown" else f"{SAYS[kind]}, which cannot be replaced"


SAYS = {
    "by a rule": "costcalc has a rule for it",
    "elementwise": "costcalc counts it as zero by convention (arithmetic on elements)",
    "move": "costcalc counts it as zero by convention (it moves elements)",
    "decompose": "costcalc counts the operations that torch runs in it",
}
"""How costcalc counts an op that cannot have a rule."""
