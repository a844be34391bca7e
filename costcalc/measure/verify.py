"""Verify: build a torch model, run the tools on it, and compare with the predictions from its graph, by ==."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch

from costcalc.analysis.cost import Cost
from costcalc.conventions import find
from costcalc.conventions.convention import Convention
from costcalc.conventions.ledger import ledger
from costcalc.convert import torch_arguments
from costcalc.convert.compiled import without_compiling
from costcalc.convert.data import from_data, to_data
from costcalc.convert.keras_layers import KerasModel
from costcalc.convert.torch_reader.reader import result_tensors
from costcalc.measure import worker
from costcalc.measure.peers import Reported
from costcalc.measure.results import CannotRun, Check, Verification
from costcalc.measure.running import check_size, in_one_line
from costcalc.measure.subject import Subject, subject
from costcalc.measure.worker import PeerError
from costcalc.spec import arguments
from costcalc.spec.graph import MODES, Graph, Mode
from costcalc.spec.progress import steps
from costcalc.spec.run import Run

TOOLS = ("fvcore", "torchinfo", "flopcounter")
"""Default tools of `verify`: those of the extra `torch`."""


def available_tools() -> list[str]:
    """Every tool that can be run: the files of `measure/peers`."""
    return sorted(path.stem for path in (Path(__file__).parent / "peers").glob("*.py") if path.stem != "__init__")


def verify(
    model: Graph | Subject,
    mode: Mode = "eval",
    device: str | torch.device = "cpu",
    tools: Sequence[str] = TOOLS,
    report: Callable[[str, Subject, Mode, str], tuple[Reported, str]] = worker.run_peer,
) -> Verification:
    """Check names and shapes of all parameters, output shapes, params, and each tool's counts.

    The torch model is built from a graph, or made by its own code. `report` runs a tool, by default in a process of
    its own. A tool that is not installed, or raises in its own code, cannot run the model, which is not a check; any
    other exception is a check that does not hold. If a tool may count an op that has no rule, a difference is a note
    and not a failed check.

    Raises CostcalcError if the model cannot be made or called, or does not fit on the device.
    """
    device, tested = torch_arguments.device(device), subject(model)
    arguments.one_of("mode", mode, MODES)
    arguments.function("report", report)
    for name in arguments.listed("tools", tools, "a list of names, like ['fvcore']"):
        arguments.one_of("tool", name, available_tools())
    graph = tested.graph if tested.source else _as_built(tested.graph)
    tested = Subject(graph, tested.request)
    checks = [*_model(tested, mode, device)]
    cost, cannot_run = Cost(graph, mode), list[CannotRun]()
    notes = cost.notes if cost.by_rules else []
    run = cost.run
    if cost.unknown:
        ops = Counter(n.facts.settings.get("aten", n.op) for n in graph.nodes if n.facts.macs is None)
        notes.append(f"mult-adds is a lower bound: unknown are {', '.join(f'{op} ({n})' for op, n in ops.items())}")
    for name in steps(tools, "tool"):
        convention = find(name)
        if device.type == "meta" and name in NOT_ON_META:
            notes.append(f"{name}: not run, since it needs real tensors; take --device cpu")
            continue
        if device.type != "cuda" and name in ON_CUDA:
            notes.append(f"{name}: not run, since it counts on a CUDA device")
            continue
        try:
            if device.type == "meta" and name in ON_CPU:
                check_size(graph, torch.device("cpu"), torch.float32)
            reported, installed = report(name, tested, mode, str(device))
        except MemoryError as error:
            notes.append(f"{name}: not run, since it counts on the CPU, where {error}")
            continue
        except PeerError as error:
            if error.of_tool:
                cannot_run.append(CannotRun(name, convention.total(run), str(error)))
                continue
            if graph.transformed and convention.unpredicted(graph):
                notes.append(f"{name}: fails, and has no prediction: {error}")
                continue
            checks.append(Check(name, "mult-adds", convention.total(run), None, False, str(error)))
            continue
        if installed not in convention.version.split():
            notes.append(f"{name}: rules written for {convention.version}, installed is {installed}")
        made = [*_tool(convention, run, reported)]
        if graph.varying:
            notes += [f"{name}: {check.quantity}, {VARYING}" for check in made if not check.equal]
            made = [check for check in made if check.equal]
        unpredicted = convention.unpredicted(graph)
        if unpredicted and not all(check.equal for check in made):
            which = ", ".join(unpredicted)
            notes.append(f"{name}: reports {reported.total:,}; not predicted, since no rule says how it counts {which}")
        else:
            checks += made
    return Verification(graph.name, cost.macs, checks, notes, cannot_run)


def _as_built(graph: Graph) -> Graph:
    """The graph of the torch model that is built from a graph, whose modules are in one place each."""
    if not graph.held.modules:
        return graph
    data = to_data(graph)
    del data["modules"], data["called"]
    for node in data["nodes"]:
        node.pop("module", None)
        node.pop("hook_of", None)
    return from_data(data)


ON_CPU = {"flopcounter"}
"""Tools that always count on the CPU, since their numbers depend on the device."""

ON_CUDA = {"flopcounter_cuda"}
"""Tools that always count on CUDA."""

VARYING = "not predicted, since sizes of tensors depend on values"
"""What a note says of numbers that the prediction does not reach, such as those by module of experts."""

NOT_ON_META = {"fvcore", "torchprofile"}
"""Tools that cannot count on the meta device: fvcore's tracing compares values."""


def _model(tested: Subject, mode: Mode, device: torch.device) -> Iterator[Check]:
    """Checks of the torch model and its graph: parameters by name and shape, outputs, params."""
    graph = tested.graph
    with in_one_line(graph.name, device), without_compiling():
        model, inputs = tested.build(device, mode)
    built = {name: tuple(p.shape) for name, p in model.named_parameters()}
    differ = sorted(name for name in {*built, *graph.weights} if built.get(name) != graph.weights.get(name))
    problem = f"{differ[0]}: spec {graph.weights.get(differ[0])}, torch {built.get(differ[0])}" if differ else ""
    yield Check("torch", "parameter tensors", len(graph.weights), len(built), not differ, problem)
    params = sum(p.numel() for p in model.parameters())
    computed = Cost(graph, mode).params
    yield Check("torch", "params", computed, params, computed == params)
    if isinstance(model, KerasModel):
        yield from _keras(Run(graph, mode), model.count_params())
    with in_one_line(graph.name, device), torch.set_grad_enabled(graph.transformed):
        made = model(*inputs)
    expected = [list(t.shape) for t in (*graph.outputs, *(graph.train_outputs if mode == "train" else ()))]
    shapes = [list(t.shape) for t in result_tensors(made)]
    yield Check("torch", "output shapes", expected, shapes, _alike(expected, shapes))


def _keras(run: Run, reported: dict[str, int]) -> Iterator[Check]:
    """Checks of the params of a Keras model, and of each layer, against Keras' own count_params()."""
    computed = find("keras").params_by_module(run)
    differ = sorted(path for path in reported if computed.get(path) != reported[path])
    problem = (
        f"{differ[0] or 'the model'}: computed {computed.get(differ[0])}, reported {reported[differ[0]]}"
        if differ
        else ""
    )
    yield Check("keras", "params", computed[""], reported[""], computed[""] == reported[""])
    yield Check("keras", "layers", len(reported), len(reported) - len(differ), not differ, problem)


def _alike(computed: list[list[int]], reported: list[list[int]]) -> bool:
    """True for equal shapes; a computed size of 0 depends on values and matches any size."""
    if len(computed) != len(reported):
        return False
    pairs = zip(computed, reported, strict=True)
    return all(len(a) == len(b) and all(m in (n, 0) for m, n in zip(a, b, strict=True)) for a, b in pairs)


def _tool(convention: Convention, run: Run, reported: Reported) -> Iterator[Check]:
    """Checks of a tool's total, its numbers by module, params and memory."""
    name, graph, total = convention.name, run.graph, convention.total(run)
    yield Check(name, "mult-adds", total, reported.total, total == reported.total, ledger=ledger(convention, run))

    if reported.by_module and not graph.transformed:  # some tools have only a total; gradients have no module
        computed = convention.by_module(run)
        by_module = {graph.held.first(path): number for path, number in reported.by_module.items()}
        paths = {*by_module, *(node.module for node in graph.nodes if computed.get(node.module))}
        if graph.held.modules:  # tools do not name a module that the model does not hold
            paths &= {*by_module, *graph.held.numbers}
        leaf_only = "" not in by_module
        if leaf_only:  # the tool has no numbers for blocks, nor for functions called in them
            paths -= _blocks(graph) - by_module.keys()
        differ = sorted(path for path in paths if computed.get(path, 0) != by_module.get(path, 0))
        equal = len(paths) - len(differ)
        problem = ""
        if differ:
            ours, theirs = computed.get(differ[0], 0), by_module.get(differ[0], 0)
            problem = f"{differ[0] or 'the model'}: computed {ours:,}, reported {theirs:,}"
        yield Check(name, "modules", len(paths), equal, not differ, problem)
    if reported.params is not None:
        params = convention.params(run)
        yield Check(name, "params", params, reported.params, params == reported.params)
    predicted = convention.memory(run)
    for line, size in reported.memory.items():
        yield Check(name, f"{line} bytes", predicted.get(line), size, predicted.get(line) == size)


def _blocks(graph: Graph) -> set[str]:
    """Paths of all blocks, including "" for the network."""
    paths = {""}
    for node in graph.nodes:
        call = node.block
        while call is not None:
            paths.add(call.path)
            call = call.parent
    return paths
