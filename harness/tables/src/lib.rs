//! Tables and plots, whatever they are about: figures with their denominators, and how people and
//! programs get them as Markdown, CSV, JSON and SVG.
//!
//! Nothing here computes a figure, or reads a file, a clock or a terminal.

pub mod csv;
pub mod ecdf;
pub mod forest;
pub mod format;
pub mod json;
pub mod markdown;
pub mod nights;
pub mod plot;
pub mod table;

pub use table::{Cell, Row, Table, Unit};
