"""Loads the extension module at argv[1] and runs its entry point argv[2], by default serve."""

import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location

name, path = "gonogo_xgrammar", sys.argv[1]
spec = spec_from_file_location(name, path, loader=ExtensionFileLoader(name, path))
module = module_from_spec(spec)
spec.loader.exec_module(module)
getattr(module, *(sys.argv[2:] or ["serve"]))()
