//! What the system says of a worker: its memory, and whether it computes at all.
//!
//! Linux says it in `/proc`; elsewhere nothing is known, memory has no limit but the address space that a
//! worker sets itself, and a record has no peak.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What resets a process' peak to what it has now: proc(5), `clear_refs`.
const RESET_PEAK: &[u8] = b"5";

/// Where one process is described.
#[derive(Debug)]
pub(crate) struct Vitals {
    status: PathBuf,
    stat: PathBuf,
    clear_refs: PathBuf,
}

/// Memory of a process, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Resident now.
    pub(crate) now: u64,
    /// The most since the last reset.
    pub(crate) peak: u64,
}

impl Vitals {
    /// Of the process `pid`.
    pub(crate) fn of(pid: u32) -> Self {
        let folder = Path::new("/proc").join(pid.to_string());
        Self {
            status: folder.join("status"),
            stat: folder.join("stat"),
            clear_refs: folder.join("clear_refs"),
        }
    }

    /// Its memory; `None` where the system does not say, or the process is gone.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let status = fs::read_to_string(&self.status).ok()?;
        Some(Memory { now: kibibytes(&status, "VmRSS:")?, peak: kibibytes(&status, "VmHWM:")? })
    }

    /// Makes the peak what is resident now; false where the system cannot.
    pub(crate) fn reset_peak(&self) -> bool {
        fs::write(&self.clear_refs, RESET_PEAK).is_ok()
    }

    /// Clock ticks that it has computed for, over all its threads.
    pub(crate) fn ticks(&self) -> Option<u64> {
        let stat = fs::read_to_string(&self.stat).ok()?;
        // The second field is the program's name in parentheses, with whatever characters it has.
        let (_, fields) = stat.rsplit_once(')')?;
        let ticks = |nth| fields.split_ascii_whitespace().nth(nth)?.parse::<u64>().ok();
        Some(ticks(11)? + ticks(12)?)
    }
}

/// The figure behind `name` in a status file, as bytes.
fn kibibytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Vitals;

    #[test]
    fn a_peak_is_seen_after_it_is_over_and_a_reset_forgets_it() {
        const HOARD: u64 = 96 << 20;
        let me = Vitals::of(std::process::id());
        assert!(me.reset_peak());
        let before = me.memory().unwrap();
        drop(std::hint::black_box(vec![1_u8; usize::try_from(HOARD).unwrap()]));
        let after = me.memory().unwrap();
        assert!(after.peak >= before.now + HOARD / 2, "{before:?} {after:?}");
        assert!(me.reset_peak());
        assert!(me.memory().unwrap().peak < after.peak);
        assert!(me.ticks().is_some());
        assert!(Vitals::of(u32::MAX).memory().is_none());
    }
}
