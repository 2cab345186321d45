//! Reads suites from their folders and checks that they say what they mean.
//!
//! Three steps, each usable alone:
//!
//! 1. [`discover`] lists the suites under a folder; [`load`] reads one.
//! 2. [`parse`] does the same from bytes and a [`Files`], without touching a disk. Every fault
//!    is a [`Problem`] with file, line, column and the place underlined; all faults of a file
//!    are reported at once.
//! 3. [`check`] asks a judge whether every reference answer is judged as the suite declares.
//!    It is pure, and the judge comes in as a closure.
//!
//! The format is described for people in `suites/FORMAT.md` and for editors in
//! `suites/suite.schema.json`.

mod answer;
mod assertion;
mod case;
mod check;
mod constraint;
mod dialect;
mod error;
mod fields;
mod finding;
mod folder;
mod hash;
mod json;
mod parse;
mod placeholder;
mod reader;
mod rung;
mod spec;
mod step;
mod task;
mod value;

pub use check::check;
pub use error::{Problem, SuiteError};
pub use finding::{Finding, Place, Severity};
pub use folder::{SuiteEntry, discover, load};
pub use parse::{Source, parse};
pub use reader::Files;
pub use spec::{TABLES, TableSpec};
