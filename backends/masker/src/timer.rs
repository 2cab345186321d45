//! What reading the clock costs.

use std::time::Instant;

use gonogo_core::Nanos;

/// Intervals that are timed. Odd, so that one of them is the median.
const INTERVALS: usize = 1001;

/// The median length of an interval without anything in it: what every clock of the walk holds on
/// top of what it times.
#[must_use]
pub fn empty_interval() -> Nanos {
    let mut intervals: Vec<u64> = (0..INTERVALS)
        .map(|_| {
            let began = Instant::now();
            nanos(began, Instant::now())
        })
        .collect();
    intervals.sort_unstable();
    Nanos(intervals.get(INTERVALS / 2).copied().unwrap_or_default())
}

/// Whole nanoseconds from `began` to `ended`.
pub(crate) fn nanos(began: Instant, ended: Instant) -> u64 {
    u64::try_from(ended.saturating_duration_since(began).as_nanos()).unwrap_or(u64::MAX)
}
