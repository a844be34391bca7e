"""Handlers of aten operations. ONE FAMILY OF OPERATIONS = ONE FILE; dropping a file in is all there is to do."""

from importlib import import_module
from pkgutil import iter_modules

for family in iter_modules(__path__):
    import_module(f"{__name__}.{family.name}")
