//! Engines compared mask by mask, without a model: what a trial is, how it came out, what it took.
//!
//! A *subject* is one schema with its instances cut into tokens; an *arm* is an engine in one
//! configuration; a *trial* is one subject on one arm. The worker's word on a trial is a [`Record`],
//! kept before anything judges it; [`judge`] turns subject and record into exactly one [`Class`].
//! Nothing here reads a file, a clock or a process.

mod arm;
mod class;
mod difference;
mod judge;
mod ratchet;
mod receipt;
mod record;
mod report;
mod shrink;
mod subject;
mod survey;
pub mod tables;
mod trials;

pub use arm::{Arm, Configuration, matched_options};
pub use class::{Blame, Class};
pub use difference::{Difference, Finding, Questioned};
pub use judge::{InstanceVerdict, Judged, Treatment, judge};
pub use ratchet::{Baseline, BaselineOf, Change, Ratchet};
pub use receipt::{CorpusFacts, Left, SurveyPlan, SurveyReceipt, TokenizerFacts};
pub use record::{Ending, Record, Respelled, Try};
pub use report::{Agreement, ArmReport, BetweenMasks, FORMAT, Headline, Peak, Report, Row, records, rows};
pub use shrink::{Sample, Shrunk, shrink};
pub use subject::{Breach, Subject, SubjectInstance, Truth};
pub use survey::{Limits, Survey};
