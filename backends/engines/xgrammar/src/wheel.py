"""Loads XGrammar's native library out of its wheel without importing the package.

Importing xgrammar imports torch and transformers, which mask computation does not need. A bare
package object in its place lets the binding modules be imported alone.
"""

import importlib.util
import platform
import sys
import types

spec = importlib.util.find_spec("xgrammar")
if spec is None:
    raise ImportError("no module named xgrammar; run gonogo setup to install it")
package = types.ModuleType("xgrammar")
package.__path__ = list(spec.submodule_search_locations)
package.__spec__ = spec
sys.modules["xgrammar"] = package

import numpy  # noqa: E402
import tvm_ffi  # noqa: E402
import xgrammar.load_binding  # noqa: E402, F401  registers the native types
import xgrammar.exception  # noqa: E402, F401  registers the typed errors
from xgrammar._version import version  # noqa: E402, F401
from xgrammar.base import _core as core  # noqa: E402, F401

python = f"{platform.python_implementation()} {platform.python_version()}"


def mask(words):
    """A mask of this many 32-bit words: its bytes, and the tensor that XGrammar fills."""
    data = bytearray(4 * words)
    array = numpy.frombuffer(data, dtype=numpy.int32).reshape(1, words)
    return data, tvm_ffi.from_dlpack(array)
