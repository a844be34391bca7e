"""Recurrent layers: the same products at every position of a sequence, with the state after the last one."""

from __future__ import annotations

from typing import Any

from costcalc.spec import arguments
from costcalc.spec.count import Count
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, Gradient, Operand, Through, TorchCall, gradients_of_product
from costcalc.spec.saves import Extra, Saves
from costcalc.spec.shapes import Shape
from costcalc.spec.sizes import known, positive
from costcalc.spec.trace import op

__all__ = ["gru", "lstm", "rnn"]


@op
def lstm(
    x: Shape,
    width: int,
    *,
    layers: int = 1,
    bidirectional: bool = False,
    bias: bool = True,
    batch_first: bool = True,
    dropout: float = 0.0,
    projection: int = 0,
) -> Facts:
    """(N, L, D) -> (N, L, width · directions), and the last states h and c (layers · directions, N, width).

    Hochreiter & Schmidhuber 1997, with forget gates: four gates, each a product with the input and one with the last
    state. Mult-adds per layer and direction: ``N · L · D_in · 4·width + N · L · width · 4·width``, without biases and
    elementwise products. Without `batch_first` x is (L, N, D). With `projection` the output state, which is fed back,
    is projected to that width.

    Raises SpecError if the input does not have three axes, or a number is not positive.
    """
    return _recurrent("LSTM", 4, x, width, layers, bidirectional, bias, batch_first, dropout, projection)


@op
def gru(
    x: Shape,
    width: int,
    *,
    layers: int = 1,
    bidirectional: bool = False,
    bias: bool = True,
    batch_first: bool = True,
    dropout: float = 0.0,
) -> Facts:
    """(N, L, D) -> (N, L, width · directions), and the last state (layers · directions, N, width).

    Cho et al. 2014: as `lstm`, with three gates.
    """
    return _recurrent("GRU", 3, x, width, layers, bidirectional, bias, batch_first, dropout)


@op
def rnn(
    x: Shape,
    width: int,
    *,
    layers: int = 1,
    bidirectional: bool = False,
    bias: bool = True,
    batch_first: bool = True,
    dropout: float = 0.0,
    nonlinearity: str = "tanh",
) -> Facts:
    """(N, L, D) -> (N, L, width · directions), and the last state (layers · directions, N, width).

    Elman 1990: as `lstm`, with one gate.
    """
    arguments.one_of("nonlinearity", nonlinearity, ("tanh", "relu"))
    facts = _recurrent("RNN", 1, x, width, layers, bidirectional, bias, batch_first, dropout)
    facts.settings = {**facts.settings, "nonlinearity": nonlinearity}
    if facts.torch is not None:
        facts.torch.args = {**facts.torch.args, "nonlinearity": nonlinearity}
    return facts


MOST = 10_000
"""Upper bound for the layers of one module, since each adds weights and terms."""


def _recurrent(
    kind: str,
    gates: int,
    x: Shape,
    width: int,
    layers: int,
    bidirectional: bool,
    bias: bool,
    batch_first: bool,
    dropout: float,
    projection: int = 0,
) -> Facts:
    """Facts of layers with `gates` gates; weights are named as in torch.nn's modules."""
    if len(x) != 3:
        raise SpecError(f"{kind.lower()} needs an input of shape N, positions, features")
    positive("width", width)
    if not known(layers) or layers < 1:
        raise SpecError(f"layers={layers!r} must be a positive integer")
    if layers > MOST:
        raise SpecError(f"layers={layers} must be at most {MOST:,}")
    if not 0 <= projection < width:
        raise SpecError(f"projection={projection} must be smaller than width={width}; 0 for none")
    if not 0 <= dropout <= 1:
        raise SpecError(f"dropout={dropout} must be a probability, from 0 to 1")
    n, length = (x[0], x[1]) if batch_first else (x[1], x[0])
    directions, out = 2 if bidirectional else 1, projection or width
    weights: dict[str, Shape] = {}
    products: list[Count] = []
    gradients: list[Gradient] = []
    below: tuple[Operand, ...] = (0,)  # what the input of the layer depends on
    each = f"{gates}D" if gates > 1 else "D"
    for layer in range(layers):
        d_in = x[2] if layer == 0 else out * directions
        for end in ("", "_reverse")[:directions]:
            own: dict[str, Shape] = {
                f"weight_ih_l{layer}{end}": (gates * width, d_in),
                f"weight_hh_l{layer}{end}": (gates * width, out),
            }
            if bias:
                own |= dict.fromkeys((f"bias_ih_l{layer}{end}", f"bias_hh_l{layer}{end}"), (gates * width,))
            of_input = Count((("N", "L", "D_in", each), (n, length, d_in, gates * width)))
            of_state = Count((("N", "L", "D_state", each), (n, length, out, gates * width)))
            products += [of_input, of_state]
            if projection:
                own[f"weight_hr_l{layer}{end}"] = (projection, width)
                projected = Count((("N", "L", "D", "D_state"), (n, length, width, projection)))
                products.append(projected)
                gradients += gradients_of_product(projected, (*below, *own), (f"weight_hr_l{layer}{end}",))
            gradients += gradients_of_product(of_input, below, (f"weight_ih_l{layer}{end}",))
            gradients.append(Gradient((f"weight_hh_l{layer}{end}",), of_state))
            to_state = Count((("N", "(L-1)", "D_state", each), (n, length - 1, out, gates * width)))
            gradients.append(Gradient((*below, *own), to_state))  # the first state is zero, and needs none
            weights |= own
        below = (Through(list(own)[-1]),)
    between = [(n, length, out * directions)] * (layers - 1)
    states = [(layers * directions, n, out)]
    if kind == "LSTM":
        states.append((layers * directions, n, width))
    saves, train_saves = _saves(kind, n, length, layers * directions, width, projection, between, dropout)
    settings: dict[str, Any] = {
        "layers": layers,
        "bidirectional": bidirectional,
        "bias": bias,
        "batch_first": batch_first,
        "dropout": dropout,
    }
    args = {"input_size": x[2], "hidden_size": width, **settings}
    args["num_layers"] = args.pop("layers")
    if kind == "LSTM":
        settings["projection"] = args["proj_size"] = projection
    return Facts(
        outputs=((*x[:2], out * directions), *states),
        macs=Count(*[term for each in products for term in each.terms]),
        gradients=tuple(gradients),
        weights=weights,
        beside=None,
        saves=saves,
        train_saves=train_saves,
        settings={"width": width, **settings},
        torch=TorchCall(kind, args),
    )


def _saves(
    kind: str, n: Any, length: Any, runs: int, width: Any, projection: int, between: list[Shape], dropout: float
) -> tuple[Saves, Saves]:
    """What autograd saves on the CPU, and the same in train mode: at each position states, gates and what they make.

    A GRU saves its last state, and six tensors as wide: three sums of its gates with the state, and the gates. An RNN
    saves each state, the first included. An LSTM with a projection saves four gates, the last cell, the tanh of the
    next, what it projects, and the last state. The input of each layer is saved, and what dropout multiplies it by.
    """
    if kind == "LSTM" and not projection:
        return (Saves(unknown="the workspace of oneDNN depends on the processor"),) * 2
    steps: dict[str, list[Shape]] = {
        "GRU": [(length, 7, n, width)],
        "RNN": [(length + 1, n, width)],
        "LSTM": [(length, 7, n, width), (length, n, projection)],
    }
    extra = (*map(Extra, steps[kind] * runs), *map(Extra, between))
    noise = map(Extra, between if dropout else ())
    return Saves((0,), extra=extra, trained=True), Saves((0,), extra=(*extra, *noise), trained=True)
