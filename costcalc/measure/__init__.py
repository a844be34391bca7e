"""THE TORCH MODEL UNDER TEST: run the peers on it, verify, time. Imports torch."""
