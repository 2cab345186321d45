//! Everything that must hold before a change lands. Installs what the tests need first, so
//! that no test is skipped for want of a model or an engine.

use std::path::Path;

use anyhow::Result;

use crate::{
    step::{root, run, status, target},
    tidy,
};

/// Format, house rules, lints, programs, installed parts, recordings, engines' classes, tests.
pub(crate) fn check() -> Result<()> {
    run("cargo", &["fmt", "--all", "--check"])?;
    tidy::check()?;
    run("cargo", &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    licences()?;
    // The whole workspace at once: building fewer packages unifies features differently, and
    // the tests would then build the heavy dependencies a second time.
    run("cargo", &["build", "--workspace", "--all-targets", "--locked"])?;
    run(target("debug").join("gonogo"), &["setup", "--llama-server", "--tokenizers", "--examples"])?;
    run(target("debug").join("gonogo"), &["fixtures", "check"])?;
    baselines()?;
    run("cargo", &["test", "--workspace", "--locked", "--no-fail-fast"])?;
    pages()?;
    recordings()
}

/// What engines do with the hand-written corpus, against `fixtures/baselines`: worse fails. The limits are far beyond
/// what any of it takes, so that no class depends on how busy the machine is; the hostile schemas, whose classes are
/// made of limits, are left out, and so is outlines, which compiles for many minutes.
fn baselines() -> Result<()> {
    let out = target("baselines");
    let words = "masks check --engine llguidance --engine xgrammar --engine xgrammar-rs --except keywords/hostile/* \
                 --compile-limit 300 --mask-limit 120 --walks-limit 600 --out";
    let mut args: Vec<&str> = words.split_whitespace().collect();
    let out = out.to_string_lossy();
    args.push(&out);
    run(target("debug").join("gonogo"), &args)
}

/// The page in a real browser, which is no part of a machine with Rust and Python.
fn pages() -> Result<()> {
    let browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    if std::env::var_os("CHROMIUM").is_some() || browsers.iter().any(|path| Path::new(path).is_file()) {
        run("cargo", &["test", "--workspace", "--locked", "--test", "page", "--", "--ignored"])
    } else {
        eprintln!("NOT CHECKED: the page in a browser (install Chromium, or name one in CHROMIUM)");
        Ok(())
    }
}

/// Hundreds of recorded exchanges that are not part of the repository; the few that are have tests
/// of their own, which never depend on these.
fn recordings() -> Result<()> {
    if root().join("../shared").is_dir() {
        let named = ["samples", "read", "recheck"].map(|name| ["--test", name]).concat();
        run("cargo", &[&["test", "--workspace", "--locked"], &named[..], &["--", "--ignored"]].concat())
    } else {
        eprintln!("NOT CHECKED: the recordings of whole servers (there are none beside the repository)");
        Ok(())
    }
}

/// Licences and sources, where cargo-deny is installed; it is not part of a Rust toolchain.
fn licences() -> Result<()> {
    if status("cargo", &["deny", "--version"])?.success() {
        run("cargo", &["deny", "--all-features", "check", "bans", "licenses", "sources"])
    } else {
        eprintln!("NOT CHECKED: licences and sources (`cargo install cargo-deny` to check them)");
        Ok(())
    }
}
