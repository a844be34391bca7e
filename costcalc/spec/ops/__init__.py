"""ONE OP = ONE FUNCTION from input shapes to Facts. One file per family, which lists its ops in `__all__`."""

from costcalc.spec.ops.activation import *
from costcalc.spec.ops.attention import *
from costcalc.spec.ops.conv import *
from costcalc.spec.ops.embedding import *
from costcalc.spec.ops.generic import *
from costcalc.spec.ops.gradients import *
from costcalc.spec.ops.linear import *
from costcalc.spec.ops.merge import *
from costcalc.spec.ops.norm import *
from costcalc.spec.ops.pool import *
from costcalc.spec.ops.products import *
from costcalc.spec.ops.recurrent import *
from costcalc.spec.ops.resample import *
from costcalc.spec.ops.reshape import *
