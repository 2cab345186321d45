//! What the example of a mask worker needs: an engine in pure Python, in an environment of its own.

use std::{fs, path::PathBuf, process::Command};

use miette::{IntoDiagnostic, Result, miette};

use super::{SetupArgs, checked, make_venv, pip_install};
use crate::{home::Home, ui::Ui};

/// The pinned packages.
const REQUIREMENTS: &str = include_str!("../../../../../backends/examples/requirements.txt");

/// Loads the engine, and prints its version.
const PROBE: &str = "import logging; logging.disable()
import importlib.metadata as m, lmformatenforcer; print(m.version('lm-format-enforcer'))";

fn python(home: &Home) -> PathBuf {
    home.path().join("examples/bin/python")
}

/// Whether the environment can load the engine, in the version that is pinned.
pub(super) fn state(home: &Home) -> std::result::Result<String, String> {
    let python = python(home);
    let output = Command::new(&python)
        .args(["-c", PROBE])
        .output()
        .map_err(|error| format!("{}: {error}", python.display()))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(stderr.lines().last().unwrap_or("it cannot be loaded").to_owned());
    }
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let pinned = format!("lm-format-enforcer=={version}");
    if REQUIREMENTS.lines().any(|line| line == pinned) {
        Ok(format!("lm-format-enforcer {version} in {}", home.path().join("examples").display()))
    } else {
        Err(format!("lm-format-enforcer {version} is there, and another one is wanted"))
    }
}

/// Makes the environment and installs the packages.
pub(super) fn install(args: &SetupArgs, home: &Home, ui: Ui) -> Result<()> {
    ui.note("installing lm-format-enforcer and what it imports (4 MB) into a virtual environment");
    make_venv(args, &home.path().join("examples"))?;
    let requirements = home.path().join("examples/requirements.txt");
    fs::write(&requirements, REQUIREMENTS).into_diagnostic()?;
    let mut pip = pip_install(&python(home));
    pip.arg("--requirement").arg(&requirements);
    checked(pip, "pip install", "check the network")?;
    state(home).map(drop).map_err(|problem| {
        miette!(
            help = "remove the .gonogo folder and run `gonogo setup --examples` again",
            "lm-format-enforcer does not load: {problem}"
        )
    })
}
