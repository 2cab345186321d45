//! The tables of a comparison, each with the words that say how to read it.

mod differences;
mod keywords;
mod outcomes;
mod receipt;
mod times;
mod versus;

pub(super) use differences::{differences, examples as difference_examples};
pub(super) use keywords::keywords;
pub(super) use outcomes::{classes, declined, disputed, examples, splits};
pub(super) use receipt::{arms, facts};
pub(super) use times::{by_split, pairs, peaks, quantiles};
pub(super) use versus::{moved, versus};
