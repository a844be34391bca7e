"""Operators of torch that take functions: branches, loops over rows, loops of unknown length, flex_attention."""

from typing import Any

import pytest
import torch
from small_modules import costs, module
from torch import nn
from torch._higher_order_ops.map import map as torch_map
from torch._higher_order_ops.scan import scan
from torch._higher_order_ops.while_loop import while_loop
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

from costcalc.conventions import find
from costcalc.convert.from_torch import from_torch


def test_the_larger_branch() -> None:
    """Linear(4, 4), 16, or Linear(4, 8) and Linear(8, 4), 64; params of both; then Linear(4, 4) again."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        x = torch.cond(x.sum() > 0, lambda x: self.wide(x), lambda x: self.a(x), (x,))
        return self.a(
            torch.cond(x.sum() > 0, lambda x: self.a(x) + self.bias, lambda x: self.wide(x), (x,)) + self.bias
        )

    wide = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 4))
    graph = from_torch(module(forward, a=nn.Linear(4, 4), wide=wide, bias=nn.Parameter(torch.ones(4))), (4,))
    assert costs(graph) == (20 + 40 + 36 + 4, 64 + 64 + 16, "complete")
    assert "the larger one" in graph.note


def test_a_condition_with_a_value() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        return torch.cond(torch.tensor(x.shape[1] > 9), lambda x: self.b(x) @ self.b.weight, lambda x: self.a(x), (x,))

    graph = from_torch(module(forward, a=nn.Linear(4, 4), b=nn.Linear(4, 8)), (4,))
    assert (costs(graph), graph.note) == ((60, 16, "complete"), "")


def test_loops_over_rows() -> None:
    """5 rows: the step of the scan, Linear(4, 4), runs 5 times, as does the function of map."""

    def scanned(self: Any, x: torch.Tensor) -> Any:
        def step(carried: Any, row: Any) -> Any:
            made = self.l(carried) + row
            return made, made.clone()

        return scan(step, x[:, 0], x, dim=1)[1]

    def mapped(self: Any, x: torch.Tensor) -> Any:
        return torch_map(lambda row: self.l(row), x.transpose(0, 1))

    for forward in (scanned, mapped):
        assert costs(from_torch(module(forward, l=nn.Linear(4, 4)), (5, 4))) == (20, 5 * 16, "complete")


def test_a_loop_of_unknown_length() -> None:
    """Unknown; the reading goes on: 16 after it."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        return self.l(while_loop(lambda x: x.sum() < 10, lambda x: (x + 1,), (x,))[0])

    assert costs(from_torch(module(forward, l=nn.Linear(4, 4)), (4,))) == (20, 16, "lower bound")


def attend(mask: Any = None, score: Any = None) -> nn.Module:
    return module(lambda self, q, k, v: flex_attention(q, k, v, block_mask=mask, score_mod=score))


@pytest.mark.parametrize("score", [None, lambda score, b, h, q, k: score + (q - k)])
def test_flex_attention(score: Any) -> None:
    """Of 2 x 3 heads, 64 queries, 32 keys, d = 8 and d_v = 16: 2·3·64·32·(8 + 16)."""
    graph = from_torch(attend(score=score), [(3, 64, 8), (3, 32, 8), (3, 32, 16)], batch=2)
    assert costs(graph) == (0, 2 * 3 * 64 * 32 * (8 + 16), "complete")
    assert graph.outputs[0].shape == (2, 3, 64, 16)


def test_products_in_a_score_mod() -> None:
    """A product of 8 numbers per pair, beside those of d = 8 and d_v = 16. A sum of products is elementwise."""
    table, weights = torch.ones(64, 8), torch.ones(8)
    given = [(3, 64, 8), (3, 32, 8), (3, 32, 16)]
    pairs = 2 * 3 * 64 * 32
    for score, each in (
        (lambda score, b, h, q, k: score + torch.dot(table[q], weights), 8),
        (lambda score, b, h, q, k: score + (table[q][None] @ weights[:, None])[0, 0], 8),
        (lambda score, b, h, q, k: score + (table[k] * weights).sum(), 0),
    ):
        graph = from_torch(attend(score=score), given, batch=2)
        assert costs(graph) == (0, pairs * (8 + 16 + each), "complete")
        assert find("flopcounter").unpredicted(graph) == ["flex_attention"]


def test_compiled_flex_attention() -> None:
    run = torch.compile(flex_attention)
    graph = from_torch(module(lambda self, x: run(x, x, x)), (3, 64, 8))
    assert costs(graph) == (0, 3 * 64 * 64 * (8 + 8), "complete")


def test_blocks_of_a_mask() -> None:
    """Causal, in blocks of 64: of 4 x 4 blocks 10 are kept. Of 160 queries, blocks have 64, 64 and 32 rows and keys."""
    for size, pairs in ((256, 10 * 64 * 64), (160, 64 * 64 + 64 * 128 + 32 * 160)):
        mask = create_block_mask(lambda b, h, q, k: q >= k, None, None, size, size, device="cpu", BLOCK_SIZE=64)
        graph = from_torch(attend(mask), [(2, size, 8)] * 3)
        assert costs(graph) == (0, 2 * pairs * (8 + 8), "complete")


def test_a_mask_that_the_forward_pass_makes() -> None:
    """A window of 64 in blocks of 64, over 192 queries: 1 + 2 + 2 blocks."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        near = create_block_mask(
            lambda b, h, q, k: (q >= k) & (q - k < 64), 1, None, 192, 192, device=x.device, BLOCK_SIZE=64
        )
        return flex_attention(x, x, x, block_mask=near)

    assert costs(from_torch(module(forward), (2, 192, 8))) == (0, 2 * 5 * 64 * 64 * (8 + 8), "complete")


def test_a_mask_that_depends_on_the_input() -> None:
    """Its blocks are unknown."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        first = x[0, 0, :, 0] > 0
        mask = create_block_mask(lambda b, h, q, k: first[k], None, None, 64, 64, device=x.device, BLOCK_SIZE=32)
        return self.l(flex_attention(x, x, x, block_mask=mask))

    assert costs(from_torch(module(forward, l=nn.Linear(8, 4)), (2, 64, 8))) == (36, 2 * 64 * 32, "lower bound")
