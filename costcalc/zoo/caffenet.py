"""CaffeNet: AlexNet as Caffe's bvlc_reference_caffenet has it, with each pool before its normalisation.

Jia et al., "Caffe: convolutional architecture for fast feature embedding", ACM MM 2014. `caffenet_rcnn` is
Caffe's bvlc_reference_rcnn_ilsvrc13, the detector of Girshick et al., CVPR 2014: its last layer is 200 SVMs.
"""

from __future__ import annotations

from typing import Any

from costcalc.spec import Tensor, architecture
from costcalc.zoo.alexnet import eight_layers, pool_then_normalize

CAFFE_NORM: dict[str, Any] = {"size": 5, "alpha": 1e-4, "beta": 0.75}  # k is 1


@architecture(
    year=2014,
    source="Caffe's bvlc_reference_caffenet",
    input=(3, 227, 227),
    networks={
        "caffenet": {},
        "caffenet_rcnn": {
            "classes": 200,
            "source": "Caffe's bvlc_reference_rcnn_ilsvrc13, after Girshick et al., CVPR 2014",
            "note": "The cost of one region; its last layer, fc-rcnn in Caffe, is 200 SVMs.",
        },
    },
)
def caffenet(x: Tensor, classes: int = 1000) -> Tensor:
    """(N, 3, 227, 227) -> logits (N, classes)."""
    return eight_layers(x, classes, groups=2, between=pool_then_normalize, norm=CAFFE_NORM)
