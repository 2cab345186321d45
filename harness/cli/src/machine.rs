//! What the receipt says about the machine and about gonogo itself.

use std::{
    hint::black_box,
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use gonogo_core::{ContentHash, Machine, Revision};
use sysinfo::System;

/// The machine this runs on. What the system does not tell is left empty, never guessed.
pub(crate) fn machine() -> Machine {
    let mut system = System::new().ok();
    if let Some(system) = &mut system {
        system.refresh_memory();
        system.refresh_cpu_all();
    }
    let cpu = system.as_ref().and_then(|system| Some(system.cpus().first()?.brand().trim().to_owned()));
    Machine {
        os: System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.into()),
        cpu: cpu.unwrap_or_default(),
        cores: std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX)),
        memory_bytes: system.map(|system| system.total_memory()).unwrap_or_default(),
        clock_ns: clock_ns(),
    }
}

/// Mean cost of one reading of the monotonic clock, in nanoseconds.
fn clock_ns() -> u64 {
    const READINGS: u32 = 10_000;
    let start = Instant::now();
    for _ in 0..READINGS {
        black_box(Instant::now());
    }
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX) / u64::from(READINGS)
}

/// The version and origin of this binary, and the commit of the tree that its suites and
/// configuration came from.
pub(crate) fn revision(project: &Path) -> Revision {
    let asked = |args: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(project).args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()
    };
    let said = |git: Option<Child>| {
        let output = git?.wait_with_output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // Both at once, and the program hashed meanwhile: a replay takes no longer than these.
    let (commit, changes) = (asked(&["rev-parse", "HEAD"]), asked(&["status", "--porcelain"]));
    let program = std::env::current_exe().and_then(std::fs::read).ok();
    Revision {
        version: env!("CARGO_PKG_VERSION").into(),
        built_from: option_env!("GONOGO_BUILT_FROM").map(str::to_owned),
        sha256: program.map(|program| ContentHash::of(&program)),
        commit: said(commit),
        dirty: said(changes).map(|changes| !changes.is_empty()),
        profile: if cfg!(debug_assertions) { "dev" } else { "release" }.into(),
    }
}

/// A revision's program, in words: rows of different ones must not end up in one run.
pub(crate) fn build(revision: &Revision) -> String {
    let Revision { version, built_from, profile, sha256, .. } = revision;
    let from = built_from.as_deref().map(|commit| format!(" of {commit}")).unwrap_or_default();
    let hash = sha256.as_ref().map(|hash| format!(", sha256 {}", hash.short())).unwrap_or_default();
    format!("gonogo {version} ({profile} build{from}{hash})")
}
