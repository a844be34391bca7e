"""How a torch module is read: `calls` of modules, `operations` that aten runs, and the `nodes` that they become."""
