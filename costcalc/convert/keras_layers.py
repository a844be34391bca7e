"""Keras 3 models under its torch backend, as torch modules: layers by name, parameters, and buffers.

To torch, a Keras model is one module that holds all variables as parameters. Here its layers are modules of their own,
what it learns is parameters, and the rest, such as moving means and the seeds of dropout, is buffers.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, count
from typing import Any

import torch
from torch import nn

from costcalc.spec import CostcalcError

TRACKED = "_torch_params"
"""The attribute of a layer in which Keras registers all variables, those of sublayers included."""


def is_keras(module: Any) -> bool:
    """True for a layer or a model of Keras that is a torch module. False as long as Keras is not imported."""
    keras: Any = sys.modules.get("keras")
    return hasattr(keras, "Layer") and isinstance(module, keras.Layer) and isinstance(module, nn.Module)


class DeviceName(str):
    """The name of a device, equal to the device and to no other name.

    Keras copies a tensor to its current device if the two differ. If that is "meta", some of its ops, such as
    max-pooling, take a new tensor in place of their input.
    """

    def __new__(cls, device: torch.device) -> DeviceName:
        return super().__new__(cls, device)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, torch.device) and str(self) == str(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(str(self))

    def lower(self) -> DeviceName:
        """The same: Keras keeps the lower case of a name."""
        return self


class KerasModel(nn.Module):
    """A Keras model as a torch module, which it changes: its layers no longer hold their sublayers' variables.

    A layer is a module under its name in the model; a variable has its name in its layer. The forward pass runs on the
    device of the variables, with `training` by the mode. Raises CostcalcError for a layer that is not built.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        for layer in _layers(model):
            if not layer.built:
                raise CostcalcError(
                    f"layer {layer.name!r} of a Keras model is not built, and has no variables yet: call the model once"
                )
        self.held = (model,)  # in a tuple, torch does not register it
        self._variables: list[tuple[Any, dict[str, Any], str]] = []
        for layer in _layers(model)[::-1]:
            self._register(layer, self if layer is model else layer)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The output of the Keras model. Several inputs are given in order or by name, or in one list as Keras does."""
        import keras

        model, inputs = self.held[0], _inputs(self.held[0])
        names = [each.name for each in inputs]
        if not args and names and kwargs.keys() >= set(names):
            args = tuple(kwargs.pop(name) for name in names)
        tensors = (*(table[key] for _, table, key in self._variables), *keras.tree.flatten((args, kwargs)))
        device = next((t.device for t in tensors if isinstance(t, torch.Tensor)), torch.device("cpu"))
        if len(args) == len(inputs) > 1:
            args = (keras.tree.pack_sequence_as(model.input, list(args)),)
        with keras.device(DeviceName(device)), _without_generators(device):
            return model(*args, **{"training": self.training, **kwargs})

    def count_params(self) -> dict[str, int]:
        """Keras' count_params() of every layer, by its path here, and of the model, by an empty path."""
        layers = {path: module for path, module in self.named_modules() if path and is_keras(module)}
        return {path: int(layer.count_params()) for path, layer in {"": self.held[0], **layers}.items()}

    def __deepcopy__(self, memo: Any) -> KerasModel:
        """A copy by the layers' configurations: the model's own would write a file."""
        import keras

        state = self.state_dict()
        device = next((str(t.device) for t in state.values()), "cpu")
        with fresh_names(), keras.device(device):
            made = KerasModel(keras.models.clone_model(self.held[0])).to(device)
        made.load_state_dict(state)
        return made.train(self.training)

    def _register(self, layer: Any, owner: Any) -> None:
        """Register the sublayers and own variables of a layer in their owner: the layer itself, or this module."""
        children = {key: child for key, child in layer._modules.items() if key != TRACKED}
        others = _torch_modules(layer)
        known = {id(p) for child in others.values() for p in child.parameters()}
        layer.__dict__.update(children)  # it finds them there by name
        layer.__dict__.update({"_modules": {}, "_parameters": {}, "_buffers": {}, TRACKED: {}})
        owner._modules.update(others)
        for child in layer._layers:
            owner._modules[_free(child.name, owner._modules)] = child
        seeds = [generator.state for generator in layer._seed_generators]
        for variable in (*layer._trainable_variables, *layer._non_trainable_variables, *seeds):
            value = variable._value
            if id(value) in known:
                continue
            learned = any(variable is each for each in layer._trainable_variables)
            table = owner._parameters if learned else owner._buffers
            key = _free(variable.name, {**owner._parameters, **owner._buffers})
            table[key] = variable._value = value if learned else value.detach()
            self._variables.append((variable, table, key))

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """As nn.Module's, which moves tensors; Keras' variables then get the moved ones, and stay tied."""
        made = super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        moved: dict[int, torch.Tensor] = {}
        for variable, table, key in self._variables:
            table[key] = variable._value = moved.setdefault(id(variable), table[key])
        return made


@contextmanager
def as_torch(module: nn.Module) -> Iterator[nn.Module]:
    """A Keras model as a KerasModel on the meta device, while this lasts; anything else unchanged."""
    if not is_keras(module):
        yield module
        return
    model: Any = module
    with ExitStack() as stack:
        for layer in _layers(model):
            stack.callback(_restore, layer.__dict__, dict(layer.__dict__))
            for child in (each for held in _torch_modules(layer).values() for each in held.modules()):
                stack.callback(_restore, child._parameters, dict(child._parameters))
                stack.callback(_restore, child._buffers, dict(child._buffers))
        for variable in model.variables:
            stack.callback(setattr, variable, "_value", variable._value)
        yield KerasModel(model).to("meta")


@contextmanager
def fresh_names() -> Iterator[None]:
    """While this lasts, Keras numbers its automatic names from the start: a model has the same ones each time."""
    state: Any = sys.modules.get("keras.src.backend.common.global_state")
    if state is None:
        yield
        return
    before = state.get_global_attribute("object_name_uids")
    state.set_global_attribute("object_name_uids", None)
    try:
        yield
    finally:
        state.set_global_attribute("object_name_uids", before)


@contextmanager
def _without_generators(device: torch.device) -> Iterator[None]:
    """While this lasts, random numbers on the meta device, which has none, are drawn without a generator."""
    random: Any = sys.modules.get("keras.src.backend.torch.random")
    if device.type != "meta" or not hasattr(random, "torch_seed_generator"):
        yield
        return
    before = random.torch_seed_generator
    random.torch_seed_generator = lambda seed: None
    try:
        yield
    finally:
        random.torch_seed_generator = before


def _layers(model: Any) -> list[Any]:
    """The model and all layers in it, each once."""
    return list({id(layer): layer for layer in model._flatten_layers()}.values())


def _torch_modules(layer: Any) -> dict[str, Any]:
    """The modules in a layer that are not layers themselves, by name."""
    held = {key: child for key, child in layer._modules.items() if isinstance(child, nn.Module)}
    return {key: child for key, child in held.items() if key != TRACKED and not is_keras(child)}


def _inputs(model: Any) -> list[Any]:
    """The symbolic inputs of a model in the functional style; none of any other."""
    try:
        return list(model.inputs)
    except (AttributeError, ValueError):  # as Keras raises for a layer, and for a Sequential that was only called
        return []


def own_input(model: Any) -> Any:
    """The shape of a Keras model's input without the batch, of each if it has several; None if an axis is free."""
    shapes = [tuple(each.shape[1:]) for each in _inputs(model)]
    if not shapes or any(None in shape for shape in shapes):
        return None
    return shapes[0] if len(shapes) == 1 else shapes


def _restore(table: dict[str, Any], kept: dict[str, Any]) -> None:
    table.clear()
    table.update(kept)


def _free(name: str, taken: Container[str]) -> str:
    """The name, with a number if it is taken, and without dots, which torch reads as paths."""
    name = name.replace(".", "_")
    return next(each for each in chain([name], (f"{name}_{n}" for n in count(1))) if each not in taken)
