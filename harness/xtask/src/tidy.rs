//! Rules of the house that neither rustfmt nor clippy knows.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::step::root;

/// Lines a hand-written Rust file may have.
const FILE_CAP: usize = 600;

/// Folders and files the top level may have; dot-files are free.
const TOP_LEVEL: [&str; 17] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "METHODOLOGY.md",
    "README.md",
    "backends",
    "clippy.toml",
    "deny.toml",
    "fixtures",
    "gonogo.toml",
    "harness",
    "reports",
    "results",
    "rustfmt.toml",
    "suites",
];

/// File names that tell a reader nothing.
const EMPTY_NAMES: [&str; 6] = ["common.rs", "helpers.rs", "imp.rs", "types.rs", "util.rs", "utils.rs"];

/// Checks every tracked file and prints each breach.
pub(crate) fn check() -> Result<()> {
    let files = tracked()?;
    let mut breaches = Vec::new();
    for file in &files {
        top_level(file, &mut breaches);
        if file.extension().is_some_and(|extension| extension == "rs") {
            rust_file(file, &mut breaches)?;
        }
    }
    readme(&mut breaches)?;
    core_has_no_io(&files, &mut breaches)?;
    for breach in &breaches {
        eprintln!("tidy: {breach}");
    }
    if breaches.is_empty() { Ok(()) } else { bail!("{} breaches of the house rules", breaches.len()) }
}

/// Files git knows, without those removed from disk.
fn tracked() -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .context("cannot run git")?;
    let names = String::from_utf8(output.stdout).context("git printed a name that is not UTF-8")?;
    Ok(names.lines().map(PathBuf::from).filter(|file| root().join(file).is_file()).collect())
}

fn top_level(file: &Path, breaches: &mut Vec<String>) {
    let first = file.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let Some(first) = first else { return };
    if !first.starts_with('.') && !TOP_LEVEL.contains(&first.as_str()) {
        breaches.push(format!("{}: the top level is fixed; put it into one of its folders", file.display()));
    }
}

fn rust_file(file: &Path, breaches: &mut Vec<String>) -> Result<()> {
    let text = fs::read_to_string(root().join(file)).with_context(|| file.display().to_string())?;
    let lines = text.lines().count();
    if lines > FILE_CAP {
        breaches.push(format!(
            "{}: {lines} lines, the cap is {FILE_CAP}; split it by what it holds",
            file.display()
        ));
    }
    if !text.starts_with("//!") {
        breaches.push(format!("{}: it does not open with its purpose (`//!`)", file.display()));
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    if EMPTY_NAMES.contains(&&*name) {
        breaches.push(format!("{}: name it after what it holds", file.display()));
    }
    for (number, line) in text.lines().enumerate() {
        // Spelled apart, so that this file does not breach its own rule.
        if ["TO", "FIX"].iter().zip(["DO", "ME"]).any(|(a, b)| line.contains(&format!("{a}{b}"))) {
            breaches.push(format!("{}:{}: a promise; file an issue instead", file.display(), number + 1));
        }
    }
    Ok(())
}

/// The README is one screen and a bit.
fn readme(breaches: &mut Vec<String>) -> Result<()> {
    const CAP: usize = 150;
    let lines = fs::read_to_string(root().join("README.md")).context("README.md")?.lines().count();
    if lines > CAP {
        breaches.push(format!("README.md: {lines} lines, the cap is {CAP}"));
    }
    Ok(())
}

/// Invariant 3: the pure crates read no file, clock, environment or socket, and draw no seed.
fn core_has_no_io(files: &[PathBuf], breaches: &mut Vec<String>) -> Result<()> {
    const PURE: [&str; 11] = [
        "harness/core/src",
        "harness/judge/src",
        "harness/stats/src",
        "harness/tables/src",
        "harness/report/src",
        "harness/masks/src",
        "backends/api/src",
        "backends/dialects/src",
        "backends/protocol/src",
        "backends/engines/api/src",
        "backends/engines/llguidance/src",
    ];
    for file in files.iter().filter(|file| PURE.iter().any(|folder| file.starts_with(folder))) {
        let text = fs::read_to_string(root().join(file)).with_context(|| file.display().to_string())?;
        for word in impurities(&text) {
            breaches.push(format!("{}: {word} in a pure crate", file.display()));
        }
    }
    Ok(())
}

/// What a source reaches for that a pure crate must not, whichever way it spells the import.
fn impurities(source: &str) -> Vec<String> {
    const MODULES: [&str; 4] = ["env", "fs", "net", "process"];
    const CALLS: [&str; 3] = ["Instant::now", "SystemTime::now", "fastrand::Rng::new()"];
    let text: String = source.chars().filter(|c| !c.is_whitespace()).collect();
    let mut found: Vec<String> =
        CALLS.iter().filter(|call| text.contains(**call)).map(|call| format!("`{call}`")).collect();
    let mut reaches = |path: &str| {
        let first = path.split("::").next().unwrap_or_default();
        if MODULES.contains(&first) {
            found.push(format!("`std::{first}`"));
        }
    };
    for after in text.split("std::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => list.split("};").next().unwrap_or_default().split(',').for_each(&mut reaches),
            None => reaches(
                after
                    .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                    .next()
                    .unwrap_or_default(),
            ),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::impurities;

    #[test]
    fn every_spelling_of_an_impure_import_is_seen() {
        for source in [
            "use std::fs;",
            "use std::{\n    collections::BTreeMap,\n    fs::{self, File},\n};",
            "let now = std::time::Instant::now();",
            "std::env::var(\"HOME\")",
            "use std::{net, fmt};",
        ] {
            assert_eq!(impurities(source).len(), 1, "{source}");
        }
        assert!(
            impurities("use std::{collections::BTreeMap, fmt, time::Duration};\nuse crate::fs_names;")
                .is_empty()
        );
    }
}
