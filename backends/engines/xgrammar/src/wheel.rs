//! XGrammar's native interface, taken out of its wheel.

use pyo3::{
    prelude::*,
    types::{PyByteArray, PyModule},
};

/// The module that loads the wheel.
const WHEEL: &std::ffi::CStr =
    match std::ffi::CStr::from_bytes_with_nul(concat!(include_str!("wheel.py"), "\0").as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("wheel.py holds a NUL"),
    };

/// XGrammar, loaded.
pub(crate) struct Wheel {
    module: Py<PyModule>,
    /// `xgrammar.base._core`: the classes behind XGrammar's Python interface.
    pub(crate) core: Py<PyAny>,
    /// The library's version.
    pub(crate) version: String,
    /// The interpreter's version.
    pub(crate) python: String,
}

impl Wheel {
    /// Loads the wheel of the running interpreter.
    pub(crate) fn load(py: Python<'_>) -> PyResult<Self> {
        let module = PyModule::from_code(py, WHEEL, c"wheel.py", c"gonogo_wheel")?;
        let core = module.getattr("core")?.unbind();
        let version = module.getattr("version")?.extract()?;
        let python = module.getattr("python")?.extract()?;
        Ok(Self { module: module.unbind(), core, version, python })
    }

    /// Room for one mask of `words` 32-bit words, which XGrammar writes and Rust reads.
    pub(crate) fn room(&self, py: Python<'_>, words: usize) -> PyResult<Room> {
        let (bytes, tensor) = self.module.bind(py).getattr("mask")?.call1((words,))?.extract()?;
        Ok(Room { bytes, tensor })
    }
}

/// Memory of one mask, owned by Python.
pub(crate) struct Room {
    /// The memory.
    pub(crate) bytes: Py<PyByteArray>,
    /// The same memory as the tensor XGrammar takes.
    pub(crate) tensor: Py<PyAny>,
}

impl Room {
    /// Another handle on the same memory.
    pub(crate) fn share(&self, py: Python<'_>) -> Self {
        Self { bytes: self.bytes.clone_ref(py), tensor: self.tensor.clone_ref(py) }
    }
}
