//! Everything that must hold before a change lands. Installs what the tests need first, so
//! that no test is skipped for want of a model or an engine.

use anyhow::Result;

use crate::{
    step::{self, PROGRAMS, target},
    tidy,
};

/// Format, house rules, lints, programs, installed parts, tests.
pub(crate) fn run() -> Result<()> {
    step::run("cargo", &["fmt", "--all", "--check"])?;
    tidy::run()?;
    step::run("cargo", &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    let mut build = vec!["build", "--locked"];
    build.extend(PROGRAMS);
    step::run("cargo", &build)?;
    step::run(target("debug").join("gonogo"), &["setup"])?;
    step::run("cargo", &["test", "--workspace", "--locked", "--no-fail-fast"])
}
