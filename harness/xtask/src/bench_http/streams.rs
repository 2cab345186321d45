//! What many streams at a time take in memory.

use std::{
    fs,
    process::Child,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::{KEPT, load, measured::quantile, project::Project};

/// How often to look at the memory of the program.
const EVERY: Duration = Duration::from_millis(50);

/// So many streams of the sim's, a second between two events on average, all at a time.
pub(super) fn bench(project: &Project, streams: u32) -> Result<()> {
    eprintln!("== {streams} streams at a time, load {}", load());
    let (mut peak, mut looked) = (0, Instant::now());
    let measured = project.watched("slow", KEPT, streams, streams, |child| {
        if looked.elapsed() >= EVERY {
            looked = Instant::now();
            peak = resident(child).unwrap_or(peak).max(peak);
        }
    })?;
    let mut added = measured.added();
    let [p50, p99] = [0.5, 0.99].map(|share| quantile(&mut added, share));
    let most = measured.at_a_time();
    eprintln!(
        "{most} were under way at a time; resident memory {:.0} MiB at most, {:.0} KiB a stream; added latency p50 \
         {p50:.3} ms, p99 {p99:.3} ms; load {}",
        peak as f64 / 1024.0,
        peak as f64 / most.max(1) as f64,
        load()
    );
    Ok(())
}

/// The most memory that the process ever had resident, in KiB.
fn resident(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
