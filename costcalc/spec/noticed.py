"""What a reader noticed of a model besides its graph.

Readers write it, conventions read it. Of costs, only `--causal half`, memory and training depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from costcalc.spec.facts import TorchCall
from costcalc.spec.shapes import Shape

if TYPE_CHECKING:
    from costcalc.spec.node import Node


class Backward(NamedTuple):
    """How the code of a model takes part in the backward pass of a node.

    detached    inputs, by number, and weights, by name, that get no gradient: detached, or grad mode is off
    leaves      numbers of the inputs of which the code asks for the gradient (``requires_grad_``)
    own         True inside an autograd.Function, whose gradients its own code computes
    checkpoint  number of the call of torch.utils.checkpoint that it is in; 0 for none
    again       what the backward pass runs again of that call: "whole"; "early", up to the last tensor that is saved;
                or "", unknown
    """

    detached: tuple[int | str, ...] = ()
    leaves: tuple[int, ...] = ()
    own: bool = False
    checkpoint: int = 0
    again: Literal["", "whole", "early"] = ""


USUAL = Backward()


class Elements(NamedTuple):
    """Elements that take memory: floats in the dtype of the run, and the bytes of those in another dtype."""

    floats: int = 0
    others: int = 0


class TakenConstant(NamedTuple):
    """A constant that an operation takes.

    argument  its number among the operation's arguments
    memory    number of the memory that it lies in, which views share
    size      of that memory
    """

    argument: int
    memory: int
    size: Elements


class ConstantMemory(NamedTuple):
    """The memory of the constants that the pass makes (positions, masks) and that the model's code holds.

    before  the most since the node before this one
    during  while the node runs
    after   the most from the node on, if it is the last one
    taken   those that the operation takes and that are not inputs of the node; if the node is a constant, itself
    """

    before: Elements = Elements()
    during: Elements = Elements()
    after: Elements = Elements()
    taken: tuple[TakenConstant, ...] = ()


NO_CONSTANTS = ConstantMemory()


class Noticed(NamedTuple):
    """What a reader noticed of the call that became a node.

    called_as      the call of torch as the model makes it; None for the op's own
    kernel         the aten operation that torch runs, if the node is a part of it; of F.grid_sample its mode, if it is
                   not bilinear
    size_products  products of sizes that a trace has before the call
    module         path of the module that runs it, if the node's name does not say it
    hook_of        path of the module whose forward hook, or pre-hook, runs it
    opaque         True inside a scripted function or an autograd.Function, whose parts a trace does not have
    causal_mask    True of attention with a mask, in a module of transformers that is causal (a decoder)
    strides        of each output, if the operation is not an op of its own; empty if all are contiguous
    no_call        True if no call of torch does what the node does: its weights are computed by other layers, or have
                   names that no module gives them
    constants      operations on constants alone that ran since the node before: they cost nothing, but some tools count
                   them. They are nodes without the tensors that they read, of which they have the shapes
    writes_state   True if it writes in place into a buffer, a parameter or an input, which a trace keeps
    memory         where its first output lies, if the op's aliases do not say so: in its first "input" (in-place), or
                   in memory of its "own" (a reshape that copies, a constant that the pass makes)
    arguments      of each input, which argument of the operation it is, by number; empty if they are the first ones, in
                   order
    copies         numbers of the inputs that torch copies first: because of their strides, or masks of booleans
    backward       how it takes part in the backward pass
    made           the memory of constants that the pass has made
    unread         True for one of these if no node of the graph needs its result: a trace does not have it
    """

    called_as: TorchCall | None = None
    kernel: str = ""
    size_products: int = 0
    module: str | None = None
    hook_of: str | None = None
    opaque: bool = False
    no_call: bool = False
    strides: tuple[Shape, ...] = ()
    causal_mask: bool = False
    constants: tuple[Node, ...] = ()
    unread: bool = False
    writes_state: bool = False
    memory: Literal["", "input", "own"] = ""
    copies: tuple[int, ...] = ()
    backward: Backward = USUAL
    arguments: tuple[int, ...] = ()
    made: ConstantMemory = NO_CONSTANTS


class ModuleCall(NamedTuple):
    """What a reader noticed of the call of a module that became a block.

    kind    the class of the module, with the Python module that defines it
    leaf    True if the module holds no other modules, and no node stands for it
    output  shape of the first tensor that the call returned
    """

    kind: str = ""
    leaf: bool = False
    output: Shape = ()
