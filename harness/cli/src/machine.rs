//! What the receipt says about the machine and about gonogo itself.

use std::{
    fs::File,
    hint::black_box,
    io::{self, Read},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use gonogo_core::{ContentHash, Hasher, Machine, Revision};
use sysinfo::System;

/// Bytes of a file that are read at once.
const PIECE: usize = 256 << 10;

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

/// How busy the machine is: the system's average over one minute of processes that run or wait to.
pub(crate) fn load() -> Option<f64> {
    System::load_average().ok().map(|load| load.one)
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
    let program = std::env::current_exe().and_then(|path| hash(&path)).ok();
    Revision {
        version: env!("CARGO_PKG_VERSION").into(),
        built_from: option_env!("GONOGO_BUILT_FROM").map(str::to_owned),
        sha256: program,
        commit: said(commit),
        dirty: said(changes).map(|changes| !changes.is_empty()),
        profile: if cfg!(debug_assertions) { "dev" } else { "release" }.into(),
    }
}

/// The address of a file. It is read in pieces, because memory for all of it takes longer to get than to read.
fn hash(path: &Path) -> io::Result<ContentHash> {
    let mut file = File::open(path)?;
    let (mut hasher, mut piece) = (Hasher::default(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.hash()),
            read => hasher.add(&piece[..read]),
        }
    }
}

/// A revision's program, in words: rows of different ones must not end up in one run.
pub(crate) fn build(revision: &Revision) -> String {
    let Revision { version, built_from, profile, sha256, .. } = revision;
    let from = built_from.as_deref().map(|commit| format!(" of {commit}")).unwrap_or_default();
    let hash = sha256.as_ref().map(|hash| format!(", sha256 {}", hash.short())).unwrap_or_default();
    format!("gonogo {version} ({profile} build{from}{hash})")
}
