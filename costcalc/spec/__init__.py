"""THE LANGUAGE: what a network is. Standard library only.

from costcalc.spec import architecture, block, conv, relu, max_pool, flatten, linear, trace
"""

from costcalc.spec.architecture import Network as Network
from costcalc.spec.architecture import architecture as architecture
from costcalc.spec.count import Count as Count
from costcalc.spec.count import product as product
from costcalc.spec.errors import CostcalcError as CostcalcError
from costcalc.spec.errors import SpecError as SpecError
from costcalc.spec.facts import Facts as Facts
from costcalc.spec.facts import TorchCall as TorchCall
from costcalc.spec.graph import Graph as Graph
from costcalc.spec.node import Node as Node
from costcalc.spec.node import Tensor as Tensor
from costcalc.spec.ops import *
from costcalc.spec.run import Run as Run
from costcalc.spec.shapes import Shape as Shape
from costcalc.spec.trace import block as block
from costcalc.spec.trace import op as op
from costcalc.spec.trace import op_of_many as op_of_many
from costcalc.spec.trace import outputs as outputs
from costcalc.spec.trace import shared as shared
from costcalc.spec.trace import trace as trace
