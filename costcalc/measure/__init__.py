"""THE TORCH MODEL UNDER TEST: run the peers on it, verify, time. All but `results` imports torch."""

import logging

# torch.utils.benchmark makes it warn of a missing CUDA toolkit, which nothing here needs
logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
