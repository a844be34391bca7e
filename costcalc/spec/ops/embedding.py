"""Embeddings: integers look up learned vectors. A table is read, so there are no mult-adds."""

from __future__ import annotations

from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.saves import INPUT
from costcalc.spec.shapes import Shape
from costcalc.spec.sizes import positive
from costcalc.spec.trace import op_of_ids

__all__ = ["embedding"]


@op_of_ids
def embedding(x: Shape, width: int, *, vocabulary: int) -> Facts:
    """(N, L) -> (N, L, width): one learned vector per token id, an integer less than `vocabulary`.

    No mult-adds. Params: ``vocabulary · width``. The input may have any number of axes.

    Raises SpecError if the width or the vocabulary is not a positive integer.
    """
    for setting, value in (("width", width), ("vocabulary", vocabulary)):
        positive(setting, value)
    return Facts(
        outputs=((*x, width),),
        weights={"weight": (vocabulary, width)},
        settings={"width": width, "vocabulary": vocabulary},
        saves=INPUT,
        torch=TorchCall("Embedding", {"num_embeddings": vocabulary, "embedding_dim": width}),
    )
