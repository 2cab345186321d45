//! What makes a process a good worker.
