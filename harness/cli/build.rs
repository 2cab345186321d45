//! Which commit this program is built from, for its receipts: the folder it later runs in may be
//! at another one.

use std::process::Command;

/// What the program is made of, from this package's folder.
const SOURCES: [&str; 4] = ["../../harness", "../../backends", "../../Cargo.toml", "../../Cargo.lock"];

fn main() {
    // Changes with every commit and checkout; absent outside a repository, where it is not watched.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]);
    for watched in SOURCES.iter().copied().chain(log.as_deref()) {
        println!("cargo::rerun-if-changed={watched}");
    }
    let mut status = vec!["status", "--porcelain", "--"];
    status.extend(SOURCES);
    // Another repository around an unpacked archive knows nothing of these sources.
    let root = std::fs::canonicalize("../..").ok();
    let ours = root.is_some() && git(&["rev-parse", "--show-toplevel"]).map(Into::into) == root;
    let mut version = env!("CARGO_PKG_VERSION").to_owned();
    if let (true, Some(commit), Some(changes)) = (ours, git(&["rev-parse", "HEAD"]), git(&status)) {
        let dirty = if changes.is_empty() { "" } else { "-dirty" };
        println!("cargo::rustc-env=GONOGO_BUILT_FROM={commit}{dirty}");
        version += &format!(" ({}{dirty})", commit.get(..12).unwrap_or(&commit));
    }
    println!("cargo::rustc-env=GONOGO_VERSION={version}");
}

/// What git says here, if there is a git and a repository.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
