"""ONE PAPER'S FORMULA = ONE FILE: counts as a paper makes them, op by op."""
