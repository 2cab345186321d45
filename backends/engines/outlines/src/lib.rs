//! outlines-core, in process.
