"""ONE COUNTING TOOL = ONE FILE: its rules, op by op, each with the function of the tool's source that it mirrors."""
