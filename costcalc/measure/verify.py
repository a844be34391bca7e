"""Verify: build the torch model of a graph, run the tools on it, and compare with what the spec predicts, by ==."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

import torch
from torch import nn

from costcalc.analysis.conventions import find
from costcalc.analysis.conventions.convention import Convention
from costcalc.analysis.cost import Cost
from costcalc.convert.to_torch import to_torch
from costcalc.measure.peers import Reported
from costcalc.measure.results import Check, Verdict
from costcalc.spec.graph import Graph, Mode

TOOLS = ("fvcore", "torchinfo", "flopcounter")


def verify(
    graph: Graph, mode: Mode = "eval", device: str | torch.device = "cpu", tools: Sequence[str] = TOOLS
) -> Verdict:
    """Check names and shapes of all parameters, output shapes, params, and each tool's counts.

    A tool that crashes, or is not installed, is a check that does not hold.
    """
    model = to_torch(graph, device)
    model.train(mode == "train")
    inputs = tuple(torch.zeros(t.shape, device=device) for t in graph.inputs)
    checks = [*_model(graph, mode, model, inputs)]
    notes = []
    for name in tools:
        convention = find(name)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # theirs: torch.jit, which they use, is deprecated
                reported = _peer(name).report(model, inputs)
        except Exception as error:  # a peer may fail in any way: that is a result, not our end
            problem = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
            checks.append(Check(name, "mult-adds", convention.total(graph, mode), None, False, problem))
            continue
        installed = version(_peer(name).PACKAGE).partition("+")[0]
        if installed not in convention.version.split():
            notes.append(f"{name}: rules written for {convention.version}, installed is {installed}")
        checks += _tool(convention, graph, mode, reported)
    return Verdict(graph.name, Cost(graph, mode).macs, checks, notes)


def _peer(name: str) -> Any:
    """The file that runs a tool."""
    return import_module(f"costcalc.measure.peers.{name}")


def _model(graph: Graph, mode: Mode, model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Iterator[Check]:
    """The model itself against the spec: its parameters by name and shape, its outputs, its params."""
    built = {name: tuple(p.shape) for name, p in model.named_parameters()}
    differ = sorted(name for name in {*built, *graph.weights} if built.get(name) != graph.weights.get(name))
    problem = f"{differ[0]}: spec {graph.weights.get(differ[0])}, torch {built.get(differ[0])}" if differ else ""
    yield Check("torch", "parameter tensors", len(graph.weights), len(built), not differ, problem)
    params = sum(p.numel() for p in model.parameters())
    computed = Cost(graph, mode).params
    yield Check("torch", "params", computed, params, computed == params)
    with torch.no_grad():
        made = model(*inputs)
    expected = [list(t.shape) for t in (*graph.outputs, *(graph.train_outputs if mode == "train" else ()))]
    shapes = [list(t.shape) for t in (made if isinstance(made, tuple) else (made,))]
    yield Check("torch", "output shapes", expected, shapes, expected == shapes)


def _tool(convention: Convention, graph: Graph, mode: Mode, reported: Reported) -> Iterator[Check]:
    """A tool's total, its numbers by module, and what else it reports."""
    name, total = convention.name, convention.total(graph, mode)
    ledger = convention.ledger(graph, mode)
    yield Check(name, "mult-adds", total, reported.total, total == reported.total, ledger=ledger)

    computed = convention.by_module(graph, mode)
    paths = {*reported.by_module, *(node.module for node in graph.nodes if computed.get(node.module))}
    leaf_only = "" not in reported.by_module
    if leaf_only:  # the tool has no numbers for blocks: neither for functions called in them
        paths = {path for path in paths if path in reported.by_module or path not in _blocks(graph)}
    differ = sorted(path for path in paths if computed.get(path, 0) != reported.by_module.get(path, 0))
    equal = len(paths) - len(differ)
    problem = ""
    if differ:
        ours, theirs = computed.get(differ[0], 0), reported.by_module.get(differ[0], 0)
        problem = f"{differ[0] or 'the model'}: computed {ours:,}, reported {theirs:,}"
    yield Check(name, "modules", len(paths), equal, not differ, problem)
    if reported.params is not None:
        params = Cost(graph, mode).params
        yield Check(name, "params", params, reported.params, params == reported.params)
    predicted = convention.memory(graph, mode) if convention.memory else {}
    for line, size in reported.memory.items():
        yield Check(name, f"{line} bytes", predicted.get(line), size, predicted.get(line) == size)


def _blocks(graph: Graph) -> set[str]:
    """Paths of all blocks, the network's own "" among them."""
    paths = {""}
    for node in graph.nodes:
        call = node.block
        while call is not None:
            paths.add(call.path)
            call = call.parent
    return paths
