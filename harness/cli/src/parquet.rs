//! `attempts.parquet`, written by the program that links polars.

use std::{
    io,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use gonogo_store::RunDir;

use crate::{arm, ui::Ui};

/// Derives the Parquet file of a complete run.
pub(crate) fn derive(dir: &RunDir, ui: Ui) {
    Deriving::start(dir).finish(ui);
}

/// The Parquet file of a complete run, being derived while the run is shown.
pub(crate) struct Deriving {
    program: PathBuf,
    child: io::Result<Child>,
}

impl Deriving {
    /// Starts the program. The journal has to be complete.
    pub(crate) fn start(dir: &RunDir) -> Self {
        let program = arm::beside("GONOGO_PARQUET", "gonogo-parquet");
        let child = Command::new(&program)
            .arg(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        Self { program, child }
    }

    /// Waits for it. The journal is the record; a file that could not be derived is worth a note, not
    /// an error.
    pub(crate) fn finish(self, ui: Ui) {
        let problem = match self.child.and_then(Child::wait_with_output) {
            Ok(output) if output.status.success() => return,
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => format!(
                "cannot run {}: {error}; build it with `cargo build -p gonogo-parquet`",
                self.program.display()
            ),
        };
        ui.note(&format!("no attempts.parquet: {problem}"));
    }
}
