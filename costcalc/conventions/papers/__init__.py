"""ONE PAPER'S FORMULA = ONE FILE: a paper's count, op by op."""
