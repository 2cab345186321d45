//! The llama.cpp server that tests run against: a wheel without dependencies, in an environment of
//! its own.

use std::process::Command;

use miette::{Result, miette};

use super::{SetupArgs, checked, make_venv, pip_install};
use crate::{home::Home, ui::Ui};

/// The pinned wheel. It has llguidance compiled in.
const WHEEL: &str = "xllamacpp==2026.10.11549";

/// Loads the server, and prints its version.
const PROBE: &str =
    "import importlib.metadata as m, xllamacpp; xllamacpp.Server; print(m.version('xllamacpp'))";

/// Whether the environment can load the server, in the version that is pinned.
pub(super) fn state(home: &Home) -> std::result::Result<String, String> {
    let python = home.llama_server().join("bin/python");
    let output = Command::new(&python)
        .args(["-c", PROBE])
        .output()
        .map_err(|error| format!("{}: {error}", python.display()))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(stderr.lines().last().unwrap_or("it cannot be loaded").to_owned());
    }
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if WHEEL.ends_with(&format!("=={version}")) {
        Ok(format!("{version} in {}", home.llama_server().display()))
    } else {
        Err(format!("version {version} is there, and {WHEEL} is wanted"))
    }
}

/// Makes the environment and installs the wheel.
pub(super) fn install(args: &SetupArgs, home: &Home, ui: Ui) -> Result<()> {
    ui.note(&format!("installing a llama.cpp server ({WHEEL}, 34 MB)"));
    make_venv(args, &home.llama_server())?;
    let mut pip = pip_install(&home.llama_server().join("bin/python"));
    pip.arg(WHEEL);
    checked(pip, "pip install", "check the network")?;
    state(home).map(drop).map_err(|problem| {
        miette!(
            help = "remove the .gonogo folder and run `gonogo setup --llama-server` again",
            "the llama.cpp server does not load: {problem}"
        )
    })
}
