//! What a run of ours shows: read from its journal and its receipt.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// One run.
pub(super) struct Measured {
    /// Its rows.
    rows: Vec<Value>,
    /// Attempts a second, from the first one's start until the last row was on the disk.
    pub(super) rate: f64,
    /// Attempts a second of the whole program's life.
    pub(super) whole: f64,
}

impl Measured {
    /// Reads the run in this folder, whose program lived so many seconds.
    pub(super) fn read(run: &Path, lived: f64) -> Result<Self> {
        let journal = fs::read_to_string(run.join("attempts.jsonl"))?;
        let rows: Vec<Value> = journal.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let passed = rows.iter().filter(|row| row["outcome"]["kind"] == "passed").count();
        ensure!(passed == rows.len() && passed > 0, "{passed} of {} attempts passed", rows.len());
        let receipt: Value = serde_json::from_slice(&fs::read(run.join("run.json"))?)?;
        let started = rows.iter().filter_map(|row| seconds(row["started"].as_str()?));
        let started = started.fold(f64::INFINITY, f64::min);
        let finished = receipt["finished"].as_str().and_then(seconds).context("the run has no end")?;
        // Past midnight the clock begins anew.
        let took = (finished - started).rem_euclid(86_400.0);
        let n = rows.len() as f64;
        Ok(Self { rows, rate: n / took, whole: n / lived })
    }

    /// What each attempt took beyond what the server says of itself, in milliseconds.
    pub(super) fn added(&self) -> Vec<f64> {
        let added = |row: &Value| {
            let timings = &row["timings"];
            Some((timings["total"].as_f64()? - timings["server"]["total"].as_f64()?) / 1e6)
        };
        self.rows.iter().filter_map(added).collect()
    }

    /// What each attempt took, in milliseconds.
    pub(super) fn totals(&self) -> Vec<f64> {
        self.rows.iter().filter_map(|row| Some(row["timings"]["total"].as_f64()? / 1e6)).collect()
    }

    /// Pieces of an answer, as the server counts them.
    pub(super) fn pieces(&self) -> Option<u64> {
        self.rows.first()?["tokens"]["completion"].as_u64()
    }

    /// The most attempts that were under way at a time.
    pub(super) fn at_a_time(&self) -> usize {
        let mut turns: Vec<(f64, i64)> = Vec::new();
        for row in &self.rows {
            let total = row["timings"]["total"].as_f64().map(|nanos| nanos / 1e9);
            let Some((start, total)) = row["started"].as_str().and_then(seconds).zip(total) else { continue };
            turns.extend([(start, 1), (start + total, -1)]);
        }
        turns.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut now, mut most) = (0_i64, 0);
        for (_, turn) in turns {
            now += turn;
            most = most.max(now);
        }
        usize::try_from(most).unwrap_or_default()
    }
}

/// Seconds since midnight of a time in RFC 3339, UTC.
fn seconds(stamp: &str) -> Option<f64> {
    let mut parts = stamp.split_once('T')?.1.trim_end_matches('Z').split(':');
    let mut part = || parts.next()?.parse::<f64>().ok();
    Some(part()? * 3600.0 + part()? * 60.0 + part()?)
}

/// The value below which this share of them lies; sorts them.
pub(super) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}

/// Seconds of processor that programs have used which this one has started and waited for; 0 where the system does
/// not say.
pub(super) fn cpu() -> f64 {
    /// Of the fields behind the program's name: user and system time of children, in ticks.
    const CHILDREN: [usize; 2] = [13, 14];
    /// Ticks a second, on every Linux there is.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = CHILDREN.iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}

#[cfg(test)]
mod tests {
    use super::{quantile, seconds};

    #[test]
    fn times_of_day_are_seconds_and_quantiles_are_values() {
        assert_eq!(seconds("2026-01-02T03:04:05.500Z"), Some(11_045.5));
        assert_eq!(seconds("yesterday"), None);
        let mut values = [5.0, 1.0, 3.0];
        assert_eq!([0.0, 0.5, 1.0].map(|share| quantile(&mut values, share)), [1.0, 3.0, 5.0]);
    }
}
