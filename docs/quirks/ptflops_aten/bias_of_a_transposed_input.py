"""A linear layer's bias counts, unless its input is transposed

torch runs a linear layer as aten.addmm, where the tool counts the bias; on an input whose elements lie in
another order in memory it runs aten.mm and adds the bias separately, where it does not.
"""

from ptflops import get_model_complexity_info
from torch import nn

import costcalc
from costcalc.spec import linear, transpose


class Columns(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(5, 2)

    def forward(self, x):
        return self.fc(x.permute(0, 2, 1))


reported, _ = get_model_complexity_info(Columns(), (5, 3), as_strings=False, print_per_layer_stat=False, backend="aten")

graph = costcalc.trace(lambda x: linear(transpose(x, "columns", (0, 2, 1)), "fc", 2), (1, 5, 3))
cost = costcalc.cost(graph, conventions=["ptflops_aten"])
print(reported, cost.counts, cost.macs)  # 30 {'ptflops_aten': 30} 30
