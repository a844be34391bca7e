"""THE TORCH MODEL UNDER TEST: run the peers on it, verify, time. Every file except `results` imports torch."""

import logging

# imported by torch.utils.benchmark, it warns of a missing CUDA toolkit, which is not needed here
logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
