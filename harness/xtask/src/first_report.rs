//! The main job on a fresh machine: from nothing to a report and a verdict.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::step::{self, PROGRAMS, status, target};

/// The policy that the report and the verdict are by.
const POLICY: &str = "reports/policies/migration.toml";

/// Where the report goes, and that of the ladder.
const REPORT: &str = "reports/first-report/report.md";
const LADDER: &str = "reports/ladder/report.md";

/// Builds, installs, runs, reports, decides. Ends well whatever the verdict is: a NO-GO is an
/// answer, and its exit code is printed.
pub(crate) fn make() -> Result<()> {
    build()?;
    let gonogo = target("release").join("gonogo");
    step::run(&gonogo, &["setup"])?;
    step::run(&gonogo, &["suites", "check"])?;
    step::run(&gonogo, &["run", "--seed", "7", "--name", "first-report"])?;
    step::run(&gonogo, &["report", "first-report", "--policy", POLICY, "--output", REPORT])?;
    let verdict = status(&gonogo, &["gate", "first-report", "--policy", POLICY])?;
    ensure!(matches!(verdict.code(), Some(0 | 1 | 3)), "the gate could not run");
    climb(&gonogo)?;
    eprintln!("\nthe report:       {REPORT}\none case, 5 rungs: {LADDER}");
    Ok(())
}

/// One case at every rung of the ladder: at which schema does each arm begin to fail?
fn climb(gonogo: &Path) -> Result<()> {
    let mut args = vec!["run", "rust", "--case", "simple-addition", "--seed", "7", "--name", "ladder"];
    for rung in ["minimal", "flat", "nested", "faithful", "bounded"] {
        args.extend(["--rung", rung]);
    }
    step::run(gonogo, &args)?;
    step::run(gonogo, &["report", "ladder", "--output", LADDER])
}

fn build() -> Result<()> {
    // The timings say which dependency the first report waited for.
    let mut args = vec!["build", "--release", "--locked", "--timings"];
    args.extend(PROGRAMS);
    step::run("cargo", &args)
}
