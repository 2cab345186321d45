//! What success, waiting and cost would have been, had the client acted otherwise on the answers of a run:
//! tried again, asked another arm, asked without a constraint and validated, or asked another arm for another
//! language or step.
//!
//! Nothing is asked again. A [`Strategy`] says whom to ask and when to go on; [`what_if`] follows it through
//! the recorded tries, case by case and repeat by repeat, so that what is hard for one arm is as hard as it was
//! for the other. What really happened in this order and what was put together from several attempts are told
//! apart, and where a strategy asks for an answer that nobody recorded the attempt stays open: it bounds the
//! success from both sides instead of being guessed. Pure: rows and receipt in, tables out.

mod answers;
mod compose;
mod render;
mod result;
mod strategy;

pub use compose::{Composed, Open};
pub use result::{Line, Spread, WhatIf, what_if};
pub use strategy::{Call, Fault, Outcomes, Route, Strategies, Strategy, When};

/// Version of the JSON document.
pub const FORMAT: u32 = 1;
