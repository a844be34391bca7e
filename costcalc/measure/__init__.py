"""THE TORCH MODEL UNDER TEST: run the peers on it, verify, time. All but `results` imports torch."""

import logging
import os

# torch.utils.benchmark makes it warn of a missing CUDA toolkit, which nothing here needs
logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
os.environ.setdefault("KINETO_LOG_LEVEL", "5")  # torch.profiler tells of its own start, and of a GPU that is not there
