"""A file can say any size: verify and time look at it before they allocate, and refuse in one line."""

import json
from pathlib import Path
from typing import Any

import pytest
from command import refused

torch = pytest.importorskip("torch")

from costcalc.convert.data import to_data  # noqa: E402
from costcalc.measure import running  # noqa: E402
from costcalc.measure.verify import verify  # noqa: E402
from costcalc.measure.worker import in_process  # noqa: E402
from costcalc.spec import CostcalcError, Graph, linear, lstm, pad, rbf, relu, rnn, shared, trace, upsample  # noqa: E402
from costcalc.spec.ops.conv import conv  # noqa: E402
from costcalc.spec.ops.pool import avg_pool, max_pool  # noqa: E402

LARGE: dict[str, Any] = {
    "weights": (lambda x: linear(x, "a", 2**40), (1, 2**20)),
    "an input": (lambda x: relu(x), (1, 2**40, 2**20)),
    "padding": (lambda x: pad(x, pads=[(2**39, 0)]), (8, 4)),
    "an output": (lambda x: upsample(x, size=(2**30, 2**30)), (1, 1, 2, 2)),
    "a buffer": (lambda x: rbf(x, "a", 2**40), (1, 2**10)),
    "many outputs": (lambda x: [relu(conv(x, f"a{i}", 2**10, k=1)) for i in range(64)], (1, 1, 2**15, 2**15)),
}


def write(folder: Path, graph: Graph) -> str:
    file = folder / "net.json"
    file.write_text(json.dumps(to_data(graph)), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("what", LARGE)
def test_more_than_the_machine_has(what: str, tmp_path: Path) -> None:
    network, shape = LARGE[what]
    file = write(tmp_path, trace(network, shape, name="large"))
    line = refused("verify", file, "--device", "cpu")
    assert line.startswith("does not fit on cpu: it needs ")
    assert line.endswith("--device meta needs no memory")
    assert refused("time", file).startswith("large cannot run on cpu as float32: MemoryError: it needs ")


def test_on_meta_what_counts_on_the_cpu_is_not_run() -> None:
    """2^20 · 2^40 mult-adds, of weights that no machine holds."""
    verdict = verify(trace(lambda x: linear(x, "a", 2**40), (1, 2**20)), device="meta", report=in_process)
    assert verdict.ok
    assert verdict.mult_adds == 2**60
    assert any(
        note.startswith("flopcounter: not run, since it counts on the CPU, where it needs") for note in verdict.notes
    )


def test_what_is_needed_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    """4 bytes times: 2·2 of the input, 2·3 + 3 of weights that two calls share, and 2·3 and 2·3 put out: 100 in all."""
    graph = trace(lambda x: (linear(x, "a", 3), shared(linear)(x, "a", 3)), (2, 2))
    monkeypatch.setattr(running, "_memory", lambda device: 4 * (2 * 2 + 2 * 3 + 3 + 2 * 2 * 3))
    running.check_size(graph, torch.device("cpu"), torch.float32)
    with pytest.raises(MemoryError, match="it needs 200 bytes of memory or more, but there are 100"):
        running.check_size(graph, torch.device("cpu"), torch.float64)
    running.check_size(graph, torch.device("meta"), torch.float64)


def test_weights_that_a_file_calls_by_one_name_are_two() -> None:
    """Two layers of 2·2 weights and 2 biases, 2 numbers in and 2 put out by each: 72 bytes."""
    graph = trace(lambda x: linear(linear(x, "a", 2), "b", 2), (1, 2))
    graph.nodes[1].weights = graph.nodes[0].weights
    sizes = [4 * (2 + 2 * (4 + 2) + 2 * 2), 4 * (2 + 2 * (4 + 2) + 2 * 2) - 1]
    for size, fits in zip(sizes, (True, False), strict=True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(running, "_memory", lambda device, size=size: size)
            if fits:
                running.check_size(graph, torch.device("cpu"), torch.float32)
            else:
                with pytest.raises(MemoryError, match="it needs 72 bytes"):
                    running.check_size(graph, torch.device("cpu"), torch.float32)


@pytest.mark.parametrize("layer", [lstm, rnn])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_steps_without_end(layer: Any, device: str) -> None:
    """2^30 positions, in two layers and both directions: 2^32 steps."""
    graph = trace(lambda x: layer(x, "a", 1, layers=2, bidirectional=True)[0], (1, 2**30, 1), name="long")
    with pytest.raises(CostcalcError, match=rf"layer 'a' \({layer.__name__}\) takes 4,294,967,296 steps"):
        verify(graph, device=device, report=in_process)


@pytest.mark.parametrize("pool", [avg_pool, max_pool])
def test_a_window_without_end(pool: Any) -> None:
    """torch steps through all of a window, though nearly all is padding."""
    graph = trace(lambda x: pool(x, k=2**30, padding=2**29), (1, 1, 6), name="wide")
    with pytest.raises(CostcalcError, match="takes 1,073,741,824 steps, one after another; at most 16,777,216"):
        verify(graph, report=in_process)
