//! Everything a person reads about a run, as a pure function of its rows and its receipt.
//!
//! [`Report`] computes every figure once, as typed [`Table`]s; Markdown, CSV, JSON and plots render
//! those tables and compute nothing. [`gate`](gate()) turns the same rows into a [`Verdict`] under a
//! [`Policy`]. Nothing here reads a file, a clock or a terminal.

mod blame;
mod caveats;
mod censored;
mod cost;
mod csv;
mod discordant;
mod examples;
mod failures;
mod gate;
mod json;
mod junit;
mod latency;
mod markdown;
mod phases;
mod plot;
mod receipt;
mod report;
mod rows;
mod span;
mod steps;
mod success;
mod summary;
mod tries;

pub use blame::{Blame, Broke, Complaint, ControlRate, Instructive, Party};
pub use examples::Example;
pub use gate::{
    ArmVerdict, Attrition, Blocker, Cause, Check, EngineName, GateResult, Infrastructure, Level,
    LevelVerdict, Need, Policy, PolicyError, ProbeReport, Recheck, Threshold, Verdict, gate,
    gate_with_probes,
};
pub use gonogo_tables::{Cell, Row, Table, Unit};
pub use junit::junit;
pub use markdown::MarkdownOptions;
pub use plot::plots;
pub use report::Report;
pub use span::span;

use gonogo_tables::{format, table};

/// Version of the JSON and CSV documents; `reports/report.schema.json` describes this one.
pub const FORMAT: u32 = 1;
