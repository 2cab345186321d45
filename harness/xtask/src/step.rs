//! Running other programs, each announced before it starts and timed.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::Instant,
};

use anyhow::{Context, Result, ensure};

/// The crates that have programs a user runs: the harness, its workers, its Parquet writer.
pub(crate) const PROGRAMS: [&str; 10] = [
    "-p",
    "gonogo",
    "-p",
    "gonogo-worker",
    "-p",
    "gonogo-masker",
    "-p",
    "gonogo-xgrammar",
    "-p",
    "gonogo-parquet",
];

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The folder of built programs of this profile.
pub(crate) fn target(profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join(profile)
}

/// Runs `program` in the workspace's folder; anything but success is an error.
pub(crate) fn run(program: impl AsRef<Path>, args: &[&str]) -> Result<()> {
    let status = status(program.as_ref(), args)?;
    ensure!(status.success(), "`{} {}` failed: {status}", program.as_ref().display(), args.join(" "));
    Ok(())
}

/// Runs `program` and leaves its exit status to the caller.
pub(crate) fn status(program: impl AsRef<Path>, args: &[&str]) -> Result<ExitStatus> {
    let program = program.as_ref();
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    eprintln!("\n=== {name} {}", args.join(" "));
    let start = Instant::now();
    let status = Command::new(program)
        .args(args)
        .current_dir(root())
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    eprintln!("=== {name}: {status}, {:.0} s", start.elapsed().as_secs_f64());
    Ok(status)
}
