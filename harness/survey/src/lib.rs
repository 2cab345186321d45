//! Drives mask workers over a corpus and keeps what they say.
//!
//! A lane is a thread with one worker process for each arm. It takes subjects one by one and makes a trial of
//! each on every arm, in an order that the seed gives, so that arms are interleaved. Workers are watched from
//! outside: limits by the supervisor's own clock, memory and signs of life in `/proc`. What takes a worker down
//! is a record like any other, and the survey goes on.

mod compare;
mod drive;
mod folder;
mod lane;
mod launch;
mod order;
mod pipe;
mod question;
mod respell;
mod stage;
mod station;
mod subjects;
mod trial;
mod validity;
mod vitals;
mod whole;
mod worker;

pub use drive::{Come, Drive, DriveError, News, Opened, open};
pub use folder::{ArmReady, Comparison, Journals, SurveyDir};
pub use launch::{Launch, StartError};
pub use order::shuffle;
pub use station::{Entrant, Station};
pub use subjects::{Subjects, subjects};
pub use validity::{Kept, validity};
