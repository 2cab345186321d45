//! The mask worker: one engine, no model.
